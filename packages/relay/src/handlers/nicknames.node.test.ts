import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  enterAsOwner,
  errorName,
  startTestRelay,
  TestAccount,
  TestClient,
  type TestRelay,
} from '../relay.testkit.ts';

let relay: TestRelay;
let token: Uint8Array;
beforeAll(async () => {
  relay = await startTestRelay();
  const { client } = await enterAsOwner(relay);
  const terms = { uses: 1000, ttlMs: 3_600_000, grantsInvites: false };
  ({ token } = await client.expect('inviteCreated', { kind: 'createInvite', ...terms }));
});
afterAll(() => relay.remove());

/** The name of the error, or `done`. */
async function claim(nickname: string): Promise<string | null> {
  const client = await TestClient.overTcp(relay.ports.tcp);
  const answer = await client.claim(new TestAccount(nickname, relay.fingerprint), token);
  await client.close();
  return answer.kind === 'done' ? 'done' : errorName(answer);
}

describe('THREATS 46 nicknames', () => {
  test.each([
    ...['ab', 'x'.repeat(33), '', 'Ayşe', 'ayşe ', 'a yşe', '.ayşe', 'ayşe.', 'ay/şe', 'ay@şe', 'ayşe\u0000'],
    ...[
      'ay\u200bşe',
      'ay\u200dşe',
      '\u202eeşya',
      'ay\u2066şe',
      'ay\u00adşe',
      'ayşe\ufeff',
      'ay\u034fşe',
      '😀😀😀',
    ],
    ...['аyşe', 'bοb', 'ayᴀşe', 'ﬁrat', 'ｂｏｂ', '𝐛𝐨𝐛', 'ayse\u0327', '\u0301ayşe', 'ay\u001b[31mşe'],
  ])('RLY-025 PRO-007 %j is not registrable', async (nickname) => {
    expect(await claim(nickname)).toBe('NICKNAME_FORBIDDEN');
  });

  test.each(['ışık', 'isik', 'gül', 'çağrı', 'şule', 'a.b-c_1', 'кот', '山田taro'])(
    '%s is fine',
    async (nickname) => {
      expect(await claim(nickname)).toBe('done');
    },
  );

  test('one that looks like a taken one is refused', async () => {
    await claim('coco');
    await claim('ışık');
    for (const nickname of ['сосо', 'c0co', 'işik']) {
      expect(await claim(nickname)).toBe('NICKNAME_CONFUSABLE');
    }
  });
});
