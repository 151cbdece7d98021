// The primitives that differ between platforms give the same everywhere: published values, and the same refusals.

import { fromHex, toHex } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { platform } from '#platform';

describe('AES-GCM', () => {
  /** McGrew and Viega, test case 2. */
  const use = { key: new Uint8Array(16), nonce: new Uint8Array(12), additionalData: new Uint8Array() };
  const sealed = fromHex('0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf');

  test('seals and opens the published value', async () => {
    expect(toHex(await platform.sealAesGcm(use, new Uint8Array(16)))).toBe(toHex(sealed));
    expect(await platform.openAesGcm(use, sealed)).toEqual(new Uint8Array(16));
  });

  test('with 32 bytes of key is AES-256: McGrew and Viega, test case 14', async () => {
    const longer = { ...use, key: new Uint8Array(32) };
    expect(toHex(await platform.sealAesGcm(longer, new Uint8Array(16)))).toBe(
      'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
    );
  });

  test('opens nothing that was changed, cut, or sealed with other additional data', async () => {
    const other = { ...use, additionalData: Uint8Array.of(1) };
    await expect(platform.openAesGcm(other, sealed)).rejects.toBeDefined();
    for (const at of [0, 15, 16, 31]) {
      const changed = sealed.with(at, (sealed[at] ?? 0) ^ 1);
      await expect(platform.openAesGcm(use, changed)).rejects.toBeDefined();
    }
    for (const length of [0, 1, 15, 16, 31]) {
      await expect(platform.openAesGcm(use, sealed.subarray(0, length))).rejects.toBeDefined();
    }
  });
});

describe('X25519', () => {
  test('gives the value of RFC 7748 §5.2', async () => {
    const scalar = fromHex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const point = fromHex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    expect(toHex(await platform.multiplyX25519(scalar, point))).toBe(
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    );
  });

  test('gives nothing for points of low order, and for other lengths', async () => {
    const scalar = new Uint8Array(32).fill(7);
    const lowOrder = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      `ec${'ff'.repeat(30)}7f`,
    ];
    for (const point of lowOrder) {
      await expect(platform.multiplyX25519(scalar, fromHex(point))).rejects.toBeDefined();
    }
    await expect(platform.multiplyX25519(scalar, new Uint8Array(31).fill(9))).rejects.toBeDefined();
    await expect(
      platform.multiplyX25519(scalar.subarray(1), new Uint8Array(32).fill(9)),
    ).rejects.toBeDefined();
  });
});
