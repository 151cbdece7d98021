// Key packages: what may be added to a group, and what may not.
import { fromHex, MLS_SUITES, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import { type KeyPackageTBS, signKeyPackage } from 'ts-mls/keyPackage.js';
import { type LeafNodeTBSKeyPackage, signLeafNodeKeyPackage } from 'ts-mls/leafNode.js';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../random.ts';
import { sign } from '../signature-key.ts';
import { decodeKeyPackage, readKeyPackage } from './key-package.ts';
import { makeCredential } from './leaf.ts';
import { DAY_MS, everybody, makeDevice, NOW_MS, offer, RELAY } from './members.testkit.ts';
import { libraryNameOf, loadSuite } from './suite.ts';
import { encodeMessage } from './wire.ts';

const bora = await makeDevice('bora');
const ayse = await makeDevice('ayse');
const REFUSED = expect.objectContaining({ code: 'BAD_KEY_PACKAGE' });
const NOTHING = new Uint8Array();
const impl = loadSuite(X25519_SUITE, { signatureKey: bora.signatureKey, random: systemRandom });

const check = { suite: X25519_SUITE, nowMs: NOW_MS, verifier: everybody, relayFingerprint: RELAY } as const;

interface Changes {
  readonly leaf?: Partial<LeafNodeTBSKeyPackage>;
  readonly outside?: Partial<KeyPackageTBS>;
}

/** Bora's key package with changes, signed again. */
async function forge({ leaf = {}, outside = {} }: Changes): Promise<Uint8Array> {
  const honest = decodeKeyPackage((await offer(bora, X25519_SUITE)).keyPackage);
  const leafNode = await signLeafNodeKeyPackage({ ...honest.leafNode, ...leaf }, NOTHING, impl.signature);
  const keyPackage = await signKeyPackage({ ...honest, leafNode, ...outside }, NOTHING, impl.signature);
  return encodeMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
}

function lifetime(notBeforeMs: number, notAfterMs: number) {
  return { notBefore: BigInt(notBeforeMs / 1000), notAfter: BigInt(notAfterMs / 1000) };
}

describe.each(MLS_SUITES)('a key package for %s', (suite) => {
  test('is read as its maker, under the reference that welcomes will use', async () => {
    const made = await offer(bora, suite);
    const read = await readKeyPackage(made.keyPackage, { ...check, suite });
    expect(read.reference).toBe(made.reference);
    expect(read.leaf).toEqual({
      nickname: 'bora',
      device: bora.device,
      recordIndex: 0,
      signatureKey: bora.signatureKey.publicKey,
    });
    expect(made.expiresMs).toBe(NOW_MS + 30 * DAY_MS);
    expect(JSON.stringify(made.secret)).toBe('"[redacted]"');
  });
});

describe('a key package', () => {
  test('forged without any change is as good as the honest one', async () => {
    await expect(readKeyPackage(await forge({}), check)).resolves.toMatchObject({
      leaf: { nickname: 'bora' },
    });
  });

  test('CRY-031 with a byte too many or too few is refused', async () => {
    const { keyPackage } = await offer(bora, X25519_SUITE);
    await expect(readKeyPackage(Uint8Array.of(...keyPackage, 0), check)).rejects.toEqual(REFUSED);
    for (let length = 0; length < keyPackage.length; length++) {
      expect(() => decodeKeyPackage(keyPackage.subarray(0, length))).toThrow(REFUSED);
    }
  });

  test('CRY-032 of another suite, or with extensions, is refused', async () => {
    const { keyPackage } = await offer(bora, XWING_SUITE);
    await expect(readKeyPackage(keyPackage, check)).rejects.toEqual(REFUSED);
    const cipherSuite = libraryNameOf(XWING_SUITE);
    await expect(readKeyPackage(await forge({ outside: { cipherSuite } }), check)).rejects.toEqual(REFUSED);
    const extensions = [{ extensionType: 0xf5d1, extensionData: NOTHING }];
    await expect(readKeyPackage(await forge({ outside: { extensions } }), check)).rejects.toEqual(REFUSED);
  });

  test('CRY-033 whose credential is of another relay, of another kind or no MlsCredential is refused', async () => {
    const elsewhere = makeCredential({ ...bora, relayFingerprint: fromHex('99'.repeat(32)) });
    const credentials = [
      elsewhere,
      { credentialType: 'basic', identity: fromHex('ff') },
      { credentialType: 'x509', certificates: [fromHex('00')] },
    ] as const;
    for (const credential of credentials) {
      const keyPackage = await forge({
        leaf: { credential: credential as LeafNodeTBSKeyPackage['credential'] },
      });
      await expect(readKeyPackage(keyPackage, check)).rejects.toEqual(REFUSED);
    }
  });

  test('CRY-034 without our capabilities, or with more in its leaf, is refused', async () => {
    const { capabilities } = decodeKeyPackage((await offer(bora, X25519_SUITE)).keyPackage).leafNode;
    const leaves: Partial<LeafNodeTBSKeyPackage>[] = [
      { capabilities: { ...capabilities, extensions: [] } },
      { capabilities: { ...capabilities, versions: [] } },
      { capabilities: { ...capabilities, ciphersuites: [] } },
      { capabilities: { ...capabilities, credentials: ['x509'] } },
      { extensions: [{ extensionType: 0xf5d1, extensionData: NOTHING }] },
    ];
    for (const leaf of leaves) {
      await expect(readKeyPackage(await forge({ leaf }), check)).rejects.toEqual(REFUSED);
    }
  });

  test('that is capable of more, as one of a later version may be, is accepted', async () => {
    const { capabilities } = decodeKeyPackage((await offer(bora, X25519_SUITE)).keyPackage).leafNode;
    const more = { ...capabilities, proposals: [0x0a0a], extensions: [0x0a0a, ...capabilities.extensions] };
    await expect(readKeyPackage(await forge({ leaf: { capabilities: more } }), check)).resolves.toBeDefined();
  });

  test('CRY-035 that has expired, comes from the future or lives for too long is refused (THREATS 23)', async () => {
    const lifetimes = {
      'of 1970': lifetime(0, DAY_MS),
      expired: lifetime(NOW_MS - 10 * DAY_MS, NOW_MS - 1000),
      'not valid yet': lifetime(NOW_MS + 2 * DAY_MS, NOW_MS + 10 * DAY_MS),
      'valid for ever': { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn },
      'valid for too long': lifetime(NOW_MS, NOW_MS + 92 * DAY_MS),
    };
    for (const [name, given] of Object.entries(lifetimes)) {
      await expect(readKeyPackage(await forge({ leaf: { lifetime: given } }), check), name).rejects.toEqual(
        REFUSED,
      );
    }
    const longest = await forge({ leaf: { lifetime: lifetime(NOW_MS, NOW_MS + 90 * DAY_MS) } });
    await expect(readKeyPackage(longest, check)).resolves.toBeDefined();
    const { keyPackage, expiresMs } = await offer(bora, X25519_SUITE);
    await expect(readKeyPackage(keyPackage, { ...check, nowMs: expiresMs })).resolves.toBeDefined();
    await expect(readKeyPackage(keyPackage, { ...check, nowMs: expiresMs + 1 })).rejects.toEqual(REFUSED);
  });

  test('CRY-036 with one key for both purposes is refused', async () => {
    const { leafNode } = decodeKeyPackage((await offer(bora, X25519_SUITE)).keyPackage);
    const honest = await forge({ outside: { initKey: leafNode.hpkePublicKey } });
    await expect(readKeyPackage(honest, check)).resolves.toBeDefined();
    const initKey = decodeKeyPackage(honest).leafNode.hpkePublicKey;
    const twice = await forge({ leaf: { hpkePublicKey: initKey }, outside: { initKey } });
    await expect(readKeyPackage(twice, check)).rejects.toEqual(REFUSED);
  });

  test('CRY-037 that its leaf key did not sign, inside and outside, is refused', async () => {
    const honest = decodeKeyPackage((await offer(bora, X25519_SUITE)).keyPackage);
    const byAyse = {
      ...impl.signature,
      sign: (_: Uint8Array, message: Uint8Array) => sign(ayse.signatureKey, Uint8Array.from(message)),
    };
    const inside = await signLeafNodeKeyPackage(honest.leafNode, NOTHING, byAyse);
    const forgeries = [
      await signKeyPackage({ ...honest, leafNode: inside }, NOTHING, impl.signature),
      await signKeyPackage(honest, NOTHING, byAyse),
    ];
    for (const keyPackage of forgeries) {
      const bytes = encodeMessage({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
      await expect(readKeyPackage(bytes, check)).rejects.toEqual(REFUSED);
    }
  });

  test('CRY-037 with a key under which every signature verifies is refused', async () => {
    const keyPackage = await forge({ leaf: { signaturePublicKey: new Uint8Array(32) } });
    await expect(readKeyPackage(keyPackage, check)).rejects.toEqual(REFUSED);
  });

  test('CRY-038 of a device that its account does not have is refused (THREATS 2)', async () => {
    const { keyPackage } = await offer(bora, X25519_SUITE);
    const asked: unknown[] = [];
    const nobody = { verify: async (...leafAndUse: unknown[]) => asked.push(leafAndUse) === 0 };
    await expect(readKeyPackage(keyPackage, { ...check, verifier: nobody })).rejects.toEqual(REFUSED);
    expect(asked).toEqual([[expect.objectContaining({ nickname: 'bora', device: bora.device }), 'new']]);
  });

  test('of which nobody can judge now is neither refused nor accepted: the reason comes out as it is', async () => {
    const { keyPackage } = await offer(bora, X25519_SUITE);
    const reason = new Error('the relay is away');
    const verifier = { verify: () => Promise.reject(reason) };
    await expect(readKeyPackage(keyPackage, { ...check, verifier })).rejects.toBe(reason);
  });
});
