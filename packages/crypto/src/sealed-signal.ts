// Signals (SPEC §6.7): what somebody does at this moment, for the members of one epoch only. Sealed with a key that the epoch
// exports, signed by the device, because every member has that key.
import {
  concatBytes,
  decodeSignalContent,
  encodeSignalContent,
  LIMITS,
  type SignalContent,
  signalInput,
  toDeviceId,
} from '@sirdas/protocol';
import { platform } from '#platform';
import { CryptoError } from './errors.ts';
import { describeGroup, exportSecret, type MlsGroup } from './mls/group.ts';
import type { Leaf } from './mls/leaf.ts';
import type { RandomSource } from './random.ts';
import { type SignatureKey, sign, verifySignature } from './signature-key.ts';

const EXPORT_LABEL = 'sirdas signal';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SIGNATURE_BYTES = 64;

export interface SignalToSeal {
  readonly content: SignalContent;
  /** The own device key. */
  readonly deviceKey: SignatureKey;
  readonly random: RandomSource;
}

export interface OpenedSignal {
  readonly leaf: Leaf;
  readonly content: SignalContent;
}

/** The payload of a `signal` frame. */
export async function sealSignal(
  group: MlsGroup,
  { content, deviceKey, random }: SignalToSeal,
): Promise<Uint8Array> {
  const { log, epoch } = describeGroup(group);
  const padded = encodeSignalContent(content);
  const signature = await sign(deviceKey, signalInput(log, epoch, padded));
  const nonce = random(NONCE_BYTES);
  const use = { key: await exportKey(group), nonce, additionalData: new Uint8Array() };
  return concatBytes([nonce, await platform.sealAesGcm(use, concatBytes([signature, padded]))]);
}

/**
 * Null for an activity of a later version; throws BAD_SIGNAL, whatever is wrong with it. Whether it comes in time and in
 * order is the caller's to judge.
 */
export async function openSignal(group: MlsGroup, payload: Uint8Array): Promise<OpenedSignal | null> {
  // CRY-062
  if (payload.length > LIMITS.MAX_SIGNAL_BYTES || payload.length < NONCE_BYTES) throw badSignal();
  const { log, epoch, leaves, ownLeafIndex } = describeGroup(group);
  const nonce = payload.subarray(0, NONCE_BYTES);
  const use = { key: await exportKey(group), nonce, additionalData: new Uint8Array() };
  const plain = await platform.openAesGcm(use, payload.subarray(NONCE_BYTES)).catch((cause: unknown) => {
    throw badSignal(cause);
  });
  const padded = plain.subarray(SIGNATURE_BYTES);
  const content = decodeSignal(padded);
  if (!content) return null;
  const leaf = leaves.find(({ device }) => device === toDeviceId(content.device));
  // CRY-063
  if (!leaf || leaf.index === ownLeafIndex) throw badSignal();
  const signature = plain.subarray(0, SIGNATURE_BYTES);
  if (!(await verifySignature(leaf.signatureKey, signalInput(log, epoch, padded), signature)))
    throw badSignal();
  return { leaf, content };
}

function decodeSignal(padded: Uint8Array): SignalContent | null {
  try {
    return decodeSignalContent(padded);
  } catch (cause) {
    throw badSignal(cause);
  }
}

async function exportKey(group: MlsGroup): Promise<Uint8Array> {
  return (await exportSecret(group, EXPORT_LABEL, new Uint8Array(), KEY_BYTES)).reveal();
}

function badSignal(cause?: unknown): CryptoError {
  return new CryptoError('BAD_SIGNAL', 'a signal that nobody in this epoch sent', { cause });
}
