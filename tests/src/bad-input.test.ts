// What bad input gets, on the command line: each time a sentence that says what happened and what to do, in English and Turkish,
// the exit status of docs/exit-codes.md, and nothing lost.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Frame, formatInviteLink, type InviteLink, parseInviteLink } from '@sirdas/protocol';
import { describe, expect, test, vi } from 'vitest';
import { demandSirdas, expectRefusal, type Refusal, runSirdas } from './command.testkit.ts';
import { startFrameProxy } from './frame-proxy.testkit.ts';
import { joinPerson, returnPerson, shownTexts, waitUntil } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { mountSmallDisk, NO_SMALL_DISK } from './small-disk.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import { joinWire, makeWireAccount } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

describe('joining', () => {
  test('with an invite that is wrong, used up, expired, revoked, missing or cut off', async () => {
    const relay = await startRelay();
    const { connection } = await relay.owner();
    const terms = { kind: 'createInvite', uses: 1, ttlMs: 3_600_000, grantsInvites: false } as const;
    const [usedUp, expired, revoked] = [
      await connection.demand(terms, 'inviteCreated'),
      await connection.demand({ ...terms, ttlMs: 1 }, 'inviteCreated'),
      await connection.demand(terms, 'inviteCreated'),
    ];
    await connection.demand({ kind: 'revokeInvite', id: revoked.id }, 'done');
    await joinPerson(await linkWith(relay, { token: usedUp.token }), 'ilk');
    const cases = [
      ['INVITE_INVALID', await linkWith(relay, { token: randomBytes(16) }), 5],
      ['INVITE_USED_UP', await linkWith(relay, { token: usedUp.token }), 5],
      ['INVITE_EXPIRED', await linkWith(relay, { token: expired.token }), 5],
      ['INVITE_INVALID', await linkWith(relay, { token: revoked.token }), 5],
      ['INVITE_REQUIRED', await linkWith(relay, { token: new Uint8Array(0) }), 5],
      ['BAD_INVITE', (await relay.inviteLink()).slice(0, -9), 2],
      ['BAD_INVITE', 'https://example.org/', 2],
      ['WRONG_RELAY_KEY', await linkWith(relay, { relayFingerprint: randomBytes(32) }), 7],
    ] as const;
    await Promise.all(
      cases.map(async ([code, link, status]) =>
        expectRefusal(await joinArgs(link, 'ayşe'), { code, status }),
      ),
    );
    // The nickname is still free, and a folder of a failed attempt can be used.
    const home = await newHome();
    await runSirdas(await joinArgs(await linkWith(relay, { token: randomBytes(16) }), 'ayşe', home));
    await demandSirdas(await joinArgs(await relay.inviteLink(), 'ayşe', home));
  });

  test('with a nickname that is taken, forbidden, confusable or none', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    await joinPerson(link, 'mehmet');
    const cases = [
      ['NICKNAME_TAKEN', 'mehmet', 5],
      ['NICKNAME_TAKEN', 'MEHMET', 5],
      ['NICKNAME_CONFUSABLE', 'rnehmet', 5],
      // A Cyrillic letter among Latin ones.
      ['NICKNAME_FORBIDDEN', 'аyşe', 5],
      ['BAD_NICKNAME', 'ab', 2],
      ['BAD_NICKNAME', 'iki kelime', 2],
      ['BAD_NICKNAME', 'ters\u202eyazı', 2],
    ] as const;
    await Promise.all(
      cases.map(async ([code, nickname, status]) =>
        expectRefusal(await joinArgs(link, nickname), { code, status }),
      ),
    );
  });

  test('without a relay: the same folder and invite work when there is one', async () => {
    const relay = await startRelay();
    const args = await joinArgs(await relay.inviteLink(), 'ayşe');
    await relay.kill();
    await expectRefusal(args, { code: 'UNREACHABLE', status: 4 });
    await relay.start();
    await demandSirdas(args);
  });

  test('a second time into the same folder', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    const home = await newHome();
    await demandSirdas(await joinArgs(link, 'ayşe', home));
    await expectRefusal(await joinArgs(link, 'başka', home), {
      code: 'ACCOUNT_EXISTS',
      status: 3,
    });
    expect(await demandSirdas(['whoami', '--home', home])).toContain('ayşe');
  });
});

describe('the vault', () => {
  test('with a wrong passphrase, none, or an empty one stays closed and whole', async () => {
    const { link } = await (await startRelay()).ownerInvite();
    const home = await newHome();
    const right = { env: { SIRDAS_PASSPHRASE: 'doğru at pil zımba' } };
    await demandSirdas(['join', link, '--name', 'ayşe', '--home', home], right);
    const whoami = ['whoami', '--home', home];
    const wrong = { env: { SIRDAS_PASSPHRASE: 'dogru at pil zimba' } };
    await expectRefusal(whoami, { code: 'WRONG_PASSPHRASE', status: 3 }, wrong);
    expect(await runSirdas(whoami)).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/passphrase/i),
    });
    expect(await runSirdas(whoami, { env: { SIRDAS_PASSPHRASE: '' } })).toMatchObject({ status: 3 });
    expect(await demandSirdas(whoami, right)).toContain('ayşe');
  });

  test('that is damaged, in use, or not there', async () => {
    const relay = await startRelay();
    const person = await joinPerson(await relay.inviteLink(), 'ayşe');
    const whoami = ['whoami', '--home', person.folder];
    await expectRefusal(whoami, { code: 'VAULT_IN_USE', status: 3 });
    await person.sirdas.close();
    expect(await demandSirdas(whoami)).toContain('ayşe');
    flipBits(join(person.folder, 'vault.db'));
    await expectRefusal(whoami, { code: 'VAULT_CORRUPT', status: 3 });
    // What was not damaged is still there: with the bits flipped back, so is everything.
    flipBits(join(person.folder, 'vault.db'));
    expect(await demandSirdas(whoami)).toContain('ayşe');
    await expectRefusal(['whoami', '--home', await newHome()], { code: 'NO_ACCOUNT', status: 3 });
  });

  test('on a full disk saves nothing, says so, and is whole afterwards', async (context) => {
    const disk = await mountSmallDisk(8);
    if (disk === null) return context.skip(NO_SMALL_DISK);
    const relay = await startRelay();
    const link = await relay.inviteLink();
    await joinPerson(link, 'burak');
    const home = join(disk.folder, 'home');
    await demandSirdas(await joinArgs(link, 'ayşe', home));
    await disk.fill(0);
    const send = ['send', 'burak', 'x'.repeat(60_000), '--home', home];
    await expectRefusal(send, { code: 'DISK_FULL', status: 3 });
    disk.empty();
    await demandSirdas(['send', 'burak', 'şimdi', '--home', home]);
  });
});

describe('sending', () => {
  test('to nobody, too much, nothing, or not text', async () => {
    const relay = await startRelay();
    const { home } = await joinQuickly(relay, 'ayşe');
    const send = (...args: string[]) => ['send', ...args, '--home', home];
    await expectRefusal(send('kimse', 'selam'), { code: 'UNKNOWN_ACCOUNT', status: 6 });
    await expectRefusal(send('!!', 'selam'), { code: 'BAD_NICKNAME', status: 2 });
    const tooMuch = { input: 'ş'.repeat(31_000) };
    await expectRefusal(send('kimse', '-'), { code: 'TEXT_TOO_LARGE', status: 2 }, tooMuch);
    await expectRefusal(send('kimse'), { code: 'TEXT_EMPTY', status: 2 });
    const notText = await runSirdas(send('kimse', '-'), { input: Uint8Array.of(0xff, 0xfe, 0x41) });
    expect(notText).toMatchObject({ status: 2, stderr: expect.stringMatching(/^sirdas: .+UTF-8/) });
  });

  test('to somebody without a key that can be used', async () => {
    const relay = await startRelay();
    const { home } = await joinQuickly(relay, 'ayşe');
    await joinWire(relay.address, 'gelecekten', await relay.inviteToken(), { suites: ['mls-2'] });
    const send = ['send', 'gelecekten', 'selam', '--home', home];
    await expectRefusal(send, { code: 'NO_USABLE_KEY', status: 6 });
  });

  test('into a full mailbox: the message waits and leaves when there is room', async () => {
    const relay = await startRelay({ flags: { 'max-mailbox-entries': '2' } });
    const recipient = await joinPerson(await relay.inviteLink(), 'burak');
    await recipient.sirdas.close();
    const { home } = await joinQuickly(relay, 'ayşe');
    for (const text of ['bir', 'iki']) await demandSirdas(['send', 'burak', text, '--home', home]);
    const send = ['send', 'burak', 'üç', '--timeout', '8', '--home', home];
    await expectRefusal(send, { code: 'MAILBOX_FULL', status: 6 });
    const returned = await returnPerson(recipient);
    await waitUntil(() => shownTexts(returned).length === 2, 'the mailbox is empty');
    // Any command that reaches the relay takes along what waits.
    await demandSirdas(['send', 'burak', 'dört', '--home', home]);
    await waitUntil(() => shownTexts(returned).length === 4, 'the rest has come');
    expect(shownTexts(returned)).toEqual(['bir', 'iki', 'üç', 'dört'].map((text) => `ayşe: ${text}`));
  });

  test('to a relay whose disk is full: the message waits and leaves when there is room', async (context) => {
    const disk = await mountSmallDisk(96);
    if (disk === null) return context.skip(NO_SMALL_DISK);
    const relay = await startRelay({ dataFolder: join(disk.folder, 'relay') });
    const recipient = await joinPerson(await relay.inviteLink(), 'burak');
    const { home } = await joinQuickly(relay, 'ayşe');
    await disk.fill(0);
    const send = ['send', 'burak', 'sabır', '--timeout', '8', '--home', home];
    await expectRefusal(send, { code: 'STORAGE_FULL', status: 5 });
    disk.empty();
    await demandSirdas(['send', 'burak', 'son', '--home', home]);
    await waitUntil(() => shownTexts(recipient).length === 2, 'both have come');
    expect(shownTexts(recipient)).toEqual(['ayşe: sabır', 'ayşe: son']);
  });

  test('without a relay: the message waits and leaves when there is one', async () => {
    const relay = await startRelay();
    const recipient = await joinPerson(await relay.inviteLink(), 'burak');
    const { home } = await joinQuickly(relay, 'ayşe');
    await relay.kill();
    const send = (text: string) => ['send', 'burak', text, '--home', home];
    await expectRefusal(send('bir'), { code: 'UNREACHABLE', status: 4 });
    await expectRefusal(send('iki'), { code: 'UNREACHABLE', status: 4 });
    await relay.start();
    recipient.sirdas.retryNow();
    await demandSirdas(send('üç'));
    await waitUntil(() => shownTexts(recipient).length === 3, 'all have come');
    expect(shownTexts(recipient)).toEqual(['bir', 'iki', 'üç'].map((text) => `ayşe: ${text}`));
  });

  test('to somebody whose key has changed: nothing is sent until the person has decided', async () => {
    const relay = await startRelay({ plaintext: true });
    const proxy = await startFrameProxy(relay.address);
    await joinPerson(await relay.inviteLink(), 'burak');
    const { home, fingerprint } = await joinQuickly(relay, 'ayşe', proxy.port);
    await demandSirdas(['send', 'burak', 'ilk', '--home', home]);
    const impostor = await makeWireAccount('burak', fingerprint);
    let appends = 0;
    proxy.toRelay = (frame) => {
      if (frame.kind === 'append') appends++;
      return [frame];
    };
    proxy.toClient = (frame) => [
      frame.kind === 'account'
        ? { ...frame, entries: [{ directoryIndex: 0, record: impostor.record }], headIndex: 0 }
        : frame,
    ];
    const send = ['send', 'burak', 'gizli', '--timeout', '5', '--home', home];
    await expectRefusal(send, { code: 'KEY_CHANGED', status: 7 });
    expect(appends).toBe(0);
  });
});

describe('connecting', () => {
  test.each<[string, Refusal, (frame: Frame) => Frame]>([
    [
      'to a relay of another version',
      { code: 'UNSUPPORTED_VERSION', status: 5 },
      (frame) => (frame.kind === 'hello' ? { ...frame, minVersion: 2, maxVersion: 2 } : frame),
    ],
    [
      'with a clock that is a day off',
      { code: 'CLOCK_SKEW', status: 7 },
      (frame) => (frame.kind === 'hello' ? { ...frame, timeMs: frame.timeMs - 86_400_000 } : frame),
    ],
    [
      'to a relay with another key',
      { code: 'WRONG_RELAY_KEY', status: 7 },
      (frame) =>
        frame.kind === 'hello'
          ? { ...frame, relayKey: frame.relayKey.with(-1, (frame.relayKey.at(-1) ?? 0) ^ 1) }
          : frame,
    ],
  ])('%s: nothing is sent, what was written waits', async (_name, refusal, lie) => {
    const relay = await startRelay({ plaintext: true });
    const proxy = await startFrameProxy(relay.address);
    const recipient = await joinPerson(await relay.inviteLink(), 'burak');
    const { home } = await joinQuickly(relay, 'ayşe', proxy.port);
    proxy.toClient = (frame) => [lie(frame)];
    await expectRefusal(['names', '--home', home], refusal);
    await expectRefusal(['send', 'burak', 'sonra', '--home', home], refusal);
    proxy.toClient = (frame) => [frame];
    await demandSirdas(['send', 'burak', 'şimdi', '--home', home]);
    await waitUntil(() => shownTexts(recipient).length === 2, 'both have come');
    expect(shownTexts(recipient)).toEqual(['ayşe: sonra', 'ayşe: şimdi']);
  });
});

/** An invite of this relay with something in it changed. */
async function linkWith(relay: RelayProcess, changes: Partial<InviteLink>): Promise<string> {
  return formatInviteLink('http://localhost:6080', {
    ...parseInviteLink(await relay.inviteLink()),
    ...changes,
  });
}

async function joinArgs(link: string, nickname: string, home?: string): Promise<string[]> {
  return ['join', link, '--name', nickname, '--no-passphrase', '--home', home ?? (await newHome())];
}

async function newHome(): Promise<string> {
  return join(await makeTemporaryFolder(), 'home');
}

/** An account made with the SDK, for the command to use; reached through a proxy when a port is given. */
async function joinQuickly(
  relay: RelayProcess,
  nickname: string,
  port?: number,
): Promise<{ home: string; fingerprint: Uint8Array }> {
  const { sirdas, folder } = await joinPerson(await relay.inviteLink(port), nickname);
  const fingerprint = sirdas.account?.relay.fingerprint ?? new Uint8Array(0);
  await sirdas.close();
  return { home: folder, fingerprint };
}

/** Flips a bit in the middle of every page but the first. */
function flipBits(path: string): void {
  const bytes = readFileSync(path);
  for (let at = 4096 + 2048; at < bytes.length; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
