// libsignal as a subject of `npm run bench:envelopes`: a pairwise session (PQXDH, then the triple ratchet) for two members, sender
// keys for more. Loaded by bench/src/envelopes/main.ts once `npm ci` has run in this folder; not a part of the normal install.
import {
  CiphertextMessageType,
  type Direction,
  groupDecrypt,
  groupEncrypt,
  IdentityChange,
  IdentityKeyStore,
  KEMKeyPair,
  KyberPreKeyRecord,
  KyberPreKeyStore,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PreKeyStore,
  PrivateKey,
  ProtocolAddress,
  type PublicKey,
  processPreKeyBundle,
  processSenderKeyDistributionMessage,
  SenderKeyDistributionMessage,
  type SenderKeyRecord,
  SenderKeyStore,
  SessionRecord,
  SessionStore,
  SignalMessage,
  SignedPreKeyRecord,
  SignedPreKeyStore,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
} from '@signalapp/libsignal-client';

const DISTRIBUTION_ID = 'd1d1d1d1-7000-11eb-b32a-33b8a8a487a6';
const DEVICE = 1;
const KEY_ID = 1;

export const name = 'libsignal';

/** Resolves to a function that seals a message of one member and opens it as another one, states saved as libsignal asks for. */
export function open(members: number): Promise<(plaintext: Uint8Array<ArrayBuffer>) => Promise<void>> {
  return members === 2 ? openPair() : openGroup(members);
}

async function openPair() {
  const [alice, bob] = [new Party('alice'), new Party('bob')];
  await processPreKeyBundle(await bob.publish(), bob.address, alice.address, alice.sessions, alice.identity);
  await pass(alice, bob, new Uint8Array(1));
  await pass(bob, alice, new Uint8Array(1));
  return (plaintext: Uint8Array<ArrayBuffer>) => pass(alice, bob, plaintext);
}

async function pass(from: Party, to: Party, plaintext: Uint8Array<ArrayBuffer>): Promise<void> {
  const sealed = await signalEncrypt(plaintext, to.address, from.address, from.sessions, from.identity);
  const bytes = sealed.serialize();
  const opened =
    sealed.type() === CiphertextMessageType.PreKey
      ? await signalDecryptPreKey(
          PreKeySignalMessage.deserialize(bytes),
          from.address,
          to.address,
          to.sessions,
          to.identity,
          to.preKeys,
          to.signedPreKeys,
          to.kyberPreKeys,
        )
      : await signalDecrypt(
          SignalMessage.deserialize(bytes),
          from.address,
          to.address,
          to.sessions,
          to.identity,
        );
  if (opened.length !== plaintext.length) throw new Error('libsignal opened something else');
}

async function openGroup(members: number) {
  const sender = ProtocolAddress.new('sender', DEVICE);
  const senderKeys = new SenderKeys();
  const distribution = await SenderKeyDistributionMessage.create(sender, DISTRIBUTION_ID, senderKeys);
  const receivers = Array.from({ length: members - 1 }, () => new SenderKeys());
  for (const keys of receivers) await processSenderKeyDistributionMessage(sender, distribution, keys);
  const [receiver] = receivers;
  if (!receiver) throw new Error('a group has more than one member');
  return async (plaintext: Uint8Array<ArrayBuffer>) => {
    const sealed = await groupEncrypt(sender, DISTRIBUTION_ID, senderKeys, plaintext);
    const opened = await groupDecrypt(sender, receiver, sealed.serialize());
    if (opened.length !== plaintext.length) throw new Error('libsignal opened something else');
  };
}

/** One device with its keys in memory. */
class Party {
  readonly address: ProtocolAddress;
  readonly sessions = new Sessions();
  readonly identity = new Identity();
  readonly preKeys = new PreKeys();
  readonly signedPreKeys = new SignedPreKeys();
  readonly kyberPreKeys = new KyberPreKeys();

  constructor(person: string) {
    this.address = ProtocolAddress.new(person, DEVICE);
  }

  async publish(): Promise<PreKeyBundle> {
    const identity = this.identity.key;
    const [preKey, signedPreKey, kyberPreKey] = [
      PrivateKey.generate(),
      PrivateKey.generate(),
      KEMKeyPair.generate(),
    ];
    const signature = identity.sign(signedPreKey.getPublicKey().serialize());
    const kyberSignature = identity.sign(kyberPreKey.getPublicKey().serialize());
    const nowMs = Date.now();
    await this.preKeys.savePreKey(KEY_ID, PreKeyRecord.new(KEY_ID, preKey.getPublicKey(), preKey));
    await this.signedPreKeys.saveSignedPreKey(
      KEY_ID,
      SignedPreKeyRecord.new(KEY_ID, nowMs, signedPreKey.getPublicKey(), signedPreKey, signature),
    );
    await this.kyberPreKeys.saveKyberPreKey(
      KEY_ID,
      KyberPreKeyRecord.new(KEY_ID, nowMs, kyberPreKey, kyberSignature),
    );
    return PreKeyBundle.new(
      await this.identity.getLocalRegistrationId(),
      DEVICE,
      KEY_ID,
      preKey.getPublicKey(),
      KEY_ID,
      signedPreKey.getPublicKey(),
      signature,
      identity.getPublicKey(),
      KEY_ID,
      kyberPreKey.getPublicKey(),
      kyberSignature,
    );
  }
}

/** Serialized as a real client has to. */
class Sessions extends SessionStore {
  readonly #records = new Map<string, Uint8Array<ArrayBuffer>>();

  async saveSession(of: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.#records.set(of.toString(), record.serialize());
  }

  async getSession(of: ProtocolAddress): Promise<SessionRecord | null> {
    const bytes = this.#records.get(of.toString());
    return bytes ? SessionRecord.deserialize(bytes) : null;
  }

  async getExistingSessions(addresses: ProtocolAddress[]): Promise<SessionRecord[]> {
    const records = await Promise.all(addresses.map((address) => this.getSession(address)));
    return records.filter((record) => record !== null);
  }
}

class Identity extends IdentityKeyStore {
  readonly key = PrivateKey.generate();
  readonly #known = new Map<string, PublicKey>();

  async getIdentityKey(): Promise<PrivateKey> {
    return this.key;
  }

  async getLocalRegistrationId(): Promise<number> {
    return KEY_ID;
  }

  async saveIdentity(of: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    this.#known.set(of.toString(), key);
    return IdentityChange.NewOrUnchanged;
  }

  async isTrustedIdentity(_of: ProtocolAddress, _key: PublicKey, _direction: Direction): Promise<boolean> {
    return true;
  }

  async getIdentity(of: ProtocolAddress): Promise<PublicKey | null> {
    return this.#known.get(of.toString()) ?? null;
  }
}

class PreKeys extends PreKeyStore {
  readonly #records = new Map<number, PreKeyRecord>();

  async savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getPreKey(id: number): Promise<PreKeyRecord> {
    return need(this.#records.get(id));
  }

  async removePreKey(id: number): Promise<void> {
    this.#records.delete(id);
  }
}

class SignedPreKeys extends SignedPreKeyStore {
  readonly #records = new Map<number, SignedPreKeyRecord>();

  async saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return need(this.#records.get(id));
  }
}

class KyberPreKeys extends KyberPreKeyStore {
  readonly #records = new Map<number, KyberPreKeyRecord>();

  async saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.#records.set(id, record);
  }

  async getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return need(this.#records.get(id));
  }

  async markKyberPreKeyUsed(): Promise<void> {}
}

class SenderKeys extends SenderKeyStore {
  readonly #records = new Map<string, SenderKeyRecord>();

  async saveSenderKey(sender: ProtocolAddress, distribution: string, record: SenderKeyRecord): Promise<void> {
    this.#records.set(`${sender.toString()} ${distribution}`, record);
  }

  async getSenderKey(sender: ProtocolAddress, distribution: string): Promise<SenderKeyRecord | null> {
    return this.#records.get(`${sender.toString()} ${distribution}`) ?? null;
  }
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no such key');
  return value;
}
