// Key packages (SPEC §11.2, RFC 9420 §10): made by a device for others to add it with, read by whoever adds it and by
// everyone who sees the commit that does. What joining needs later is one secret byte string for the vault.
import { equalBytes, type MlsSuite, toHex } from '@sirdas/protocol';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import {
  generateKeyPackageWithKey,
  type KeyPackage,
  makeKeyPackageRef,
  type PrivateKeyPackage,
  verifyKeyPackage,
} from 'ts-mls/keyPackage.js';
import { verifyLeafNodeSignatureKeyPackage } from 'ts-mls/leafNode.js';
import { CryptoError } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import { SecretBytes } from '../secret-bytes.ts';
import {
  type LeafIdentity,
  type LeafVerifier,
  makeCapabilities,
  makeCredential,
  type OwnLeaf,
  readLeaf,
} from './leaf.ts';
import { joinParts, splitParts } from './parts.ts';
import { libraryNameOf, loadSuite, loadVerifyingSuite } from './suite.ts';
import { decodeMessage, encodeMessage } from './wire.ts';

const DAY_MS = 86_400_000;
const MAX_LIFETIME_MS = 90 * DAY_MS;
/** How wrong the clocks of two devices may be. */
const MAX_SKEW_MS = DAY_MS;
/** How long after its end a key package may still come in by a commit: whoever made the commit had another clock. */
export const KEY_PACKAGE_GRACE_MS = DAY_MS;

export interface KeyPackageToMake {
  readonly own: OwnLeaf;
  readonly suite: MlsSuite;
  readonly nowMs: number;
  readonly lifetimeMs: number;
  readonly random: RandomSource;
}

export interface MadeKeyPackage {
  /** An MLSMessage with a KeyPackage, to publish. */
  readonly keyPackage: Uint8Array;
  /** Hex; what a Welcome calls it by. */
  readonly reference: string;
  /** Everything that joining with it needs, for the vault; delete it once used (a last-resort one aside). */
  readonly secret: SecretBytes;
  readonly expiresMs: number;
}

export interface KeyPackageCheck {
  readonly suite: MlsSuite;
  readonly nowMs: number;
  readonly verifier: LeafVerifier;
  readonly relayFingerprint: Uint8Array;
}

/** Lifetimes have whole seconds: `expiresMs` may lie up to a second before the end that was asked for. */
export async function makeKeyPackage(toMake: KeyPackageToMake): Promise<MadeKeyPackage> {
  const { own, suite, nowMs, lifetimeMs, random } = toMake;
  const impl = loadSuite(suite, { signatureKey: own.signatureKey, random });
  const lifetime = { notBefore: toSeconds(nowMs - MAX_SKEW_MS), notAfter: toSeconds(nowMs + lifetimeMs) };
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    makeCredential(own),
    makeCapabilities(suite),
    lifetime,
    [],
    { signKey: new Uint8Array(), publicKey: own.signatureKey.publicKey },
    impl,
  );
  const keyPackage = encodeKeyPackage(publicPackage);
  return {
    keyPackage,
    reference: await referenceOf(publicPackage, impl),
    secret: new SecretBytes(
      joinParts([keyPackage, privatePackage.initPrivateKey, privatePackage.hpkePrivateKey]),
    ),
    expiresMs: Number(lifetime.notAfter) * 1000,
  };
}

/** Throws BAD_KEY_PACKAGE, and what the verifier throws. */
export async function readKeyPackage(
  bytes: Uint8Array,
  check: KeyPackageCheck,
): Promise<{ readonly leaf: LeafIdentity; readonly reference: string }> {
  const keyPackage = decodeKeyPackage(bytes);
  const impl = loadVerifyingSuite(check.suite);
  const leaf = await checkKeyPackage(keyPackage, check, impl);
  return { leaf, reference: await referenceOf(keyPackage, impl) };
}

/** Throws BAD_KEY_PACKAGE unless it is one whole key package; nothing else is checked. */
export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  return decodeMessage('mls_key_package', bytes)?.keyPackage ?? refuse('its form is wrong');
}

/** Everything that SPEC §11.2 asks for, in its order; throws BAD_KEY_PACKAGE, and what the verifier throws. */
export async function checkKeyPackage(
  keyPackage: KeyPackage,
  check: KeyPackageCheck,
  impl: CiphersuiteImpl,
): Promise<LeafIdentity> {
  const { leafNode, cipherSuite, extensions, initKey } = keyPackage;
  // CRY-032
  if (cipherSuite !== libraryNameOf(check.suite)) refuse('it is of another suite');
  if (extensions.length > 0) refuse('it has extensions');
  const leaf = readLeaf(leafNode, check) ?? refuse('its leaf is not one of this relay');
  checkLifetime(leafNode.lifetime, check.nowMs);
  // CRY-036
  if (equalBytes(initKey, leafNode.hpkePublicKey)) refuse('its two keys are one');
  // CRY-037
  if (!(await verifyLeafNodeSignatureKeyPackage(leafNode, impl.signature))) refuse('its leaf is not signed');
  if (!(await verifyKeyPackage(keyPackage, impl.signature))) refuse('it is not signed');
  // CRY-038
  if (!(await check.verifier.verify(leaf, 'new'))) refuse('its account does not have that device');
  return leaf;
}

/** What `MadeKeyPackage.secret` holds; throws BAD_STATE. */
export function openKeyPackageSecret(secret: SecretBytes): {
  readonly keyPackage: KeyPackage;
  readonly privateKeys: Omit<PrivateKeyPackage, 'signaturePrivateKey'>;
} {
  const [bytes, initPrivateKey, hpkePrivateKey] = splitParts(secret.reveal(), 3);
  const keyPackage = decodeMessage('mls_key_package', bytes)?.keyPackage;
  if (!keyPackage) throw new CryptoError('BAD_STATE', 'the secret of a key package is damaged');
  return { keyPackage, privateKeys: { initPrivateKey, hpkePrivateKey } };
}

async function referenceOf(keyPackage: KeyPackage, impl: CiphersuiteImpl): Promise<string> {
  return toHex(await makeKeyPackageRef(keyPackage, impl.hash));
}

function encodeKeyPackage(keyPackage: KeyPackage): Uint8Array {
  return encodeMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
}

function checkLifetime(lifetime: { notBefore: bigint; notAfter: bigint }, nowMs: number): void {
  const notBeforeMs = Number(lifetime.notBefore) * 1000;
  const notAfterMs = Number(lifetime.notAfter) * 1000;
  // CRY-035
  if (notAfterMs < nowMs) refuse('it has expired');
  if (notBeforeMs > nowMs + MAX_SKEW_MS) refuse('it is not valid yet');
  if (notAfterMs - notBeforeMs > MAX_LIFETIME_MS + MAX_SKEW_MS) refuse('it is valid for too long');
}

function toSeconds(timeMs: number): bigint {
  return BigInt(Math.floor(timeMs / 1000));
}

function refuse(why: string): never {
  throw new CryptoError('BAD_KEY_PACKAGE', `key package: ${why}`);
}
