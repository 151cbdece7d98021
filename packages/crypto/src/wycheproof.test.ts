// github.com/C2SP/wycheproof, run through the very functions that the product uses. A test lists the ids of the cases that
// went wrong, so that a failure names them.
import { fromHex, toHex } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { computeMac, decryptCbc, encryptCbc, isMacValid } from './fernet-cipher.ts';
import { decryptOaep } from './key-wrap.ts';
import { verifySignature } from './signature-key.ts';
import { loadPublishedVectors, PUBLISHED_ARE_MISSING } from './vectors.testkit.ts';

interface Suite<Group> {
  readonly testGroups: readonly Group[];
}

interface Case {
  readonly tcId: number;
  readonly msg: string;
  readonly result: 'valid' | 'invalid';
}

interface EddsaGroup {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly (Case & { readonly sig: string })[];
}

interface CbcGroup {
  readonly keySize: number;
  readonly tests: readonly (Case & { readonly key: string; readonly iv: string; readonly ct: string })[];
}

interface MacGroup {
  readonly tagSize: number;
  readonly tests: readonly (Case & { readonly key: string; readonly tag: string })[];
}

interface OaepGroup {
  readonly privateKeyPkcs8: string;
  readonly tests: readonly (Case & { readonly ct: string; readonly label: string })[];
}

test('CRY-002 ed25519_test: all 151 cases', async ({ skip }) => {
  const suite = await loadPublishedVectors<Suite<EddsaGroup>>('wycheproof/ed25519_test.json');
  if (!suite) return skip(PUBLISHED_ARE_MISSING);
  const wrong: number[] = [];
  let count = 0;
  for (const { publicKey, tests } of suite.testGroups) {
    for (const { tcId, msg, sig, result } of tests) {
      const isValid = await verifySignature(fromHex(publicKey.pk), fromHex(msg), fromHex(sig));
      if (isValid !== (result === 'valid')) wrong.push(tcId);
      count++;
    }
  }
  expect(wrong).toEqual([]);
  expect(count).toBe(151);
});

test('CRY-007 aes_cbc_pkcs5_test: all 72 cases with 128-bit keys, the only ones Fernet has', async ({
  skip,
}) => {
  const suite = await loadPublishedVectors<Suite<CbcGroup>>('wycheproof/aes_cbc_pkcs5_test.json');
  if (!suite) return skip(PUBLISHED_ARE_MISSING);
  const wrong: number[] = [];
  const cases = suite.testGroups.filter(({ keySize }) => keySize === 128).flatMap(({ tests }) => tests);
  for (const { tcId, msg, key, iv, ct, result } of cases) {
    const opened = await decryptCbc(fromHex(key), fromHex(iv), fromHex(ct));
    if (result === 'invalid') {
      if (opened) wrong.push(tcId);
      continue;
    }
    const sealed = await encryptCbc(fromHex(key), fromHex(iv), fromHex(msg));
    if (!opened || toHex(opened) !== msg || toHex(sealed) !== ct) wrong.push(tcId);
  }
  expect(wrong).toEqual([]);
  expect(cases).toHaveLength(72);
});

test('CRY-005 hmac_sha256_test: all 174 cases; a truncated MAC is never accepted', async ({ skip }) => {
  const suite = await loadPublishedVectors<Suite<MacGroup>>('wycheproof/hmac_sha256_test.json');
  if (!suite) return skip(PUBLISHED_ARE_MISSING);
  const wrong: number[] = [];
  let count = 0;
  for (const { tagSize, tests } of suite.testGroups) {
    for (const { tcId, msg, key, tag, result } of tests) {
      const isValid = await isMacValid(fromHex(key), fromHex(msg), fromHex(tag));
      const mac = toHex(await computeMac(fromHex(key), fromHex(msg)));
      const isWhole = tagSize === 256;
      if (isValid !== (result === 'valid' && isWhole)) wrong.push(tcId);
      if ((mac.slice(0, tagSize / 4) === tag) !== (result === 'valid')) wrong.push(tcId);
      count++;
    }
  }
  expect(wrong).toEqual([]);
  expect(count).toBe(174);
});

test.for([2048, 3072, 4096])(
  'CRY-011 rsa_oaep_%i_sha256_mgf1sha256_test: all 37 cases; one with a label is refused',
  async (bits, { skip }) => {
    const path = `wycheproof/rsa_oaep_${bits}_sha256_mgf1sha256_test.json`;
    const suite = await loadPublishedVectors<Suite<OaepGroup>>(path);
    if (!suite) return skip(PUBLISHED_ARE_MISSING);
    const wrong: number[] = [];
    let count = 0;
    for (const { privateKeyPkcs8, tests } of suite.testGroups) {
      const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256' };
      const key = await crypto.subtle.importKey('pkcs8', fromHex(privateKeyPkcs8), algorithm, false, [
        'decrypt',
      ]);
      for (const { tcId, msg, ct, label, result } of tests) {
        const opened = await decryptOaep(key, fromHex(ct));
        const mustOpen = result === 'valid' && label === '';
        if (mustOpen ? opened === null || toHex(opened) !== msg : opened !== null) wrong.push(tcId);
        count++;
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBe(37);
  },
);
