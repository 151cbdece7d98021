// How a vault keeps a group (SPEC §11.6, DESIGN §7): one part for the epoch, written by commits, and pages of 16 leaves with
// their ratchets, of which a message rewrites one. Nothing that can be derived is written, nothing that was used.
import { decodeMlsCredential, equalBytes } from '@sirdas/protocol';
import { encode } from 'ts-mls/codec/tlsEncoder.js';
import { decodeGroupContext, encodeGroupContext } from 'ts-mls/groupContext.js';
import { decodePrivateKeyPath, privateKeyPathEncoder } from 'ts-mls/privateKeyPath.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { CryptoError } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import type { SignatureKey } from '../signature-key.ts';
import { contentsOf, type Epoch, MlsGroup, readExtensions, readLeaves } from './group.ts';
import { joinParts, splitParts } from './parts.ts';
import { decodePage, encodePage } from './ratchet-page.ts';
import { suiteOf } from './suite.ts';
import { decodeStrictly } from './wire.ts';

/** Of the epoch part and its pages together. */
const FORMAT = Uint8Array.of(1);

export interface GroupParts {
  /** Null: unchanged since `before`. */
  readonly epochPart: Uint8Array | null;
  /** Those that changed since `before`; all of them together with a new epoch part. */
  readonly ratchetParts: readonly { readonly page: number; readonly bytes: Uint8Array }[];
  /** Stored pages from this number on are to be deleted. */
  readonly pageCount: number;
}

export interface GroupToRestore {
  readonly epochPart: Uint8Array;
  /** All of them, in order of their numbers. */
  readonly ratchetPages: readonly Uint8Array[];
  /** The own device key: it is in none of the parts. */
  readonly signatureKey: SignatureKey;
  readonly random: RandomSource;
}

/** What to write; `before`, what the vault has: null when nothing. Everything in it is secret. */
export function splitGroup(group: MlsGroup, before: MlsGroup | null): GroupParts {
  const { epoch, ratchets } = contentsOf(group);
  const old = before && contentsOf(before);
  const isSameEpoch = old?.epoch === epoch;
  return {
    epochPart: isSameEpoch ? null : encodeEpoch(epoch),
    ratchetParts: ratchets
      .map((leaves, page) => ({ page, leaves }))
      .filter(({ page, leaves }) => !isSameEpoch || old.ratchets[page] !== leaves)
      .map(({ page, leaves }) => ({ page, bytes: encodePage(leaves) })),
    pageCount: ratchets.length,
  };
}

/** From the own vault only; throws BAD_STATE when the parts do not belong together. */
export function restoreGroup(parts: GroupToRestore): MlsGroup {
  const { epochPart, ratchetPages, signatureKey, random } = parts;
  const { suite, relayFingerprint, epoch } = decodeEpoch(epochPart);
  const ratchets = ratchetPages.map(decodePage);
  const own = epoch.leaves.get(epoch.privatePath.leafIndex);
  const members = ratchets.flat();
  const fits =
    members.every((leaf, i) => (leaf !== null) === epoch.leaves.has(i)) &&
    members.length * 2 - 1 === epoch.tree.length &&
    own !== undefined &&
    equalBytes(own.signatureKey, signatureKey.publicKey);
  if (!fits) throw damaged();
  return new MlsGroup({ suite, relayFingerprint, epoch, ratchets, keys: { signatureKey, random } });
}

function encodeEpoch({ context, tree, secrets, confirmationTag, privatePath }: Epoch): Uint8Array {
  return joinParts([
    FORMAT,
    encodeGroupContext(context),
    encodeRatchetTree(tree),
    secrets.initSecret,
    secrets.senderDataSecret,
    secrets.exporterSecret,
    secrets.epochAuthenticator,
    confirmationTag,
    encode(privateKeyPathEncoder)(privatePath),
  ]);
}

function decodeEpoch(bytes: Uint8Array) {
  const [format, contextBytes, treeBytes, initSecret, senderDataSecret, ...rest] = splitParts(bytes, 9);
  const [exporterSecret, epochAuthenticator, confirmationTag, pathBytes] = rest;
  if (!equalBytes(format, FORMAT)) throw damaged();
  const context = decodeStrictly({ decode: decodeGroupContext, encode: encodeGroupContext }, contextBytes);
  const tree = decodeStrictly({ decode: decodeRatchetTree, encode: encodeRatchetTree }, treeBytes);
  const pathCodec = { decode: decodePrivateKeyPath, encode: encode(privateKeyPathEncoder) };
  const privatePath = decodeStrictly(pathCodec, pathBytes);
  const suite = context && suiteOf(context.cipherSuite);
  const state = context && readExtensions(context.extensions);
  if (!tree || !privatePath || !suite || !state) throw damaged();
  const own = tree[privatePath.leafIndex * 2];
  if (own?.nodeType !== 'leaf' || own.leaf.credential.credentialType !== 'basic') throw damaged();
  const { relayFingerprint } = decodeMlsCredential(own.leaf.credential.identity);
  const leaves = readLeaves(tree, { suite, relayFingerprint });
  if (!leaves) throw damaged();
  const secrets = { initSecret, senderDataSecret, exporterSecret, epochAuthenticator };
  const epoch: Epoch = { context, tree, secrets, confirmationTag, privatePath, leaves, state };
  return { suite, relayFingerprint, epoch };
}

function damaged(): CryptoError {
  return new CryptoError('BAD_STATE', 'stored parts of a group do not belong together');
}
