// Application messages of a group (SPEC §11.6, RFC 9420 §6.3): sealing one, opening one, and what its clear header says.
// The caller pads, holds a mutex per group, and saves the new group before it lets a ciphertext or an acknowledgement out.
import { equalBytes, type LogId, toLogId } from '@sirdas/protocol';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { verifyFramedContentSignature } from 'ts-mls/framedContent.js';
import { protectApplicationData } from 'ts-mls/messageProtection.js';
import {
  decodePrivateMessageContent,
  decryptSenderData,
  encodePrivateContentAAD,
  type PrivateMessage,
  toAuthenticatedContent,
} from 'ts-mls/privateMessage.js';
import type { SenderData } from 'ts-mls/sender.js';
import { CryptoError } from '../errors.ts';
import { contentsOf, type GroupContents, MlsGroup } from './group.ts';
import type { Leaf } from './leaf.ts';
import { LIBRARY_CONFIG } from './library-state.ts';
import {
  type LeafRatchets,
  type MessageKey,
  ratchetsOf,
  replaceRatchets,
  takeKey,
  toLibraryTree,
  toRatchet,
} from './ratchet.ts';
import { loadSuite } from './suite.ts';
import { decodeMessage, encodeMessage } from './wire.ts';

const NOTHING = new Uint8Array();

export interface PeekedMessage {
  readonly log: LogId;
  readonly epoch: number;
  readonly type: 'application' | 'commit';
}

export interface SealedMessage {
  readonly group: MlsGroup;
  readonly message: Uint8Array;
}

export interface OpenedMessage {
  readonly group: MlsGroup;
  readonly sender: Leaf;
  readonly generation: number;
  readonly content: Uint8Array;
}

/** From the clear header; nothing of it is authentic yet. Throws BAD_MESSAGE. */
export function peekMessage(message: Uint8Array): PeekedMessage {
  const { groupId, epoch, contentType } = decodePrivateMessage(message);
  if (contentType === 'proposal' || groupId.length !== 16) throw badMessage();
  return { log: toLogId(groupId), epoch: Number(epoch), type: contentType };
}

/** Save `group` before `message` leaves: sealing twice with one group would use a key twice. */
export async function sealMessage(group: MlsGroup, padded: Uint8Array): Promise<SealedMessage> {
  const contents = contentsOf(group);
  const { epoch, ratchets, keys, suite } = contents;
  const impl = loadSuite(suite, keys);
  const own = epoch.privatePath.leafIndex;
  const { newSecretTree, privateMessage } = await protectApplicationData(
    NOTHING,
    epoch.secrets.senderDataSecret,
    padded,
    NOTHING,
    epoch.context,
    toLibraryTree(ratchets, own),
    own,
    LIBRARY_CONFIG.paddingConfig,
    impl,
  );
  const before = ratchetsOf(ratchets, own);
  const used = newSecretTree[own * 2];
  if (!before || !used) throw new Error('a group without own ratchets');
  const after = { ...before, application: toRatchet(used.application) };
  return {
    group: new MlsGroup({ ...contents, ratchets: replaceRatchets(ratchets, own, after) }),
    message: encodeMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }),
  };
}

/**
 * Throws BAD_MESSAGE, WRONG_EPOCH, FROM_SELF, ALREADY_OPENED, TOO_FAR_AHEAD or UNREADABLE; nothing has changed then.
 * FROM_SELF carries `generation`: one that is not below `ownGeneration` was signed by this device in a later state than
 * this one, so the state was rolled back.
 */
export async function openMessage(group: MlsGroup, message: Uint8Array): Promise<OpenedMessage> {
  const contents = contentsOf(group);
  const sealed = decodePrivateMessage(message);
  checkAddress(contents, sealed);
  if (sealed.contentType !== 'application') throw unreadable();
  const impl = loadSuite(contents.suite, contents.keys);
  const { sender, ratchets, senderData } = await readSender(contents, sealed, impl);
  const own = contents.epoch.privatePath.leafIndex;
  const { generation } = senderData;
  if (sender.index === own && generation < ratchets.application.generation) throw fromSelf(generation);
  const { messageKey, ratchet } = await takeKey(ratchets.application, generation, impl);
  const content = await openContent(contents, sealed, { senderData, messageKey, sender }, impl);
  if (sender.index === own) throw fromSelf(generation);
  const after = { ...ratchets, application: ratchet };
  return {
    group: new MlsGroup({
      ...contents,
      ratchets: replaceRatchets(contents.ratchets, sender.index, after),
    }),
    sender,
    generation,
    content,
  };
}

/** One whole PrivateMessage without authenticated data; throws BAD_MESSAGE. */
export function decodePrivateMessage(message: Uint8Array): PrivateMessage {
  const decoded = decodeMessage('mls_private_message', message)?.privateMessage;
  if (!decoded || decoded.authenticatedData.length > 0) throw badMessage();
  return decoded;
}

/** Throws UNREADABLE for another group's, WRONG_EPOCH for another epoch's. */
export function checkAddress({ epoch }: GroupContents, sealed: PrivateMessage): void {
  // CRY-042
  if (!equalBytes(sealed.groupId, epoch.context.groupId)) throw unreadable();
  // CRY-043
  if (sealed.epoch !== epoch.context.epoch)
    throw new CryptoError('WRONG_EPOCH', 'a message of another epoch than the group is in');
}

export interface ReadSender {
  readonly sender: Leaf;
  readonly ratchets: LeafRatchets;
  readonly senderData: SenderData;
}

/** Who sent it, as far as every member could claim it: only the signature proves it. Throws UNREADABLE. */
export async function readSender(
  { epoch, ratchets }: GroupContents,
  sealed: PrivateMessage,
  impl: CiphersuiteImpl,
): Promise<ReadSender> {
  const senderData = await decryptSenderData(sealed, epoch.secrets.senderDataSecret, impl).catch(() => {
    throw unreadable();
  });
  const sender = senderData && epoch.leaves.get(senderData.leafIndex);
  const own = senderData && ratchetsOf(ratchets, senderData.leafIndex);
  if (!senderData || !sender || !own) throw unreadable();
  return { sender, ratchets: own, senderData };
}

async function openContent(
  { epoch }: GroupContents,
  sealed: PrivateMessage,
  from: { senderData: SenderData; messageKey: MessageKey; sender: Leaf },
  impl: CiphersuiteImpl,
): Promise<Uint8Array> {
  const { senderData, messageKey, sender } = from;
  const nonce = messageKey.nonce.map((byte, i) => byte ^ (senderData.reuseGuard[i] ?? 0));
  const aad = encodePrivateContentAAD(sealed);
  const plain = await impl.hpke.decryptAead(messageKey.key, nonce, aad, sealed.ciphertext).catch(() => {
    throw unreadable();
  });
  const decoded = decodeApplication(plain);
  const { content, auth } = toAuthenticatedContent(decoded, sealed, sender.index);
  // CRY-046
  const isSigned = await verifyFramedContentSignature(
    sender.signatureKey,
    'mls_private_message',
    content,
    auth,
    epoch.context,
    impl.signature,
  );
  if (!isSigned || content.contentType !== 'application') throw unreadable();
  return content.applicationData;
}

function decodeApplication(plain: Uint8Array) {
  try {
    const decoded = decodePrivateMessageContent('application')(plain, 0)?.[0];
    if (decoded) return decoded;
  } catch {
    // Below: the same as anything else that is not one.
  }
  throw unreadable();
}

function badMessage(): CryptoError {
  return new CryptoError('BAD_MESSAGE', 'not one whole private message');
}

function unreadable(): CryptoError {
  return new CryptoError('UNREADABLE', 'a message that this group cannot open');
}

export function fromSelf(generation: number): CryptoError {
  return new CryptoError('FROM_SELF', 'a message of this device itself', { generation });
}
