// The three people of ../vectors (Ayşe, Bora, Cem) with real keys, for every test that needs somebody who writes to somebody.
import { type Content, fromHex, fromId, parseNickname } from '@sirdas/protocol';
import {
  restoreAccount,
  type SignedRecord,
  type VerifiedAccount,
  verifyAccountChain,
} from './account-record.ts';
import { directConversationId } from './direct-conversation.ts';
import { importUnwrapKey, type UnwrapKey } from './key-wrap.ts';
import type { RandomSource } from './random.ts';
import { SecretBytes } from './secret-bytes.ts';
import { importSignatureKey, type SignatureKey } from './signature-key.ts';
import { loadOwnVectors } from './vectors.testkit.ts';

interface SignedRecordInHex {
  readonly record: string;
  readonly signature: string;
}

interface AccountVectors {
  readonly relayFingerprint: string;
  readonly accounts: Record<string, { identitySeed: string; rsaPkcs8: string; chain: SignedRecordInHex[] }>;
}

export interface Person {
  readonly account: VerifiedAccount;
  readonly identityKey: SignatureKey;
  readonly unwrapKey: UnwrapKey;
  readonly identitySeed: SecretBytes;
  readonly rsaPkcs8: SecretBytes;
}

const vectors = await loadOwnVectors<AccountVectors>('classic-letter.json');

export const RELAY_FINGERPRINT = fromHex(vectors.relayFingerprint);
export const ayse = await loadPerson('ayşe');
export const bora = await loadPerson('bora');
export const cem = await loadPerson('cem');
export const people: Readonly<Record<string, Person>> = { ayşe: ayse, bora, cem };

/** 2026-09-21, when the people of the vectors write to each other. */
export const NOW_MS = 1_790_000_600_123;

/** A content of somebody to somebody, with an id of its own. */
export function composeContent(from: Person, to: Person, text: string): Content {
  const nicknames = [from.account.record.nickname, to.account.record.nickname] as const;
  return {
    messageId: crypto.getRandomValues(new Uint8Array(16)),
    timeMs: NOW_MS,
    conversation: fromId(directConversationId(RELAY_FINGERPRINT, nicknames)),
    device: new Uint8Array(16).fill(9),
    counter: 1,
    body: { case: 'text', value: { text, expiresAfterMs: 0 } },
  };
}

/** The same account after it has published another suite. */
export function withOtherSuite(person: Person): VerifiedAccount {
  return restoreAccount({ ...person.account.pin, publishedOtherSuite: true });
}

export function toSignedRecord({ record, signature }: SignedRecordInHex): SignedRecord {
  return { record: fromHex(record), signature: fromHex(signature) };
}

/** Hands out the given byte strings one after the other; a wrong length or one too many is a failure. */
export function scriptedRandom(...script: readonly Uint8Array[]): RandomSource {
  const rest = [...script];
  return (lengthBytes) => {
    const next = rest.shift();
    if (next?.length !== lengthBytes) throw new Error('not the randomness that was scripted');
    return Uint8Array.from(next);
  };
}

async function loadPerson(nickname: string): Promise<Person> {
  const keys = vectors.accounts[nickname];
  if (!keys) throw new Error('nobody of that name in the vectors');
  const identitySeed = new SecretBytes(fromHex(keys.identitySeed));
  const rsaPkcs8 = new SecretBytes(fromHex(keys.rsaPkcs8));
  const name = { relayFingerprint: fromHex(vectors.relayFingerprint), nickname: parseNickname(nickname) };
  return {
    account: await verifyAccountChain(keys.chain.map(toSignedRecord), name),
    identityKey: await importSignatureKey(identitySeed),
    unwrapKey: await importUnwrapKey(rsaPkcs8),
    identitySeed,
    rsaPkcs8,
  };
}

/** Throws when the content is not a text. */
export function textOf({ body }: Content): string {
  if (body.case !== 'text') throw new Error('not a text');
  return body.value.text;
}
