import { createHash } from 'node:crypto';
import { type FrameBody, LABELS, LIMITS, labelledInput, toHex } from '@sirdas/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import type { RelayConfig } from '../config/options.ts';
import {
  enterAsOwner,
  enterInvited,
  errorName,
  makeTestDevice,
  startTestRelay,
  TestAccount,
  TestClient,
  type TestRelay,
} from '../relay.testkit.ts';

let relay: TestRelay;
/** The relay's wall clock is so far ahead. */
let aheadMs = 0;
const clock: Clock = { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() };
afterEach(() => relay.remove());

const start = async (values: Partial<RelayConfig> = {}) => {
  aheadMs = 0;
  relay = await startTestRelay(values, { clock });
};
const connect = () => TestClient.overTcp(relay.ports.tcp);
const claimAs = async (nickname: string, token: Uint8Array) => {
  const client = await connect();
  const answer = await client.claim(new TestAccount(nickname, relay.fingerprint), token);
  await client.close();
  return answer.kind === 'done' ? 'done' : errorName(answer);
};
const createInvite = (values: Partial<FrameBody<'createInvite'>> = {}): FrameBody<'createInvite'> => ({
  ...{ kind: 'createInvite', uses: 1, ttlMs: 60_000, grantsInvites: false },
  ...values,
});

describe('claim', () => {
  test('RLY-030 needs an invite', async () => {
    await start();
    const client = await connect();
    const record = new TestAccount('ayşe', relay.fingerprint).makeRecord();
    const proofOfWork = new Uint8Array(8);
    expect(await client.askForError({ kind: 'claim', record, admission: { case: undefined } })).toBe(
      'INVITE_REQUIRED',
    );
    expect(
      await client.askForError({
        kind: 'claim',
        record,
        admission: { case: 'proofOfWork', value: proofOfWork },
      }),
    ).toBe('INVITE_REQUIRED');
  });

  test('an invite that nobody made, or that is used up, admits nobody', async () => {
    await start();
    await enterAsOwner(relay);
    const client = await connect();
    expect(
      errorName(await client.claim(new TestAccount('ayşe', relay.fingerprint), new Uint8Array(16))),
    ).toBe('INVITE_INVALID');
    expect(errorName(await client.claim(new TestAccount('ayşe', relay.fingerprint), relay.ownerToken))).toBe(
      'INVITE_USED_UP',
    );
  });

  test('a hundred claims at once spend one use once', async () => {
    await start();
    const claims = Array.from({ length: 100 }, async (_, i) => {
      const client = await connect();
      const claimed = await client.claim(new TestAccount(`guest${i}`, relay.fingerprint), relay.ownerToken);
      await client.close();
      return claimed.kind === 'done' ? 'done' : errorName(claimed);
    });
    const outcomes = await Promise.all(claims);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'INVITE_USED_UP')).toHaveLength(99);
  });

  test('sent again after a crash is answered again and costs no invite', async () => {
    await start();
    const account = new TestAccount('ayşe', relay.fingerprint);
    const record = account.makeRecord();
    const claim: FrameBody = {
      kind: 'claim',
      record,
      admission: { case: 'inviteToken', value: relay.ownerToken },
    };
    await (await connect()).expect('done', claim);
    const again = await connect();
    await again.expect('done', claim);
    expect((await again.login(account)).kind).toBe('loggedIn');
  });

  test('RLY-031 an open relay asks for work over this connection’s nonce and this record', async () => {
    await start({ open: 8 });
    const record = new TestAccount('ayşe', relay.fingerprint).makeRecord();
    const client = await connect();
    const { nonce } = await client.next('hello');
    const { nonce: otherNonce } = await (await connect()).next('hello');
    const claim = (value: Uint8Array): FrameBody => ({
      kind: 'claim',
      record,
      admission: { case: 'proofOfWork', value },
    });
    const countBits = (relayNonce: Uint8Array, work: Uint8Array) =>
      countZeroBits(relayNonce, record.record, work);
    const elsewhere = findWork((work) => countBits(otherNonce, work) >= 8 && countBits(nonce, work) < 8);
    expect(await client.askForError(claim(elsewhere))).toBe('PROOF_OF_WORK_INVALID');
    await client.expect('done', claim(findWork((work) => countBits(nonce, work) >= 8)));
  });

  test('an open relay still takes invites', async () => {
    await start({ open: 20 });
    await enterAsOwner(relay);
  });

  test('RLY-010 attempts are limited per address', async () => {
    await start({ behindProxy: true, claimRate: { burst: 2, perSecond: 0.001 } });
    const headers = { 'X-Forwarded-For': '198.51.100.1, 203.0.113.9' };
    const client = await TestClient.overWebSocket(`ws://127.0.0.1:${relay.ports.web}/v1`, { headers });
    const claim = () => client.claim(new TestAccount('ayşe', relay.fingerprint), new Uint8Array(16));
    expect([errorName(await claim()), errorName(await claim())]).toEqual([
      'INVITE_INVALID',
      'INVITE_INVALID',
    ]);
    expect(await claim()).toMatchObject({ code: 9, retryAfterMs: expect.closeTo(1_000_000, -4) });
  });

  test('RLY-009 failed logins are limited per address, and the owner of the account is not locked out elsewhere', async () => {
    await start({ behindProxy: true });
    const { client: owner, account } = await enterAsOwner(relay);
    await owner.close();
    const from = (address: string) =>
      TestClient.overWebSocket(`ws://127.0.0.1:${relay.ports.web}/v1`, {
        headers: { 'X-Forwarded-For': address },
      });
    const attempt = async (address: string, device = account.device) => {
      const client = await from(address);
      const answer = await client.login(account, { device });
      await client.close();
      return answer.kind === 'loggedIn' ? 'loggedIn' : errorName(answer);
    };
    const failures = Array.from({ length: 5 }, () => attempt('203.0.113.9', makeTestDevice()));
    expect(new Set(await Promise.all(failures))).toEqual(new Set(['LOGIN_FAILED']));
    expect(await attempt('203.0.113.9')).toBe('RATE_LIMITED');
    expect(await attempt('203.0.113.10')).toBe('loggedIn');
  });
});

describe('invites', () => {
  test('admit as many as they have uses', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { token } = await owner.expect('inviteCreated', createInvite({ uses: 2 }));
    const outcomes = [
      await claimAs('ayşe', token),
      await claimAs('burak', token),
      await claimAs('çağrı', token),
    ];
    expect(outcomes).toEqual(['done', 'done', 'INVITE_USED_UP']);
  });

  test('a refused claim spends no use', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { token } = await owner.expect('inviteCreated', createInvite());
    expect(await claimAs('owner', token)).toBe('NICKNAME_TAKEN');
    expect(await claimAs('0wner', token)).toBe('NICKNAME_CONFUSABLE');
    expect(await claimAs('ownеr', token)).toBe('NICKNAME_FORBIDDEN');
    expect(await claimAs('ayşe', token)).toBe('done');
  });

  test('RLY-037 say nothing about names to who has none', async () => {
    await start();
    await enterAsOwner(relay);
    expect(await claimAs('owner', new Uint8Array(16))).toBe('INVITE_INVALID');
    expect(await claimAs('nobody', new Uint8Array(16))).toBe('INVITE_INVALID');
  });

  test('expire', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { token } = await owner.expect('inviteCreated', createInvite({ ttlMs: 1000 }));
    aheadMs = 1001;
    expect(await claimAs('ayşe', token)).toBe('INVITE_EXPIRED');
    expect((await owner.expect('inviteList', { kind: 'listInvites' })).invites).toEqual([]);
  });

  test('RLY-036 are listed without their tokens, and revoked, by their maker only', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { token, id } = await owner.expect('inviteCreated', createInvite({ uses: 5, grantsInvites: true }));
    const deputy = await connect();
    const account = new TestAccount('deputy', relay.fingerprint);
    await deputy.claim(account, token);
    await deputy.enter(account);
    const { invites } = await owner.expect('inviteList', { kind: 'listInvites' });
    expect(invites).toMatchObject([{ usesLeft: 4, grantsInvites: true }]);
    expect(toHex(invites[0]?.id ?? new Uint8Array())).toBe(toHex(id));
    expect((await deputy.expect('inviteList', { kind: 'listInvites' })).invites).toEqual([]);
    expect(await deputy.askForError({ kind: 'revokeInvite', id })).toBe('UNKNOWN_INVITE');
    await owner.expect('done', { kind: 'revokeInvite', id });
    expect(await claimAs('ayşe', token)).toBe('INVITE_INVALID');
    expect(await owner.askForError({ kind: 'revokeInvite', id })).toBe('UNKNOWN_INVITE');
  });

  test('RLY-035 are made only by accounts that may invite', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { client: guest } = await enterInvited(relay, owner, 'guest');
    expect(await guest.askForError(createInvite())).toBe('NOT_ALLOWED');
    expect(await guest.askForError({ kind: 'listInvites' })).toBe('NOT_ALLOWED');
    expect(await guest.askForError({ kind: 'revokeInvite', id: new Uint8Array(8) })).toBe('NOT_ALLOWED');
  });

  test.each([
    { uses: 0 },
    { uses: LIMITS.MAX_INVITE_USES + 1 },
    { ttlMs: 0 },
    { ttlMs: LIMITS.MAX_INVITE_TTL_MS + 1 },
  ])('RLY-033 have neither no use nor no end: %j', async (terms) => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    expect(await owner.askForError(createInvite(terms))).toBe('NOT_ALLOWED');
  });

  test('RLY-034 are limited per account, in rate and in number', async () => {
    await start({ inviteRate: { burst: 3, perSecond: 0.01 } });
    const { client: owner } = await enterAsOwner(relay);
    const answers = [1, 2, 3, 4].map(() => owner.ask(createInvite()));
    expect((await Promise.all(answers)).map((answer) => errorName(answer))).toEqual([
      null,
      null,
      null,
      'RATE_LIMITED',
    ]);
    await relay.remove();
    await start({ maxInvites: 2 });
    const { client: other } = await enterAsOwner(relay);
    expect(await other.askForError(createInvite())).toBeNull();
    expect(await other.askForError(createInvite())).toBeNull();
    expect(await other.askForError(createInvite())).toBe('RATE_LIMITED');
  });
});

describe('the owner’s invite', () => {
  test('is made anew at every start as long as nobody has an account', async () => {
    await start();
    const { config, ownerToken: first } = relay;
    await relay.close();
    relay = await startTestRelay(config, { clock });
    expect(await claimAs('ayşe', first)).toBe('INVITE_INVALID');
    expect(await claimAs('ayşe', relay.ownerToken)).toBe('done');
    await relay.close();
    relay = await startTestRelay(config, { clock });
    expect(relay.ownerInvite).toBeNull();
  });

  test('is made for another owner when the relay is told to; invites of members stay', async () => {
    await start();
    const { client: owner } = await enterAsOwner(relay);
    const { token } = await owner.expect('inviteCreated', createInvite());
    await relay.close();
    relay = await startTestRelay({ ...relay.config, ownerInvite: true }, { clock });
    expect(await claimAs('ayşe', token)).toBe('done');
    const { client: second } = await enterAsOwner(relay, 'second');
    expect(await second.askForError(createInvite())).toBeNull();
  });

  test('is good for seven days', async () => {
    await start();
    aheadMs = 7 * 86_400_000;
    expect(await claimAs('ayşe', relay.ownerToken)).toBe('INVITE_EXPIRED');
  });
});

function countZeroBits(relayNonce: Uint8Array, record: Uint8Array, work: Uint8Array): number {
  const input = labelledInput(LABELS.proofOfWork, [relayNonce, record, work]);
  return Math.clz32(createHash('sha256').update(input).digest().readUInt32BE());
}

function findWork(isWanted: (work: Uint8Array) => boolean): Uint8Array {
  for (let i = 0; ; i++) {
    const work = Buffer.alloc(8);
    work.writeUInt32BE(i);
    if (isWanted(work)) return work;
  }
}
