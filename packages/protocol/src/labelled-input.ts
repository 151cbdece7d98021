// What gets signed or hashed: labelled, length-prefixed inputs (SPEC §1.1). Clients sign and verify them in the crypto
// package, relays verify them with their platform's own primitives; only the bytes are made here.
import { concatBytes, encodeUint32, encodeUtf8 } from './bytes.ts';
import type { DeviceId, Nickname } from './ids.ts';
import { fromId } from './ids.ts';

/** Every purpose has a label of its own (SPEC §1.1); a signature for one never verifies for another. */
export const LABELS = {
  login: 'sirdas/v1/login',
  relayProof: 'sirdas/v1/relay-proof',
  proofOfWork: 'sirdas/v1/proof-of-work',
  accountRecord: 'sirdas/v1/account-record',
  recordHash: 'sirdas/v1/record-hash',
  directConversation: 'sirdas/v1/direct-conversation',
  safetyNumber: 'sirdas/v1/safety-number',
  classicHeader: 'sirdas/v1/classic-header',
  classicWraps: 'sirdas/v1/classic-wraps',
  classicKey: 'sirdas/v1/classic-key',
  deviceReport: 'sirdas/v1/device-report',
  epochAuthenticator: 'sirdas/v1/epoch-authenticator',
  signal: 'sirdas/v1/signal',
  linkingCommitment: 'sirdas/v1/linking-commitment',
  linkingTranscript: 'sirdas/v1/linking-transcript',
} as const;

export type Label = (typeof LABELS)[keyof typeof LABELS];

/** `lp(label) || lp(field 1) || …`; strings as UTF-8 (SPEC §1.1). */
export function labelledInput(
  label: Label,
  fields: readonly (Uint8Array | string)[],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const field of [label, ...fields]) {
    const bytes = typeof field === 'string' ? encodeUtf8(field) : field;
    parts.push(encodeUint32(bytes.length), bytes);
  }
  return concatBytes(parts);
}

/** What both sides of a login know (SPEC §4.2). */
export interface LoginTranscript {
  /** DER SubjectPublicKeyInfo. */
  readonly relayKey: Uint8Array;
  /** 32 bytes. */
  readonly relayNonce: Uint8Array;
  readonly version: number;
  readonly nickname: Nickname;
  readonly device: DeviceId;
  /** 32 bytes. */
  readonly clientNonce: Uint8Array;
  /** TLS exporter value, 32 bytes; empty when the channel is not bound. */
  readonly channelBinding: Uint8Array;
  readonly visible: boolean;
}

/** Signed by the device (SPEC §4.2). */
export function loginInput(transcript: LoginTranscript): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.login, transcriptFields(transcript));
}

/** Signed by the relay (SPEC §4.2). */
export function relayProofInput(transcript: LoginTranscript): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.relayProof, transcriptFields(transcript));
}

function transcriptFields(transcript: LoginTranscript): (Uint8Array | string)[] {
  return [
    transcript.relayKey,
    transcript.relayNonce,
    encodeUint32(transcript.version),
    transcript.nickname,
    fromId(transcript.device),
    transcript.clientNonce,
    transcript.channelBinding,
    Uint8Array.of(transcript.visible ? 1 : 0),
  ];
}
