// Our HPKE against another implementation (@hpke/core with @hpke/hybridkem-x-wing, through the library's own provider): what one
// seals the other opens, and both derive the same keys. The vectors of RFC 9180 and of MLS have no X-Wing.
import { encodeUtf8, MLS_SUITES, toHex } from '@sirdas/protocol';
import { getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.testkit.ts';
import { makeDevice } from './members.testkit.ts';
import { derivePublicKey, libraryNameOf, loadSuite } from './suite.ts';

const { signatureKey } = await makeDevice('bora');
const [INFO, AAD, TEXT] = ['info', 'additional data', 'a text'].map(encodeUtf8) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];

describe.each(MLS_SUITES)('HPKE of %s', (suite) => {
  const ours = loadSuite(suite, { signatureKey, random: seededRandom('hpke') });
  const load = () => defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(libraryNameOf(suite)));

  test('derives the same key pair', async () => {
    const theirs = await load();
    for (let i = 0; i < 5; i++) {
      const secret = seededRandom(`secret ${i}`)(ours.kdf.size);
      const [our, their] = [await ours.hpke.deriveKeyPair(secret), await theirs.hpke.deriveKeyPair(secret)];
      const privateKey = await ours.hpke.exportPrivateKey(our.privateKey);
      expect(toHex(privateKey)).toBe(toHex(await theirs.hpke.exportPrivateKey(their.privateKey)));
      const publicKey = toHex(await theirs.hpke.exportPublicKey(their.publicKey));
      expect(toHex(await ours.hpke.exportPublicKey(our.publicKey))).toBe(publicKey);
      expect(toHex(await derivePublicKey(suite, privateKey))).toBe(publicKey);
    }
  });

  test('opens what the other one seals, and the other way round', async () => {
    const theirs = await load();
    const pair = await theirs.hpke.generateKeyPair();
    const privateKey = await theirs.hpke.exportPrivateKey(pair.privateKey);
    const publicKey = await theirs.hpke.exportPublicKey(pair.publicKey);
    const sealed = await theirs.hpke.seal(pair.publicKey, TEXT, INFO, AAD);
    const own = await ours.hpke.importPrivateKey(privateKey);
    expect(await ours.hpke.open(own, sealed.enc, sealed.ct, INFO, AAD)).toEqual(TEXT);
    const back = await ours.hpke.seal(await ours.hpke.importPublicKey(publicKey), TEXT, INFO, AAD);
    expect(await theirs.hpke.open(pair.privateKey, back.enc, back.ct, INFO, AAD)).toEqual(TEXT);
  });

  test('does not open what was changed, or under other information', async () => {
    const pair = await ours.hpke.generateKeyPair();
    const { enc, ct } = await ours.hpke.seal(pair.publicKey, TEXT, INFO, AAD);
    const flip = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
    const open = (kem: Uint8Array, text: Uint8Array, info = INFO, aad = AAD) =>
      ours.hpke.open(pair.privateKey, kem, text, info, aad);
    await expect(open(enc, flip(ct, 0))).rejects.toBeDefined();
    await expect(open(flip(enc, 3), ct)).rejects.toBeDefined();
    await expect(open(flip(enc, enc.length - 9), ct)).rejects.toBeDefined();
    await expect(open(enc.subarray(1), ct)).rejects.toBeDefined();
    await expect(open(enc, ct, AAD)).rejects.toBeDefined();
    await expect(open(enc, ct, INFO, INFO)).rejects.toBeDefined();
    await expect(open(enc, new Uint8Array(3))).rejects.toBeDefined();
    expect(await open(enc, ct)).toEqual(TEXT);
  });

  test('seals to no key that has another length, or whose secret would be known', async () => {
    const { publicKey } = await ours.hpke.generateKeyPair();
    const bytes = await ours.hpke.exportPublicKey(publicKey);
    const lowOrder = Uint8Array.from([...bytes.subarray(0, -32), ...new Uint8Array(32)]);
    for (const bad of [bytes.subarray(1), lowOrder, new Uint8Array()]) {
      const key = await ours.hpke.importPublicKey(bad);
      await expect(ours.hpke.seal(key, TEXT, INFO, AAD)).rejects.toBeDefined();
    }
  });

  test('draws from the source that it is given', async () => {
    const [one, other] = [1, 2].map(() => loadSuite(suite, { signatureKey, random: seededRandom('same') }));
    if (!one || !other) throw new Error('no suite');
    const pair = await one.hpke.generateKeyPair();
    await other.hpke.generateKeyPair();
    const sealed = await one.hpke.seal(pair.publicKey, TEXT, INFO, AAD);
    expect(await other.hpke.seal(pair.publicKey, TEXT, INFO, AAD)).toEqual(sealed);
  });
});
