// publish_key_packages, claim_key_packages and the event that says that few are left (SPEC §3.4).
import { type Frame, type FrameBody, LIMITS, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RelayConfig } from '../config/options.ts';
import { enterDevice, enterMembers, type Member, reconnect } from '../conversation.testkit.ts';
import { errorName, startTestRelay, TestAccount, TestClient, type TestRelay } from '../relay.testkit.ts';

const DAY_MS = 86_400_000;
const UNLIMITED = { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };

let relay: TestRelay;
let ayşe: Member;
let burak: Member;

const start = async (values: Partial<RelayConfig> = {}) => {
  relay = await startTestRelay({ keyPackageRate: UNLIMITED, ...values });
  [ayşe, burak] = (await enterMembers(relay, 'burak')) as [Member, Member];
  await speakMls(ayşe);
  await speakMls(burak);
};

beforeEach(() => start());
afterEach(() => relay.remove());

const speakMls = ({ account, client }: Member) =>
  client.expect('done', {
    kind: 'publishRecord',
    record: account.makeRecord({ suites: [X25519_SUITE, XWING_SUITE] }),
  });

type KeyPackage = FrameBody<'publishKeyPackages'>['keyPackages'][number];

function makeKeyPackage(text: string, changes: Partial<KeyPackage> = {}): KeyPackage {
  const expiresMs = Date.now() + 20 * DAY_MS;
  return { suite: X25519_SUITE, keyPackage: Buffer.from(text), expiresMs, lastResort: false, ...changes };
}

const publish = ({ client }: Member, keyPackages: readonly KeyPackage[], replace = false) =>
  client.ask({ kind: 'publishKeyPackages', keyPackages, replace });

async function publishMany(member: Member, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => makeKeyPackage(`${index}`));
  for (let at = 0; at < count; at += LIMITS.MAX_KEY_PACKAGES_AT_ONCE) {
    const answer = await publish(member, all.slice(at, at + LIMITS.MAX_KEY_PACKAGES_AT_ONCE));
    expect(answer.kind).toBe('keyPackageCounts');
  }
}

const claim = (
  { client }: Member,
  { account }: Pick<Member, 'account'>,
  options: { readonly devices?: readonly Uint8Array[]; readonly suite?: string } = {},
) =>
  client.ask({
    kind: 'claimKeyPackages',
    nickname: account.nickname,
    suite: options.suite ?? X25519_SUITE,
    devices: options.devices ?? [],
  });

/** What was handed out, last-resort ones in brackets; or the error. */
function describeClaim(answer: Frame): string[] | string | null {
  if (answer.kind !== 'claimedKeyPackages') return errorName(answer);
  return answer.claimed.map(({ keyPackage, lastResort }) => {
    const text = Buffer.from(keyPackage).toString();
    return lastResort ? `[${text}]` : text;
  });
}

const countOf = (frame: Frame, suite = X25519_SUITE) =>
  frame.kind === 'keyPackageCounts' ? frame.counts.find((count) => count.suite === suite) : undefined;

describe('publish_key_packages', () => {
  test('adds to the pool and says what there is, of every suite', async () => {
    const keyPackages = [makeKeyPackage('a'), makeKeyPackage('z', { lastResort: true })];
    expect(await publish(burak, keyPackages)).toMatchObject({
      counts: [
        { suite: X25519_SUITE, count: 1, hasLastResort: true },
        { suite: XWING_SUITE, count: 0, hasLastResort: false },
      ],
    });
    expect(countOf(await publish(burak, []))).toMatchObject({ count: 1 });
    expect(countOf(await publish(burak, [makeKeyPackage('b')], true))).toMatchObject({
      ...{ count: 1, hasLastResort: false },
    });
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['b']);
  });

  test('RLY-120 takes no suite that the account does not name, and not too many at once', async () => {
    expect(errorName(await publish(burak, [makeKeyPackage('a', { suite: 'mls-other' })]))).toBe(
      'NOT_ALLOWED',
    );
    const many = Array.from({ length: 21 }, (_, index) => makeKeyPackage(`${index}`));
    expect(errorName(await publish(burak, many))).toBe('KEY_PACKAGES_FULL');
    expect(countOf(await publish(burak, []))).toMatchObject({ count: 0 });
  });

  test('RLY-121 takes none when one suite would have more than 100, last-resort ones aside', async () => {
    await publishMany(burak, 100);
    const more = [makeKeyPackage('x', { suite: XWING_SUITE }), makeKeyPackage('y')];
    expect(errorName(await publish(burak, more))).toBe('KEY_PACKAGES_FULL');
    expect(countOf(await publish(burak, []), XWING_SUITE)).toMatchObject({ count: 0 });
    expect(countOf(await publish(burak, [makeKeyPackage('z', { lastResort: true })]))).toMatchObject({
      ...{ count: 100, hasLastResort: true },
    });
    expect(countOf(await publish(burak, [makeKeyPackage('y')], true))).toMatchObject({ count: 1 });
  });

  test('RLY-122 THREATS 22 one that was handed out does not come back', async () => {
    await publish(burak, [makeKeyPackage('a'), makeKeyPackage('b')]);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['a']);
    const again = await publish(burak, [makeKeyPackage('a'), makeKeyPackage('b')]);
    expect(countOf(again)).toMatchObject({ count: 1 });
    const replaced = await publish(burak, [makeKeyPackage('a'), makeKeyPackage('b')], true);
    expect(countOf(replaced)).toMatchObject({ count: 1 });
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['b']);
    expect(describeClaim(await claim(ayşe, burak))).toEqual([]);
  });

  test('RLY-123 THREATS 23 keeps none that has expired or is about to', async () => {
    const expired = [
      makeKeyPackage('a', { expiresMs: 1 }),
      makeKeyPackage('b', { expiresMs: Date.now() + 1000 }),
    ];
    expect(countOf(await publish(burak, expired))).toMatchObject({ count: 0 });
    expect(describeClaim(await claim(ayşe, burak))).toEqual([]);
  });

  test('RLY-125 is limited per account', async () => {
    await relay.remove();
    await start({ keyPackageRate: { burst: 2, perSecond: 0.1 } });
    const answers = [await publish(burak, []), await publish(burak, []), await publish(burak, [])];
    expect(answers.map(errorName)).toEqual([null, null, 'RATE_LIMITED']);
  });
});

describe('claim_key_packages', () => {
  test('gives one for each device, or for those that were asked for', async () => {
    const laptop = await enterDevice(relay, burak);
    await speakMls(burak);
    await publish(burak, [makeKeyPackage('p1'), makeKeyPackage('p2')]);
    await publish(laptop, [makeKeyPackage('l1'), makeKeyPackage('l2')]);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['p1', 'l1']);
    const foreign = ayşe.device.id;
    const devices = [laptop.device.id, laptop.device.id, foreign];
    expect(describeClaim(await claim(ayşe, burak, { devices }))).toEqual(['l2']);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['p2']);
    expect(describeClaim(await claim(ayşe, burak, { suite: XWING_SUITE }))).toEqual([]);
    expect(describeClaim(await claim(ayşe, burak, { suite: 'x' }))).toEqual([]);
  });

  test('RLY-124 the last-resort one comes when there is no other, and stays', async () => {
    await publish(burak, [makeKeyPackage('z', { lastResort: true }), makeKeyPackage('a')]);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['a']);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['[z]']);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['[z]']);
    await publish(burak, [makeKeyPackage('y', { lastResort: true })]);
    expect(describeClaim(await claim(ayşe, burak))).toEqual(['[y]']);
  });

  test('THREATS 22 of 1000 claims at once none gets what another got', async () => {
    await relay.remove();
    await start({ keyClaimRate: UNLIMITED, keyTargetRate: UNLIMITED });
    await publishMany(burak, 100);
    await publish(burak, [makeKeyPackage('last', { lastResort: true })]);
    const clients = [ayşe, { ...ayşe, client: await reconnect(relay, burak) }];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => claim(clients[index % 2] ?? ayşe, burak)),
    );
    const given = answers.flatMap((answer) => describeClaim(answer) ?? []);
    const single = given.filter((text) => text !== '[last]');
    expect(single).toHaveLength(100);
    expect(new Set(single).size).toBe(100);
    expect(given).toHaveLength(1000);
  });

  test('RLY-126 THREATS 21 37 are limited per pair and in targets, the same for names that nobody has', async () => {
    await relay.remove();
    await start({ keyTargetRate: { burst: 4, perSecond: 0.001 } });
    const nobody = { account: new TestAccount('nobody', relay.fingerprint) };
    const errors = async (target: Pick<Member, 'account'>) => {
      const answers = [];
      for (let i = 0; i < 7; i++) answers.push(errorName(await claim(ayşe, target)));
      return answers;
    };
    expect(await errors(burak)).toEqual([...Array(6).fill(null), 'RATE_LIMITED']);
    expect(await errors(nobody)).toEqual([...Array(6).fill('UNKNOWN_ACCOUNT'), 'RATE_LIMITED']);
    const probes = [];
    for (let i = 0; i < 20; i++) {
      const account = new TestAccount(`nobody${i}`, relay.fingerprint);
      probes.push(errorName(await claim(ayşe, { account })));
    }
    expect(probes).toEqual([...Array(2).fill('UNKNOWN_ACCOUNT'), ...Array(18).fill('RATE_LIMITED')]);
    const own = [];
    for (let i = 0; i < 7; i++) own.push(errorName(await claim(ayşe, ayşe)));
    expect(own).toEqual(Array(7).fill(null));
  });
});

describe('RLY-127 THREATS 21 whose pool runs low', () => {
  test('learns of it at once, or with the next login', async () => {
    await publishMany(burak, 20);
    await claim(ayşe, burak);
    expect(countOf(await burak.client.next('keyPackageCounts'))).toMatchObject({ count: 19 });
    await burak.client.close();
    await claim(ayşe, burak);
    const client = await reconnect(relay, burak);
    expect(await client.next('keyPackageCounts')).toMatchObject({
      request: 0,
      counts: [
        { suite: X25519_SUITE, count: 18 },
        { suite: XWING_SUITE, count: 0 },
      ],
    });
  });

  test('hears nothing while there is enough, nor without MLS', async () => {
    const rich = [X25519_SUITE, XWING_SUITE].flatMap((suite) =>
      Array.from({ length: 20 }, (_, index) => makeKeyPackage(`${suite} ${index}`, { suite })),
    );
    await publish(burak, rich.slice(0, 20));
    await publish(burak, rich.slice(20));
    const client = await reconnect(relay, burak);
    await client.expect('pong', { kind: 'ping' });
    expect(client.unread.filter(({ kind }) => kind === 'keyPackageCounts')).toEqual([]);
    const { token } = await ayşe.client.expect('inviteCreated', {
      ...{ kind: 'createInvite', uses: 1, ttlMs: 60_000, grantsInvites: false },
    });
    const classic = await TestClient.overTcp(relay.ports.tcp);
    const account = new TestAccount('classic', relay.fingerprint);
    await classic.claim(account, token);
    await classic.enter(account);
    await classic.expect('pong', { kind: 'ping' });
    expect(classic.unread.filter(({ kind }) => kind === 'keyPackageCounts')).toEqual([]);
  });
});

test('RLY-131 a device that was removed has no key packages any more', async () => {
  const laptop = await enterDevice(relay, burak);
  await speakMls(burak);
  await publish(laptop, [makeKeyPackage('l1')]);
  burak.account.devices = [burak.device];
  await speakMls(burak);
  await laptop.client.closed;
  burak.account.devices = [burak.device, laptop.device];
  await speakMls(burak);
  expect(describeClaim(await claim(ayşe, burak))).toEqual([]);
});
