// The secret tree's leaves (RFC 9420 §9): for every member one ratchet for application messages and one for commits. They
// are values; using one gives the next, and what was used is not in it any more. Kept in pages, because every message
// changes one leaf and a vault rewrites whole pages (group-storage.ts).
//
// The library keeps the ratchet secret of every skipped generation, from which all later keys can be derived: forward
// secrecy would end with the first gap. So skipped generations are ours: their key and nonce only.
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { deriveTreeSecret } from 'ts-mls/crypto/kdf.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { createSecretTree, deriveKey, deriveNonce, type SecretTree } from 'ts-mls/secretTree.js';
import { leafWidth } from 'ts-mls/treemath.js';
import { CryptoError } from '../errors.ts';

/** Leaves in one page. */
const PAGE_LEAVES = 16;
/** The relay orders a log, so nobody skips more than what was lost on the way to it. */
export const MAX_FORWARD_GENERATIONS = 2000;
/** Of one sender in one epoch. */
const MAX_SKIPPED_KEYS = 16;

export interface MessageKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

export interface Ratchet {
  /** Of the next key that was never derived. */
  readonly generation: number;
  readonly secret: Uint8Array;
  readonly skipped: readonly MessageKey[];
}

export interface LeafRatchets {
  readonly handshake: Ratchet;
  readonly application: Ratchet;
}

/** By leaf index; null where there is no member. */
export type RatchetPage = readonly (LeafRatchets | null)[];
export type Ratchets = readonly RatchetPage[];

/** The ratchets of a new epoch. `encryptionSecret` is of no use afterwards: wipe it. */
export async function createRatchets(
  tree: RatchetTree,
  encryptionSecret: Uint8Array,
  impl: CiphersuiteImpl,
): Promise<Ratchets> {
  const leafCount = leafWidth(tree.length);
  const secrets = await createSecretTree(leafCount, encryptionSecret, impl.kdf);
  return toPages(tree, secrets);
}

/** Those of the members in `tree` out of the library's secret tree of a new epoch. */
export function toPages(tree: RatchetTree, secrets: SecretTree): Ratchets {
  const pages: (LeafRatchets | null)[][] = [];
  for (let leaf = 0; leaf < leafWidth(tree.length); leaf++) {
    const node = tree[leaf * 2] === undefined ? undefined : secrets[leaf * 2];
    const page = Math.floor(leaf / PAGE_LEAVES);
    pages[page] ??= [];
    pages[page].push(
      node ? { handshake: toRatchet(node.handshake), application: toRatchet(node.application) } : null,
    );
  }
  return pages;
}

export function ratchetsOf(ratchets: Ratchets, leaf: number): LeafRatchets | null {
  return ratchets[Math.floor(leaf / PAGE_LEAVES)]?.[leaf % PAGE_LEAVES] ?? null;
}

/** All other pages stay the same objects: that is how group-storage.ts sees what changed. */
export function replaceRatchets(ratchets: Ratchets, leaf: number, by: LeafRatchets): Ratchets {
  const page = Math.floor(leaf / PAGE_LEAVES);
  return ratchets.map((old, i) => (i === page ? old.with(leaf % PAGE_LEAVES, by) : old));
}

/** The key of one generation and the ratchet without it; throws ALREADY_OPENED or TOO_FAR_AHEAD. */
export async function takeKey(
  ratchet: Ratchet,
  generation: number,
  impl: CiphersuiteImpl,
): Promise<{ readonly messageKey: MessageKey; readonly ratchet: Ratchet }> {
  if (generation < ratchet.generation) return takeSkipped(ratchet, generation);
  // CRY-045
  if (generation - ratchet.generation > MAX_FORWARD_GENERATIONS) {
    throw new CryptoError('TOO_FAR_AHEAD', 'a message far ahead in its ratchet');
  }
  const skipped = [...ratchet.skipped];
  let secret = ratchet.secret;
  for (let at = ratchet.generation; at < generation; at++) {
    if (generation - at <= MAX_SKIPPED_KEYS) skipped.push(await deriveMessageKey(secret, at, impl));
    secret = await deriveNext(secret, at, impl);
  }
  const messageKey = await deriveMessageKey(secret, generation, impl);
  const next = await deriveNext(secret, generation, impl);
  return {
    messageKey,
    ratchet: { generation: generation + 1, secret: next, skipped: skipped.slice(-MAX_SKIPPED_KEYS) },
  };
}

/** What the library needs in order to use one leaf's ratchets. */
export function toLibraryTree(ratchets: Ratchets, leaf: number): SecretTree {
  const own = ratchetsOf(ratchets, leaf);
  const tree: SecretTree = [];
  if (own) {
    const { handshake, application } = own;
    tree[leaf * 2] = { handshake: toLibrary(handshake), application: toLibrary(application) };
  }
  return tree;
}

function takeSkipped(ratchet: Ratchet, generation: number): { messageKey: MessageKey; ratchet: Ratchet } {
  const messageKey = ratchet.skipped.find((key) => key.generation === generation);
  // CRY-044
  if (!messageKey) throw new CryptoError('ALREADY_OPENED', 'the key of this message was used before');
  return {
    messageKey,
    ratchet: { ...ratchet, skipped: ratchet.skipped.filter((key) => key !== messageKey) },
  };
}

async function deriveMessageKey(
  secret: Uint8Array,
  generation: number,
  impl: CiphersuiteImpl,
): Promise<MessageKey> {
  return {
    generation,
    key: await deriveKey(secret, generation, impl),
    nonce: await deriveNonce(secret, generation, impl),
  };
}

function deriveNext(secret: Uint8Array, generation: number, impl: CiphersuiteImpl): Promise<Uint8Array> {
  return deriveTreeSecret(secret, 'secret', generation, impl.kdf.size, impl.kdf);
}

/** From the library's, which never skip anything here. */
export function toRatchet({
  generation,
  secret,
}: {
  readonly generation: number;
  readonly secret: Uint8Array;
}): Ratchet {
  return { generation, secret, skipped: [] };
}

function toLibrary({ generation, secret }: Ratchet): SecretTree[number]['application'] {
  return { generation, secret, unusedGenerations: {} };
}
