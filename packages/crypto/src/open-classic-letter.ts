// Reading a classic letter (SPEC §7.3), in three steps of which each needs the one before: received (decoded, addressed
// here) → verified (signed by the sender's pinned identity key) → opened. No private key is in reach before the last one.
// Called by the client's inbox.
import {
  CLASSIC_SUITE,
  type ClassicHeader,
  type ClassicLetter,
  type Content,
  classicHeaderInput,
  decodeClassicHeader,
  decodeContent,
  decodeEnvelope,
  equalBytes,
  fromId,
  LIMITS,
} from '@sirdas/protocol';
import type { AccountName, VerifiedAccount } from './account-record.ts';
import { commitToKey, hashToken, hashWraps } from './classic-header.ts';
import { directConversationId } from './direct-conversation.ts';
import { CryptoError } from './errors.ts';
import { FERNET_KEY_BYTES, openFernetToken } from './fernet.ts';
import { type UnwrapKey, unwrapKey } from './key-wrap.ts';
import { systemRandom } from './random.ts';
import { verifySignature } from './signature-key.ts';

declare const stage: unique symbol;

interface Letter {
  readonly header: ClassicHeader;
  readonly letter: ClassicLetter;
  /** `out`: written by this account, on another of its devices or as a note to oneself. */
  readonly direction: 'in' | 'out';
}

/** Decoded and addressed to or from this account; nothing in it can be believed yet. */
export interface ReceivedLetter extends Letter {
  readonly [stage]: 'received';
}

/** Written, as it stands, by the account that its header names as the sender. */
export interface VerifiedLetter extends Letter {
  readonly [stage]: 'verified';
}

export interface OpenedLetter extends Pick<Letter, 'header' | 'direction'> {
  /** `body.case` is undefined when it came from a newer client (SPEC §6.2). */
  readonly content: Content;
}

/** Steps 1 and 2. Throws UNSUPPORTED_ENVELOPE, LETTER_MALFORMED, LETTER_MISDIRECTED. */
export function receiveClassicLetter(envelope: Uint8Array, own: AccountName): ReceivedLetter {
  // A copy: what is verified must still be the same bytes when it is opened.
  const letter = decodeLetter(Uint8Array.from(envelope));
  const header = decodeHeader(letter.header);
  // CRY-021
  const isHere = header.suite === CLASSIC_SUITE && equalBytes(header.relayFingerprint, own.relayFingerprint);
  if (!isHere || (header.sender !== own.nickname && header.recipient !== own.nickname)) {
    throw new CryptoError('LETTER_MISDIRECTED', 'the letter is neither to nor from this account');
  }
  const direction = header.sender === own.nickname ? 'out' : 'in';
  return { header, letter, direction } as ReceivedLetter;
}

/** Who the letter is between, as this client has verified and pinned them. */
export interface LetterAccounts {
  /** The account of `received.header.sender`. */
  readonly sender: VerifiedAccount;
  readonly own: VerifiedAccount;
}

/**
 * Steps 3 to 5.
 * Throws RECORD_NEEDED, DOWNGRADE_REFUSED, LETTER_FORGED, LETTER_FROM_FUTURE.
 */
export async function verifyClassicLetter(
  received: ReceivedLetter,
  { sender, own }: LetterAccounts,
  nowMs: number,
): Promise<VerifiedLetter> {
  const { header, letter, direction } = received;
  const { record } = sender;
  // CRY-022
  const isFromSender =
    header.sender === record.nickname && equalBytes(header.relayFingerprint, record.relayFingerprint);
  if (!isFromSender) throw forged();
  // CRY-023
  if (header.senderRecordIndex > record.index) {
    throw new CryptoError('RECORD_NEEDED', 'the sender has published a newer record');
  }
  // CRY-024
  if (direction === 'in' && couldBoth(header, sender, own)) {
    throw new CryptoError('DOWNGRADE_REFUSED', 'a classic letter between accounts with a stronger suite');
  }
  // CRY-025
  if (!(await verifySignature(record.identityKey, classicHeaderInput(letter.header), letter.signature))) {
    throw forged();
  }
  // CRY-026
  if (!equalBytes(header.tokenHash, hashToken(letter.token))) throw forged();
  if (!equalBytes(header.wrapsHash, hashWraps(letter))) throw forged();
  // CRY-027
  if (header.timeMs > nowMs + LIMITS.MAX_FUTURE_MS) {
    throw new CryptoError('LETTER_FROM_FUTURE', 'the letter is dated ahead of this clock');
  }
  return { header, letter, direction } as VerifiedLetter;
}

/** Both could do better when it was written. A letter from before has only been waiting. */
function couldBoth(header: ClassicHeader, sender: VerifiedAccount, own: VerifiedAccount): boolean {
  const [theirs, ours] = [sender.firstOtherSuite, own.firstOtherSuite];
  return (
    theirs !== null &&
    ours !== null &&
    header.senderRecordIndex >= theirs.index &&
    header.timeMs >= ours.timeMs
  );
}

/** Steps 6 and 7. Throws UNREADABLE, whatever the reason. */
export async function openClassicLetter(verified: VerifiedLetter, own: UnwrapKey): Promise<OpenedLetter> {
  const { header, letter, direction } = verified;
  const wrap = direction === 'in' ? letter.recipientWrap : letter.senderWrap;
  const unwrapped = await unwrapKey(own, wrap);
  // A wrap that fails gets a random key and walks the same path: from outside there is nothing to tell apart.
  const key = unwrapped ?? systemRandom(FERNET_KEY_BYTES);
  // CRY-028
  const isCommitted = equalBytes(header.keyCommitment, commitToKey(key));
  const content = await openToken(key, verified);
  key.fill(0);
  // CRY-030
  if (!unwrapped || !isCommitted || !content || !belongsToHeader(content, header)) {
    throw new CryptoError('UNREADABLE', 'the letter cannot be read');
  }
  return { header, direction, content };
}

async function openToken(key: Uint8Array, { header, letter }: VerifiedLetter): Promise<Content | null> {
  try {
    const exactSeconds = Math.floor(header.timeMs / 1000);
    return decodeContent(await openFernetToken(key, letter.token, { exactSeconds }));
  } catch {
    return null;
  }
}

function belongsToHeader(content: Content, header: ClassicHeader): boolean {
  const conversation = directConversationId(header.relayFingerprint, [header.sender, header.recipient]);
  // CRY-029
  return (
    equalBytes(content.messageId, header.messageId) &&
    content.timeMs === header.timeMs &&
    equalBytes(content.conversation, fromId(conversation))
  );
}

function decodeLetter(bytes: Uint8Array): ClassicLetter {
  const { kind } = decodeOrRefuse(decodeEnvelope, bytes);
  // CRY-020
  if (kind.case === undefined)
    throw new CryptoError('UNSUPPORTED_ENVELOPE', 'an envelope of a later version');
  // CRY-019
  if (kind.case !== 'classic') throw new CryptoError('LETTER_MALFORMED', 'an envelope of another kind');
  return kind.value;
}

function decodeHeader(bytes: Uint8Array): ClassicHeader {
  return decodeOrRefuse(decodeClassicHeader, bytes);
}

function decodeOrRefuse<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (cause) {
    // CRY-019
    throw new CryptoError('LETTER_MALFORMED', 'the letter is malformed', { cause });
  }
}

function forged(): CryptoError {
  return new CryptoError(
    'LETTER_FORGED',
    'the letter was not written by the account that it names as its sender',
  );
}
