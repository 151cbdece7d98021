// Application messages: what opens, what does not and says why, and that nothing changes when it does not.
import { encodeUtf8, fromHex, MLS_SUITES, toLogId, X25519_SUITE } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../random.ts';
import { sign } from '../signature-key.ts';
import { createGroup } from './create-group.ts';
import { forgeMessage } from './forgery.testkit.ts';
import { describeGroup, type MlsGroup } from './group.ts';
import {
  DAY_MS,
  follow,
  makeDevice,
  makeMembers,
  makeState,
  NOW_MS,
  offer,
  toPlan,
} from './members.testkit.ts';
import { openMessage, peekMessage, sealMessage } from './message.ts';
import { openCommit } from './open-commit.ts';
import { planCommit } from './plan-commit.ts';

const HELLO = encodeUtf8('merhaba');
const devices = [await makeDevice('ayse'), await makeDevice('bora'), await makeDevice('cem')] as const;
const [ayseDevice, boraDevice] = devices;

async function makePair(): Promise<[MlsGroup, MlsGroup]> {
  const [ayse, bora] = await makeMembers(X25519_SUITE, [ayseDevice, boraDevice]);
  if (!ayse || !bora) throw new Error('somebody is missing');
  return [ayse, bora];
}

async function seal(group: MlsGroup, count: number): Promise<{ group: MlsGroup; messages: Uint8Array[] }> {
  const messages: Uint8Array[] = [];
  let current = group;
  for (let i = 0; i < count; i++) {
    const sealed = await sealMessage(current, encodeUtf8(`${i}`));
    messages.push(sealed.message);
    current = sealed.group;
  }
  return { group: current, messages };
}

const withCode = (code: string) => expect.objectContaining({ code });

describe.each(MLS_SUITES)('a message in %s', (suite) => {
  test('opens with its sender and generation, and as nobody else', async () => {
    const [ayse, bora] = await makeMembers(suite, [ayseDevice, boraDevice]);
    if (!ayse || !bora) throw new Error('somebody is missing');
    const first = await sealMessage(ayse, HELLO);
    const second = await sealMessage(first.group, HELLO);
    const opened = await openMessage(bora, first.message);
    expect(opened).toMatchObject({ generation: 0, content: HELLO, sender: { nickname: 'ayse', index: 0 } });
    expect((await openMessage(opened.group, second.message)).generation).toBe(1);
    expect(describeGroup(second.group).ownGeneration).toBe(2);
    expect(peekMessage(first.message)).toEqual({
      log: describeGroup(ayse).log,
      epoch: 1,
      type: 'application',
    });
  });
});

describe('a message', () => {
  test('is sealed afresh every time', async () => {
    const [ayse] = await makePair();
    const { messages } = await seal(ayse, 2);
    const again = await sealMessage(ayse, encodeUtf8('0'));
    expect(again.message).not.toEqual(messages[0]);
  });

  test('CRY-031 with a byte too many or too few is none', async () => {
    const [ayse, bora] = await makePair();
    const { message } = await sealMessage(ayse, HELLO);
    const longer = Uint8Array.of(...message, 0);
    expect(() => peekMessage(longer)).toThrow(withCode('BAD_MESSAGE'));
    await expect(openMessage(bora, longer)).rejects.toEqual(withCode('BAD_MESSAGE'));
    for (let length = 0; length < message.length; length++) {
      expect(() => peekMessage(message.subarray(0, length))).toThrow(withCode('BAD_MESSAGE'));
    }
  });

  test('CRY-031 with a length written longer than needed is none', async () => {
    const [ayse] = await makePair();
    const { message } = await sealMessage(ayse, HELLO);
    // Version and wire format, then the length of the group id: 16 in one byte, or in two.
    const longer = Uint8Array.of(...message.subarray(0, 4), 0x40, 16, ...message.subarray(5));
    expect(message[4]).toBe(16);
    expect(() => peekMessage(longer)).toThrow(withCode('BAD_MESSAGE'));
  });

  test('CRY-031 of another kind is none', async () => {
    const { keyPackage } = await offer(boraDevice, X25519_SUITE);
    expect(() => peekMessage(keyPackage)).toThrow(withCode('BAD_MESSAGE'));
  });

  test('CRY-031 with additional data is none', async () => {
    const [ayse, bora] = await makePair();
    const message = await forgeMessage(ayse, HELLO, { authenticatedData: HELLO });
    await expect(openMessage(bora, message)).rejects.toEqual(withCode('BAD_MESSAGE'));
  });

  test('changed anywhere does not open', async () => {
    const [ayse, bora] = await makePair();
    const { message } = await sealMessage(ayse, HELLO);
    for (let at = 0; at < message.length; at++) {
      const changed = message.with(at, (message[at] ?? 0) ^ 1);
      await expect(openMessage(bora, changed)).rejects.toMatchObject({ name: 'CryptoError' });
    }
    expect((await openMessage(bora, message)).content).toEqual(HELLO);
  });

  test('CRY-042 of another group does not open (THREATS 14)', async () => {
    const [ayse] = await makePair();
    const [, bora] = await makePair();
    const { message } = await sealMessage(ayse, HELLO);
    await expect(openMessage(bora, message)).rejects.toEqual(withCode('UNREADABLE'));
    // Nor does its epoch matter.
    const log = toLogId(fromHex('66'.repeat(16)));
    const other = await createGroup({
      log,
      suite: X25519_SUITE,
      own: ayseDevice,
      state: makeState(['ayse']),
      random: systemRandom,
    });
    const elsewhere = await sealMessage(other, HELLO);
    await expect(openMessage(bora, elsewhere.message)).rejects.toEqual(withCode('UNREADABLE'));
  });

  test('CRY-043 of a past or future epoch says so', async () => {
    const [ayse, bora] = await makePair();
    const old = await sealMessage(ayse, HELLO);
    const plan = await planCommit(ayse, toPlan({}));
    const young = await sealMessage(plan.next, HELLO);
    await expect(openMessage(bora, young.message)).rejects.toEqual(withCode('WRONG_EPOCH'));
    const after = await follow(bora, plan);
    await expect(openMessage(after, old.message)).rejects.toEqual(withCode('WRONG_EPOCH'));
    expect((await openMessage(after, young.message)).content).toEqual(HELLO);
  });

  test('CRY-044 opens once (THREATS 9)', async () => {
    const [ayse, bora] = await makePair();
    const { message } = await sealMessage(ayse, HELLO);
    const opened = await openMessage(bora, message);
    await expect(openMessage(opened.group, message)).rejects.toEqual(withCode('ALREADY_OPENED'));
    // The group that was there before has not changed.
    expect((await openMessage(bora, message)).content).toEqual(HELLO);
  });

  test('CRY-044 opens late, as long as few others came in between, and then not again', async () => {
    const [ayse, bora] = await makePair();
    const { messages } = await seal(ayse, 20);
    let reader = bora;
    const read = async (i: number) => {
      const opened = await openMessage(reader, messages[i] ?? new Uint8Array());
      reader = opened.group;
      return new TextDecoder().decode(opened.content);
    };
    expect(await read(19)).toBe('19');
    expect(await read(3)).toBe('3');
    expect(await read(18)).toBe('18');
    await expect(read(3)).rejects.toEqual(withCode('ALREADY_OPENED'));
    // 16 skipped keys are kept.
    await expect(read(2)).rejects.toEqual(withCode('ALREADY_OPENED'));
  });

  test('opens behind a long gap', async () => {
    const [ayse, bora] = await makePair();
    const far = await forgeAhead(ayse, 2000);
    expect((await openMessage(bora, far)).generation).toBe(2000);
  });

  test('CRY-045 too far ahead is refused without work, also the last generation of all (THREATS 19)', async () => {
    const [ayse, bora] = await makePair();
    for (const generation of [2001, 0xffff_fffe, 0xffff_ffff]) {
      const message = await forgeMessage(ayse, HELLO, { generation });
      const before = performance.now();
      await expect(openMessage(bora, message)).rejects.toEqual(withCode('TOO_FAR_AHEAD'));
      // Deriving that many keys would take hours; a busy machine takes milliseconds.
      expect(performance.now() - before).toBeLessThan(5000);
    }
    const { message } = await sealMessage(ayse, HELLO);
    expect((await openMessage(bora, message)).content).toEqual(HELLO);
  });

  test('CRY-046 that another key signed than that of the leaf does not open (THREATS 28)', async () => {
    const [ayse, bora] = await makePair();
    const message = await forgeMessage(ayse, HELLO, {
      sign: (input) => sign(boraDevice.signatureKey, Uint8Array.from(input)),
    });
    await expect(openMessage(bora, message)).rejects.toEqual(withCode('UNREADABLE'));
  });

  test('CRY-046 by a member in the name of another one does not open', async () => {
    const [ayse, bora, cem] = await makeMembers(X25519_SUITE, devices);
    if (!ayse || !bora || !cem) throw new Error('somebody is missing');
    const message = await forgeMessage(ayse, HELLO, { leafIndex: 1 });
    await expect(openMessage(cem, message)).rejects.toEqual(withCode('UNREADABLE'));
  });

  test('of a leaf that is not there does not open', async () => {
    const [ayse, bora] = await makeMembers(X25519_SUITE, devices);
    if (!ayse || !bora) throw new Error('somebody is missing');
    const plan = await planCommit(ayse, toPlan({ remove: [2] }));
    const after = await follow(bora, plan);
    // The removed leaf has no ratchet any more: the forger needs one to forge with.
    await expect(forgeMessage(plan.next, HELLO, { leafIndex: 2 })).rejects.toThrow();
    expect(describeGroup(after).leaves.map(({ index }) => index)).toEqual([0, 1]);
  });
});

describe('an own message', () => {
  test('is told apart, with its generation (THREATS 13)', async () => {
    const [ayse] = await makePair();
    const { group, messages } = await seal(ayse, 3);
    for (const [generation, message] of messages.entries()) {
      const error = expect.objectContaining({ code: 'FROM_SELF', generation });
      await expect(openMessage(group, message)).rejects.toEqual(error);
    }
  });

  test('of a later state than this one shows that this one was rolled back', async () => {
    const [ayse] = await makePair();
    const { messages } = await seal(ayse, 3);
    const error = expect.objectContaining({ code: 'FROM_SELF', generation: 2 });
    await expect(openMessage(ayse, messages[2] ?? HELLO)).rejects.toEqual(error);
    expect(describeGroup(ayse).ownGeneration).toBe(0);
  });

  test('that somebody else made up does not look like a later state', async () => {
    const [ayse, bora] = await makePair();
    const message = await forgeMessage(bora, HELLO, { leafIndex: 0 });
    await expect(openMessage(ayse, message)).rejects.toEqual(withCode('UNREADABLE'));
  });
});

test('CRY-052 a message is no commit, a commit no message', async () => {
  const [ayse, bora] = await makePair();
  const { message } = await sealMessage(ayse, HELLO);
  const { commit } = await planCommit(ayse, toPlan({}));
  const check = { verifier: { verify: async () => true }, nowMs: NOW_MS + DAY_MS };
  await expect(openCommit(bora, message, check)).rejects.toEqual(withCode('BAD_COMMIT'));
  await expect(openMessage(bora, commit)).rejects.toEqual(withCode('UNREADABLE'));
});

/** A message of the generation that an honest sender has after so many messages. */
async function forgeAhead(group: MlsGroup, generation: number): Promise<Uint8Array> {
  const { group: ahead } = await seal(group, generation);
  return (await sealMessage(ahead, HELLO)).message;
}
