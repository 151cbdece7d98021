// People with a client each, at a fake relay: everything a test of several parts needs, without waiting for an RSA key per
// person (all of them share one, which none of these tests is about).
import {
  generateSignatureSeed,
  generateUnwrapKey,
  importSignatureKey,
  restoreAccount,
  type SecretBytes,
  type SignedRecord,
  signAccountRecord,
  systemRandom,
} from '@sirdas/crypto';
import { type AccountRecord, parseNickname } from '@sirdas/protocol';
import { expect, onTestFinished } from 'vitest';
import type { FakeRelay } from './fake-relay.testkit.ts';
import type { ManualClock } from './manual-clock.testkit.ts';
import type { Message, SirdasEvent } from './model.ts';
import { createAccount, drawDeviceId } from './new-account.ts';
import { Sirdas } from './sirdas.ts';
import { MemoryVault, VaultMemory } from './vault/memory-vault.testkit.ts';

export interface Person {
  readonly sirdas: Sirdas;
  readonly vault: MemoryVault;
  readonly memory: VaultMemory;
  /** Everything that happened since this client was opened. */
  readonly events: SirdasEvent[];
}

type EventType = SirdasEvent['type'];

const EVENT_TYPES: readonly EventType[] = [
  'link',
  'message',
  'changed',
  'expired',
  'activity',
  'devices',
  'fork',
  'delivery',
  'delayed',
  'conversation',
  'contact',
  'presence',
  'caught-up',
  'refused',
  'gap',
];

let sharedRsaKey: Promise<SecretBytes> | null = null;

/** A client over a vault in memory, not connected; closed when the test is over. */
export async function openPerson(relay: FakeRelay, clock: ManualClock, memory: VaultMemory): Promise<Person> {
  const vault = new MemoryVault(memory);
  const sirdas = await Sirdas.open({ vault, transport: relay.transport, clock, keyPackageTarget: 4 });
  const events: SirdasEvent[] = [];
  for (const type of EVENT_TYPES) sirdas.on(type, (event) => events.push(event));
  onTestFinished(() => sirdas.close());
  return { sirdas, vault, memory, events };
}

/** Somebody who has joined and is online, and takes classic letters only. */
export async function meet(relay: FakeRelay, clock: ManualClock, nickname: string): Promise<Person> {
  const person = await openPerson(relay, clock, await prepareMemory(relay, clock, nickname));
  await person.sirdas.connect();
  return person;
}

/** Somebody who has joined, is online, and can be added to groups. */
export async function meetModern(relay: FakeRelay, clock: ManualClock, nickname: string): Promise<Person> {
  const memory = await prepareMemory(relay, clock, nickname, { classicOnly: false });
  const person = await openPerson(relay, clock, memory);
  await person.sirdas.connect();
  const device = memory.account?.device ?? '';
  await until(
    () => relay.keyPackages.byDevice.get(device)?.length ?? 0,
    (count) => count > 0,
  );
  return person;
}

/** A vault with an account that is still to be claimed. */
export async function prepareMemory(
  relay: FakeRelay,
  clock: ManualClock,
  nickname: string,
  { classicOnly = true } = {},
): Promise<VaultMemory> {
  sharedRsaKey ??= generateUnwrapKey();
  const keys = {
    device: drawDeviceId(systemRandom),
    identitySeed: generateSignatureSeed(systemRandom),
    deviceSeed: generateSignatureSeed(systemRandom),
    rsaPrivateKey: await sharedRsaKey,
  };
  const account = {
    relay: relay.address,
    webAddress: 'https://relay.test:6443',
    inviteToken: new Uint8Array(16).fill(1),
    nickname: parseNickname(nickname),
    deviceName: 'test',
    classicOnly,
    profile: { displayName: '', chosenColour: null },
  };
  const memory = new VaultMemory();
  memory.account = await createAccount(account, keys, clock.nowMs());
  if (classicOnly) memory.settings.set('classic-only', 'yes');
  return memory;
}

/** The next record of somebody's account, changed, as the own client would sign it. */
export async function signNext(
  relay: FakeRelay,
  person: Person,
  change: Partial<AccountRecord>,
): Promise<SignedRecord> {
  const { account } = person.memory;
  const head = relay.needAccount(account?.nickname ?? '').records.at(-1);
  if (!account || !head) throw new Error('not joined yet');
  const newest = restoreAccount({ record: head.record, publishedOtherSuite: false });
  const next = { ...newest.record, index: newest.record.index + 1, previousHash: newest.hash, ...change };
  return signAccountRecord(next, await importSignatureKey(account.identitySeed));
}

/** Waits until it is so; fails with what `find` gave last. */
export async function until<Found>(
  find: () => Found | Promise<Found>,
  isSo: (found: Found) => boolean,
): Promise<Found> {
  let last: Found | undefined;
  await expect
    .poll(
      async () => {
        last = await find();
        return isSo(last) || last;
      },
      { interval: 2, timeout: 20_000 },
    )
    .toBe(true);
  return last as Found;
}

/** Events of one type that a person has seen. */
export function seen<Type extends EventType>(
  person: Person,
  type: Type,
): Extract<SirdasEvent, { type: Type }>[] {
  return person.events.filter((event): event is Extract<SirdasEvent, { type: Type }> => event.type === type);
}

/** Waits until a person has seen that many events of a type, and gives all of them. */
export function untilSeen<Type extends EventType>(person: Person, type: Type, count = 1) {
  return until(
    () => seen(person, type),
    (events) => events.length >= count,
  );
}

/** The texts of a conversation as a person sees it, oldest first. */
export async function readTexts(person: Person, other: string): Promise<string[]> {
  const messages = await person.sirdas.messages(person.sirdas.conversationWith(other), { limit: 2000 });
  return messages.map(textOf).reverse();
}

export function textOf({ body }: Message): string {
  return body.kind === 'text' ? body.text : `(${body.kind})`;
}
