// The commands in pipes, as scripts use them: what they print, where, and with which status they end. No terminal.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeAccount } from './chat-terminal.testkit.ts';
import { repositoryRoot, startProcess } from './child-process.testkit.ts';
import { joinPerson } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

const SIRDAS = join(repositoryRoot, 'packages/cli/bin/sirdas.js');
const TIMEOUT_MS = 90_000;

interface Input {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

function start(args: readonly string[], { input = '', env = {} }: Input = {}) {
  return startProcess('node', [SIRDAS, ...args], { input, env });
}

async function run(args: readonly string[], options: Input = {}) {
  const process = start(args, options);
  const { status } = await process.exit;
  return { status, output: process.stdout.text().trim(), errors: process.stderr.text().trim() };
}

describe('send and listen', () => {
  test('a message goes from a standard input to a line of JSON', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const [ayse, mehmet] = await Promise.all([makeAccount(invite, 'ayşe'), makeAccount(invite, 'mehmet')]);
    const text = 'bir\niki "üç" \u001b[31m\u009b\u202e';
    const sent = await run(['--home', ayse, 'send', 'mehmet', '-', '--json'], { input: `${text}\n` });
    expect(sent).toMatchObject({ status: 0, errors: '' });
    const accepted: unknown = JSON.parse(sent.output);
    expect(accepted).toMatchObject({ v: 1, type: 'accepted', to: 'mehmet' });

    const heard = await run(['--home', mehmet, 'listen', '--json', '--once']);
    expect(heard.status).toBe(0);
    expect(heard.output).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(heard.output)).toMatchObject({
      v: 1,
      type: 'message',
      from: 'ayşe',
      direction: 'in',
      text,
      envelope: 'mls',
      forwardSecret: true,
      missingBefore: 0,
    });
  });

  test('listen shows each message once, also over several runs, and ends on SIGTERM', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const mehmet = await makeAccount(invite, 'mehmet');
    const ayse = await joinPerson(invite, 'ayşe');
    for (const text of ['one', 'two', 'three']) await ayse.sirdas.send('mehmet', text);
    const first = await run(['--home', mehmet, 'listen', '--json', '--count', '2']);
    expect(first.output.split('\n').map((line) => JSON.parse(line).text)).toEqual(['one', 'two']);
    const second = start(['--home', mehmet, 'listen', '--json', '--events']);
    await second.stdout.waitFor(/"text":"three"/);
    await second.stdout.waitFor(/"type":"caught-up"/);
    await ayse.sirdas.send('mehmet', 'four');
    await second.stdout.waitFor(/"text":"four"/);
    expect(await second.end('SIGTERM')).toEqual({ status: 0, signal: null });
    expect(second.stdout.text().match(/"type":"message"/g)).toHaveLength(2);
  });

  test('listen ends quietly when nobody reads any more', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const mehmet = await makeAccount(invite, 'mehmet');
    const ayse = await joinPerson(invite, 'ayşe');
    await ayse.sirdas.send('mehmet', 'one');
    const command = `node ${SIRDAS} --home ${mehmet} listen --json --events | head -n 1; echo "status \${PIPESTATUS[0]}"`;
    const pipe = startProcess('bash', ['-c', command], {});
    await pipe.stdout.waitFor(/"v":1/);
    await ayse.sirdas.send('mehmet', 'two');
    await pipe.stdout.waitFor(/^status 0$/);
    expect(pipe.stderr.text().trim()).toBe('');
  });

  test('hostile text is text in the plain output too', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const mehmet = await makeAccount(invite, 'mehmet');
    const ayse = await joinPerson(invite, 'ayşe');
    await ayse.sirdas.send('mehmet', '\u001b]52;c;AAAA\u0007\u009b31m\r\u202eevil\nline two');
    const { output } = await run(['--home', mehmet, 'listen', '--once']);
    expect(output.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u);
    expect(output).toContain('ayşe: ␛]52;c;AAAA␇');
    expect(output).toContain('      line two');
  });
});

describe('what ends a command is a sentence and a status', () => {
  test('on an account', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const ayse = await makeAccount(invite, 'ayşe');
    const home = ['--home', ayse];
    const cases: [string[], Input, number, string][] = [
      [['send', 'nobody', 'x'], {}, 6, 'Nobody on this relay has this nickname.'],
      [['send', 'a b', 'x'], {}, 2, 'That cannot be a nickname.'],
      [['send', 'mehmet', ''], {}, 2, 'the text is empty'],
      [['send', 'mehmet'], { input: new Uint8Array([0xff, 0xfe]) }, 2, 'not UTF-8'],
      [['send', 'mehmet'], { input: 'x'.repeat(70_000) }, 2, 'longer than 60 KiB'],
      [['send'], {}, 2, 'Something is missing'],
      [['chat'], {}, 2, 'needs a terminal'],
      [['names', '--nonsense'], {}, 2, '--nonsense'],
      [['names', 'x'], {}, 2, 'is too much here'],
      [['listen', '--count', 'many'], {}, 2, '--count many'],
      [['invite', 'revoke', 'ffff'], {}, 5, 'no invite with this id'],
      [['invite', 'sell'], {}, 2, 'sell'],
      [['join', invite, '--name', 'ikinci'], {}, 3, 'already holds an account'],
      [['nonsense'], {}, 2, 'There is no command “nonsense”'],
      [['--lang', 'fr', 'names'], {}, 2, '--lang fr'],
      [['--lang', 'tr', 'send', 'hiçkimse', 'x'], {}, 6, 'bu takma adda kimse yok'],
    ];
    for (const [args, input, status, sentence] of cases) {
      const outcome = await run([...home, ...args], input);
      expect(outcome.errors, args.join(' ')).toContain(sentence);
      expect(outcome.errors.split('\n').at(-1), args.join(' ')).toMatch(/^sirdas: /);
      expect(outcome, args.join(' ')).toMatchObject({ status, output: '' });
    }
  });

  test('without an account, without a passphrase, with a wrong one', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const folder = await makeTemporaryFolder();
    const home = ['--home', join(folder, 'home')];
    expect(await run([...home, 'whoami'])).toMatchObject({ status: 3, errors: /no account in this folder/ });
    expect((await run([...home, 'join', invite, '--name', 'ayşe'])).status).toBe(3);
    expect(
      (await run([...home, 'join', 'https://x/i#AAAA', '--name', 'ayşe', '--no-passphrase'])).status,
    ).toBe(2);
    // A join that fails leaves a vault, whose protection must not outlive it.
    const refused = await run([...home, 'join', await usedUp(relay), '--name', 'ayşe', '--no-passphrase']);
    expect(refused.status).toBe(5);
    const file = join(folder, 'passphrase');
    await writeFile(file, 'doğru parola\n');
    const joined = await run([...home, 'join', invite, '--name', 'ayşe', '--passphrase-file', file]);
    expect(joined).toMatchObject({ status: 0, errors: '' });
    expect((await run([...home, 'whoami'], { env: { SIRDAS_PASSPHRASE: 'doğru parola' } })).status).toBe(0);
    const wrong = await run([...home, 'whoami'], { env: { SIRDAS_PASSPHRASE: 'yanlış' } });
    expect(wrong.status).toBe(3);
    expect(wrong.errors).toContain('That is not the passphrase');
    const none = await run([...home, 'whoami']);
    expect(none.status).toBe(3);
    expect(none.errors).toContain('SIRDAS_PASSPHRASE');
  });

  test('without a relay, and nothing is lost', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const [ayse, mehmet] = await Promise.all([makeAccount(invite, 'ayşe'), joinPerson(invite, 'mehmet')]);
    await relay.stop();
    const failed = await run(['--home', ayse, 'send', 'mehmet', 'kept']);
    expect(failed.status).toBe(4);
    expect(failed.errors).toContain('The relay cannot be reached');
    await relay.start();
    mehmet.sirdas.retryNow();
    const arrived = new Promise((resolve) =>
      mehmet.sirdas.on('message', ({ message }) => resolve(message.body)),
    );
    expect((await run(['--home', ayse, 'send', 'mehmet', 'second'])).status).toBe(0);
    expect(await arrived).toMatchObject({ kind: 'text', text: 'kept' });
  });
});

/** An invite that has admitted somebody already. */
async function usedUp(relay: RelayProcess): Promise<string> {
  const { link } = await relay.ownerInvite();
  return link;
}

describe('people and invites', () => {
  test('an invite made by a command admits, is listed, and can be withdrawn', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const relay = await startRelay();
    const ayse = await makeAccount(await relay.inviteLink(), 'ayşe');
    const home = ['--home', ayse];
    const { output: link } = await run([...home, 'invite', '--uses', '2', '--expires', '1']);
    const folder = join(await makeTemporaryFolder(), 'home');
    const joined = await run(['--home', folder, 'join', link, '--name', 'Mehmet', '--no-passphrase']);
    expect(joined.output).toContain('Welcome, mehmet.');
    const listed = JSON.parse((await run([...home, 'invite', 'list', '--json'])).output);
    expect(listed).toMatchObject({ v: 1, type: 'invite', usesLeft: 1 });
    expect((await run([...home, 'invite', 'revoke', listed.id])).status).toBe(0);
    const late = await run(['--home', `${folder}-late`, 'join', link, '--name', 'can', '--no-passphrase']);
    expect(late).toMatchObject({ status: 5, output: '' });
    expect(late.errors).toContain('does not know this invite, or it was withdrawn');
  });

  test('names lists who is online, verify shows the same number on both sides', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const [ayse, mehmet] = await Promise.all([makeAccount(invite, 'ayşe'), makeAccount(invite, 'mehmet')]);
    await joinPerson(invite, 'zeynep');
    expect((await run(['--home', ayse, 'names'])).output.split('\n')).toEqual(
      expect.arrayContaining(['ayşe', 'zeynep']),
    );
    const numberIn = (text: string) => text.match(/\b\d{5}\b/g);
    const one = await run(['--home', ayse, 'verify', 'mehmet', '--confirm']);
    const other = await run(['--home', mehmet, 'verify', 'AYŞE']);
    expect(numberIn(one.output)).toHaveLength(12);
    expect(numberIn(one.output)).toEqual(numberIn(other.output));
    expect(one.output).toContain('mehmet is marked as verified.');
    expect((await run(['--home', ayse, 'verify', 'mehmet'])).output).toContain('Verified on');
  });

  test('whoami needs no relay', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const ayse = await makeAccount(await relay.inviteLink(), 'ayşe');
    await relay.stop();
    const { status, output } = await run(['--home', ayse, 'whoami', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ v: 1, type: 'account', nickname: 'ayşe', deviceName: 'test' });
  });
});

describe('export and import', () => {
  test('an export becomes a new device, which keeps the history', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay();
    const invite = await relay.inviteLink();
    const ayse = await makeAccount(invite, 'ayşe');
    await joinPerson(invite, 'mehmet');
    expect((await run(['--home', ayse, 'send', 'mehmet', 'before'])).status).toBe(0);
    const folder = await makeTemporaryFolder();
    const file = join(folder, 'ayşe.age');
    const env = { SIRDAS_EXPORT_PASSPHRASE: 'taşınıyorum' };
    expect(await run(['--home', ayse, 'export', file], { env })).toMatchObject({ status: 0, errors: '' });
    expect((await readFile(file)).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect((await run(['--home', ayse, 'export', file], { env })).status).toBe(3);
    expect((await run(['--home', ayse, 'export', `${file}2`])).errors).toContain('SIRDAS_EXPORT_PASSPHRASE');

    const restored = ['--home', join(folder, 'restored')];
    const wrong = { SIRDAS_EXPORT_PASSPHRASE: 'yanlış' };
    expect((await run([...restored, 'import', file, '--no-passphrase'], { env: wrong })).status).toBe(3);
    const imported = await run([...restored, 'import', file, '--no-passphrase', '--device-name', 'new'], {
      env,
    });
    expect(imported).toMatchObject({ status: 0, errors: '' });
    expect(JSON.parse((await run([...restored, 'whoami', '--json'])).output)).toMatchObject({
      nickname: 'ayşe',
      deviceName: 'new',
    });
    expect((await run([...restored, 'send', 'mehmet', 'after'])).status).toBe(0);
  });
});

describe('the classic program', () => {
  test('joins an open relay by address and talks through pipes', { timeout: TIMEOUT_MS }, async () => {
    const relay = await startRelay({ env: { SIRDAS_RELAY_OPEN: '4' } });
    const folder = await makeTemporaryFolder();
    const classic = (name: string) =>
      startProcess('node', [SIRDAS, '--home', join(folder, name), 'chat', '--classic', '--no-passphrase'], {
        input: { open: true },
      });
    const [ayse, mehmet] = [classic('a'), classic('b')];
    const answers = ['127.0.0.1', `${relay.port}`];
    for (const line of [...answers, 'ayşe']) ayse.writeLine(line);
    await ayse.stdout.waitFor(/Nobody else is online yet/);
    for (const line of [...answers, 'mehmet']) mehmet.writeLine(line);
    await mehmet.stdout.waitFor(/^ {2}ayşe$/);
    await ayse.stdout.waitFor(/mehmet is online/);
    mehmet.writeLine('ayşe');
    await mehmet.stdout.waitFor(/You are talking to ayşe/);
    mehmet.writeLine('merhaba');
    await ayse.stdout.waitFor(/mehmet: merhaba/);
    ayse.writeLine('mehmet');
    await ayse.stdout.waitFor(/You are talking to mehmet/);
    ayse.writeLine('selam');
    await mehmet.stdout.waitFor(/ayşe: selam/);
    mehmet.writeLine('/quit');
    expect(await mehmet.exit).toEqual({ status: 0, signal: null });
    await ayse.stdout.waitFor(/mehmet has left/);
  });
});
