import {
  fromHex,
  type LoginTranscript,
  loginInput,
  parseNickname,
  relayProofInput,
  toDeviceId,
  toHex,
} from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { computeRelayFingerprint, signLogin, verifyRelayProof } from './login.ts';
import { SecretBytes } from './secret-bytes.ts';
import { importSignatureKey, sign, verifySignature } from './signature-key.ts';
import { loadOwnVectors, outcomeOf, type Vector } from './vectors.testkit.ts';

interface LoginInput {
  readonly relayKey: string;
  readonly relayNonce: string;
  readonly version: number;
  readonly nickname: string;
  readonly device: string;
  readonly clientNonce: string;
  readonly channelBinding: string;
  readonly visible: boolean;
  readonly deviceSeed: string;
}

type LoginOutput = Record<'relayFingerprint' | 'signature' | 'relaySignature', string>;

const vectors = await loadOwnVectors<Vector<LoginInput, LoginOutput>[]>('login.json');

describe.each(vectors)('$name ($spec)', ({ input, output }) => {
  const transcript = toTranscript(input);
  const relaySignature = fromHex(output?.relaySignature ?? '');

  test('the relay key has its fingerprint', () => {
    expect(toHex(computeRelayFingerprint(transcript.relayKey))).toBe(output?.relayFingerprint);
  });

  test('the device signs the bytes of another implementation', async () => {
    const key = await importSignatureKey(new SecretBytes(fromHex(input.deviceSeed)));
    expect(toHex(await signLogin(key, transcript))).toBe(output?.signature);
  });

  test('the relay proof of another implementation verifies', async () => {
    expect(await outcomeOf(() => verifyRelayProof(transcript, relaySignature))).toBe('ok');
  });

  test('CRY-017 a proof for any other transcript is refused (THREATS 34)', async () => {
    const others: Partial<LoginTranscript>[] = [
      { relayNonce: new Uint8Array(32) },
      { clientNonce: new Uint8Array(32) },
      { version: 2 },
      { nickname: parseNickname('bora') },
      { device: toDeviceId(new Uint8Array(16)) },
      { channelBinding: new Uint8Array(32) },
      { visible: !transcript.visible },
      { relayKey: new Uint8Array(91) },
      { relayKey: transcript.relayKey.subarray(1) },
    ];
    const outcomes = others.map((other) =>
      outcomeOf(() => verifyRelayProof({ ...transcript, ...other }, relaySignature)),
    );
    expect(await Promise.all(outcomes)).toEqual(others.map(() => 'RELAY_NOT_PROVEN'));
  });

  test('CRY-017 a changed, cut or empty proof is refused', async () => {
    const wrong = [
      relaySignature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
      relaySignature.subarray(1),
      new Uint8Array(64),
      new Uint8Array(0),
    ];
    const outcomes = wrong.map((signature) => outcomeOf(() => verifyRelayProof(transcript, signature)));
    expect(await Promise.all(outcomes)).toEqual(wrong.map(() => 'RELAY_NOT_PROVEN'));
  });
});

test('CRY-017 a relay that signs the login transcript instead of the proof is refused', async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const relayKey = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const transcript = { ...toTranscript(firstInput()), relayKey };
  const proofOf = async (input: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, input));
  const right = await proofOf(relayProofInput(transcript));
  const wrong = await proofOf(loginInput(transcript));
  expect(await outcomeOf(() => verifyRelayProof(transcript, right))).toBe('ok');
  expect(await outcomeOf(() => verifyRelayProof(transcript, wrong))).toBe('RELAY_NOT_PROVEN');
});

test('CRY-002 what a device signs for the relay proof is no login', async () => {
  const input = firstInput();
  const key = await importSignatureKey(new SecretBytes(fromHex(input.deviceSeed)));
  const transcript = toTranscript(input);
  const signature = await sign(key, relayProofInput(transcript));
  expect(await verifySignature(key.publicKey, loginInput(transcript), signature)).toBe(false);
});

function firstInput(): LoginInput {
  const [first] = vectors;
  if (!first) throw new Error('no vectors');
  return first.input;
}

function toTranscript(input: LoginInput): LoginTranscript {
  return {
    relayKey: fromHex(input.relayKey),
    relayNonce: fromHex(input.relayNonce),
    version: input.version,
    nickname: parseNickname(input.nickname),
    device: toDeviceId(fromHex(input.device)),
    clientNonce: fromHex(input.clientNonce),
    channelBinding: fromHex(input.channelBinding),
    visible: input.visible,
  };
}
