// Signals: from whom, for whom, and that all of them look alike.
import {
  concatBytes,
  encodeSignalContent,
  fromId,
  LIMITS,
  MLS_SUITES,
  type SignalContent,
  X25519_SUITE,
} from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { exportSecret, type MlsGroup } from './mls/group.ts';
import type { OwnLeaf } from './mls/leaf.ts';
import { makeDevice, makeMembers, NOW_MS, toPlan } from './mls/members.testkit.ts';
import { planCommit } from './mls/plan-commit.ts';
import { systemRandom } from './random.ts';
import { openSignal, sealSignal } from './sealed-signal.ts';

const ayse = await makeDevice('ayse');
const bora = await makeDevice('bora');
const cem = await makeDevice('cem');
const REFUSED = expect.objectContaining({ code: 'BAD_SIGNAL' });

function contentOf(own: OwnLeaf, activity: SignalContent['activity'] = 'typing'): SignalContent {
  return { device: fromId(own.device), timeMs: NOW_MS, activity };
}

function seal(group: MlsGroup, own: OwnLeaf, content = contentOf(own)): Promise<Uint8Array> {
  return sealSignal(group, { content, deviceKey: own.signatureKey, random: systemRandom });
}

async function makeThree(): Promise<[MlsGroup, MlsGroup, MlsGroup]> {
  const [first, second, third] = await makeMembers(X25519_SUITE, [ayse, bora, cem]);
  if (!first || !second || !third) throw new Error('somebody is missing');
  return [first, second, third];
}

test.each(MLS_SUITES)(
  'a signal of %s tells who does what, in as many bytes as every other',
  async (suite) => {
    const [first, second] = await makeMembers(suite, [ayse, bora]);
    if (!first || !second) throw new Error('somebody is missing');
    for (const activity of ['typing', 'recording', 'stopped'] as const) {
      const payload = await seal(first, ayse, contentOf(ayse, activity));
      expect(payload).toHaveLength(348);
      expect(payload.length).toBeLessThanOrEqual(LIMITS.MAX_SIGNAL_BYTES);
      expect(await openSignal(second, payload)).toMatchObject({
        leaf: { nickname: 'ayse', index: 0 },
        content: contentOf(ayse, activity),
      });
    }
  },
);

describe('a signal', () => {
  test('CRY-062 of another epoch or group, changed, cut or too long is refused', async () => {
    const [first, second] = await makeThree();
    const [, , other] = await makeThree();
    const payload = await seal(first, ayse);
    const { next } = await planCommit(second, toPlan({}));
    await expect(openSignal(next, payload)).rejects.toEqual(REFUSED);
    await expect(openSignal(other, payload)).rejects.toEqual(REFUSED);
    for (const at of [0, 11, 12, 80, 347]) {
      const changed = payload.with(at, (payload[at] ?? 0) ^ 1);
      await expect(openSignal(second, changed)).rejects.toEqual(REFUSED);
    }
    for (const length of [0, 11, 12, 27, 347]) {
      await expect(openSignal(second, payload.subarray(0, length))).rejects.toEqual(REFUSED);
    }
    const longest = concatBytes([payload, new Uint8Array(513 - payload.length)]);
    await expect(openSignal(second, longest)).rejects.toEqual(REFUSED);
  });

  test('CRY-063 in the name of another member, of nobody in the group, or of the own device is refused', async () => {
    const [first, second] = await makeThree();
    await expect(openSignal(second, await seal(first, ayse, contentOf(cem)))).rejects.toEqual(REFUSED);
    const stranger = await makeDevice('demet');
    await expect(openSignal(second, await seal(first, stranger))).rejects.toEqual(REFUSED);
    await expect(openSignal(second, await seal(first, bora))).rejects.toEqual(REFUSED);
  });

  test('of what is no signal is refused, whoever seals it', async () => {
    const [first, second] = await makeThree();
    const key = (await exportSecret(first, 'sirdas signal', new Uint8Array(), 32)).reveal();
    const imported = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
    const iv = new Uint8Array(12);
    const sealRaw = async (plain: Uint8Array<ArrayBuffer>) =>
      concatBytes([
        iv,
        new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, imported, plain)),
      ]);
    const unsigned = concatBytes([new Uint8Array(64), encodeSignalContent(contentOf(ayse))]);
    for (const plain of [new Uint8Array(), new Uint8Array(320), unsigned]) {
      await expect(openSignal(second, await sealRaw(plain))).rejects.toEqual(REFUSED);
    }
  });
});
