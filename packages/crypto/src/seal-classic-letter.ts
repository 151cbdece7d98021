// Writing a classic letter (SPEC §7.1): the content as a Fernet token under a fresh key, that key wrapped for the recipient
// and for the sender's own other devices, everything held together by a signed header. Called by the client's outbox.
import {
  CLASSIC_SUITE,
  type ClassicHeader,
  type ClassicLetter,
  type Content,
  classicHeaderInput,
  encodeClassicHeader,
  encodeContent,
  encodeEnvelope,
  toConversationId,
} from '@sirdas/protocol';
import type { VerifiedAccount } from './account-record.ts';
import { commitToKey, hashToken, hashWraps } from './classic-header.ts';
import { directConversationId } from './direct-conversation.ts';
import { CryptoError } from './errors.ts';
import { FERNET_KEY_BYTES, sealFernetToken } from './fernet.ts';
import { wrapKey } from './key-wrap.ts';
import type { RandomSource } from './random.ts';
import { type SignatureKey, sign } from './signature-key.ts';

export interface LetterToSeal {
  readonly sender: { readonly account: VerifiedAccount; readonly identityKey: SignatureKey };
  readonly recipient: VerifiedAccount;
  /** Its `conversation` is the direct one of sender and recipient. */
  readonly content: Content;
  readonly random: RandomSource;
}

/**
 * One encoded envelope. Throws NO_USABLE_KEY and DOWNGRADE_REFUSED for accounts that do not take part in classic
 * conversations, and ProtocolError BAD_TEXT.
 */
export async function sealClassicLetter(letter: LetterToSeal): Promise<Uint8Array<ArrayBuffer>> {
  checkAccounts(letter);
  const { sender, recipient, content, random } = letter;
  const key = random(FERNET_KEY_BYTES);
  const padded = encodeContent(content);
  try {
    const timeSeconds = Math.floor(content.timeMs / 1000);
    const [token, recipientWrap, senderWrap] = await Promise.all([
      sealFernetToken(key, padded, { timeSeconds, random }),
      wrapKey(recipient.record.rsaPublicKey, key),
      wrapKey(sender.account.record.rsaPublicKey, key),
    ]);
    const sealed = { token, recipientWrap, senderWrap };
    const header = encodeClassicHeader(composeHeader(letter, sealed, commitToKey(key)));
    const signature = await sign(sender.identityKey, classicHeaderInput(header));
    return encodeEnvelope({ kind: { case: 'classic', value: { header, signature, ...sealed } } });
  } finally {
    key.fill(0);
    padded.fill(0);
  }
}

function checkAccounts({ sender, recipient, content }: LetterToSeal): void {
  const [from, to] = [sender.account.record, recipient.record];
  const expected = directConversationId(from.relayFingerprint, [from.nickname, to.nickname]);
  if (toConversationId(content.conversation) !== expected) throw new Error('content of another conversation');
  for (const account of [sender.account, recipient]) {
    if (!account.record.suites.includes(CLASSIC_SUITE)) {
      throw new CryptoError('NO_USABLE_KEY', 'an account without an RSA key gets no classic letters');
    }
  }
  // CRY-024
  if (sender.account.firstOtherSuite && recipient.firstOtherSuite) {
    throw new CryptoError('DOWNGRADE_REFUSED', 'both accounts have published a stronger suite');
  }
}

function composeHeader(
  { sender, recipient, content }: LetterToSeal,
  sealed: Pick<ClassicLetter, 'token' | 'recipientWrap' | 'senderWrap'>,
  keyCommitment: Uint8Array,
): ClassicHeader {
  const { record } = sender.account;
  return {
    suite: CLASSIC_SUITE,
    relayFingerprint: record.relayFingerprint,
    sender: record.nickname,
    recipient: recipient.record.nickname,
    senderRecordIndex: record.index,
    messageId: content.messageId,
    timeMs: content.timeMs,
    tokenHash: hashToken(sealed.token),
    wrapsHash: hashWraps(sealed),
    keyCommitment,
  };
}
