// Accounts with real chains of records, made from a history of their devices, for tests of what stands on those chains.
import {
  generateSignatureSeed,
  importSignatureKey,
  type Leaf,
  type SignatureKey,
  type SignedRecord,
  signAccountRecord,
  systemRandom,
  type VerifiedAccount,
  verifyAccountChain,
} from '@sirdas/crypto';
import {
  type DeviceId,
  fromId,
  type GroupRole,
  MLS_SUITES,
  type Nickname,
  parseNickname,
  recordHashInput,
  toDeviceId,
} from '@sirdas/protocol';
import type { GroupMember } from './commit-change.ts';

export const TEST_RELAY = new Uint8Array(32).fill(7);
const START_MS = 1_800_000_000_000;

/** Somebody, with every device that is named in their history. */
export class TestAccount {
  readonly nickname: Nickname;
  readonly records: readonly SignedRecord[];
  readonly identityKey: SignatureKey;
  readonly #chains: readonly VerifiedAccount[];
  readonly #devices: ReadonlyMap<string, { readonly id: DeviceId; readonly key: SignatureKey }>;

  private constructor(
    identityKey: SignatureKey,
    records: readonly SignedRecord[],
    chains: readonly VerifiedAccount[],
    devices: ReadonlyMap<string, { readonly id: DeviceId; readonly key: SignatureKey }>,
  ) {
    this.identityKey = identityKey;
    this.records = records;
    this.#chains = chains;
    this.#devices = devices;
    this.nickname = this.now.record.nickname;
  }

  /** One record for each list of devices. */
  static async make(name: string, history: readonly (readonly string[])[]): Promise<TestAccount> {
    const nickname = parseNickname(name);
    const identityKey = await makeKey();
    const devices = new Map<string, { id: DeviceId; key: SignatureKey }>();
    for (const device of history.flat()) {
      const known = devices.get(device);
      devices.set(device, known ?? { id: toDeviceId(systemRandom(16)), key: await makeKey() });
    }
    const records: SignedRecord[] = [];
    const chains: VerifiedAccount[] = [];
    for (const [index, names] of history.entries()) {
      const last = records.at(-1);
      const record = {
        relayFingerprint: TEST_RELAY,
        nickname,
        identityKey: identityKey.publicKey,
        index,
        previousHash: last ? await hash(recordHashInput(last.record)) : new Uint8Array(),
        devices: names.map((device) => {
          const { id, key } = need(devices.get(device));
          return { id: fromId(id), signatureKey: key.publicKey, name: device, addedMs: START_MS };
        }),
        rsaPublicKey: new Uint8Array(),
        suites: [...MLS_SUITES],
        timeMs: START_MS + index,
      };
      records.push(await signAccountRecord(record, identityKey));
      chains.push(await verifyAccountChain([...records], { relayFingerprint: TEST_RELAY, nickname }));
    }
    return new TestAccount(identityKey, records, chains, devices);
  }

  get now(): VerifiedAccount {
    return need(this.#chains.at(-1));
  }

  /** As it was known after the record with that index. */
  at(index: number): VerifiedAccount {
    return need(this.#chains[index]);
  }

  device(name: string): DeviceId {
    return need(this.#devices.get(name)).id;
  }

  deviceKey(name: string): SignatureKey {
    return need(this.#devices.get(name)).key;
  }

  leaf(name: string, index: number, recordIndex = 0): Leaf {
    const { id, key } = need(this.#devices.get(name));
    return { nickname: this.nickname, device: id, signatureKey: key.publicKey, recordIndex, index };
  }

  member(role: GroupRole): GroupMember {
    return { nickname: this.nickname, identityKey: this.identityKey.publicKey, role };
  }
}

function makeKey(): Promise<SignatureKey> {
  return importSignatureKey(generateSignatureSeed(systemRandom));
}

async function hash(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input));
}

function need<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test names something that is not there');
  return value;
}
