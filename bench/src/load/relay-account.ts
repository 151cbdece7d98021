// Accounts for the benchmark: claims a nickname at a relay that is open, and logs in, with keys made on the spot. The frames
// before the measurement go through the ordinary codec. SPEC §4, §5.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  accountRecordInput,
  encodeAccountRecord,
  type Frame,
  LABELS,
  labelledInput,
  loginInput,
  type Nickname,
  type SignedRecord,
  toDeviceId,
} from '@sirdas/protocol';

interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

export interface Account {
  readonly nickname: Nickname;
  readonly identity: KeyPair;
  readonly device: KeyPair & { readonly id: Buffer };
}

export function makeAccount(user: number): Account {
  const device = { ...makeKeyPair(), id: randomBytes(16) };
  return { nickname: `user${user}x` as Nickname, identity: makeKeyPair(), device };
}

/** The account's first record. */
export function makeRecord(account: Account, relayFingerprint: Uint8Array): SignedRecord {
  const { nickname, identity, device } = account;
  const record = encodeAccountRecord({
    relayFingerprint,
    nickname,
    identityKey: identity.publicKey,
    index: 0,
    previousHash: new Uint8Array(0),
    devices: [{ id: device.id, signatureKey: device.publicKey, name: 'bench', addedMs: 1 }],
    rsaPublicKey: new Uint8Array(0),
    suites: ['bench-1'],
    profile: { colour: undefined, displayName: '' },
    timeMs: 1,
  });
  return { record, signature: sign(null, accountRecordInput(record), identity.privateKey) };
}

/** 8 bytes so that the hash starts with that many zero bits (SPEC §4.3). */
export function findProofOfWork(hello: Frame<'hello'>, record: Uint8Array): Uint8Array {
  for (;;) {
    const work = randomBytes(8);
    const input = labelledInput(LABELS.proofOfWork, [hello.nonce, record, work]);
    const start = createHash('sha256').update(input).digest().readUInt32BE(0);
    if (Math.clz32(start) >= hello.proofOfWorkBits) return work;
  }
}

export function makeLogin(
  hello: Frame<'hello'>,
  account: Account,
  channelBinding: Uint8Array | null,
): Frame<'login'> {
  const nonce = randomBytes(32);
  const { nickname, device } = account;
  const input = loginInput({
    relayKey: hello.relayKey,
    relayNonce: hello.nonce,
    version: 1,
    nickname,
    device: toDeviceId(device.id),
    clientNonce: nonce,
    channelBinding: channelBinding ?? new Uint8Array(0),
    visible: false,
  });
  return {
    request: 2,
    kind: 'login',
    version: 1,
    nickname,
    device: device.id,
    nonce,
    channelBound: channelBinding !== null,
    signature: sign(null, input, device.privateKey),
    visible: false,
  };
}

function makeKeyPair(): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }).subarray(-32), privateKey };
}
