// kill -9 at random instants: a client in a process of its own over a real vault and a real socket. Nothing that was saved is
// lost, nothing is shown twice, nothing changes places. The long versions, with the real relay, are in tests/.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../clock.ts';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meet, meetModern, type Person, prepareMemory, readTexts, seen, until } from '../people.testkit.ts';
import { openSirdas } from './open-sirdas.ts';
import { openVault } from './open-vault.ts';
import { serveRelay } from './served-relay.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

const KILLS = 6;
/** A message to a group takes longer than a letter. */
const LONGEST_LIFE_MS = { letters: 250, group: 1000 } as const;
const unprotected = { kind: 'unprotected' } as const;

let relay: FakeRelay;
let bob: Person;
let folder: string;

/** Bob and the relay live in this process; their clock is the real one, since the child's is. */
async function prepare(meetBob: typeof meet): Promise<void> {
  const clock = new ManualClock(systemClock.nowMs());
  relay = await FakeRelay.start(systemClock);
  const address = await serveRelay(relay);
  bob = await meetBob(relay, clock, 'bob');
  folder = await makeTemporaryFolder();
  const { account } = await prepareMemory(relay, clock, 'alice', { classicOnly: meetBob === meet });
  const vault = await openVault({ folder, protection: unprotected });
  if (account) await vault.save({ account: { ...account, relay: address } });
  await vault.close();
}

function startClient(role: 'send' | 'listen'): ChildProcess {
  const script = fileURLToPath(new URL('./crash-child.testkit.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=sirdas-source', script, folder, role, 'bob'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Lets the client live for a random while after it has begun to do what it is to do, then kills it. */
async function liveAndDie(
  role: 'send' | 'listen',
  longestMs: number = LONGEST_LIFE_MS.letters,
): Promise<void> {
  const child = startClient(role);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes(role === 'send' ? 'saved' : 'online')) resolve();
    });
    void ended.then(() => reject(new Error('the client ended by itself')));
  });
  const waited = Promise.withResolvers<void>();
  setTimeout(waited.resolve, Math.random() * longestMs);
  await waited.promise;
  child.kill('SIGKILL');
  await ended;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1));

describe('kill -9', () => {
  it.each([
    ['of letters', meet, LONGEST_LIFE_MS.letters],
    ['in a group', meetModern, LONGEST_LIFE_MS.group],
  ] as const)(
    'of a sender %s loses nothing that it had saved, repeats nothing, and keeps the order',
    async (_, meetBob, longestMs) => {
      await prepare(meetBob);
      for (let i = 0; i < KILLS; i++) await liveAndDie('send', longestMs);
      const sirdas = await openSirdas({ folder, protection: unprotected });
      onTestFinished(() => sirdas.close());
      const saved = await sirdas.messages(sirdas.conversationWith('bob'), { limit: 10_000 });
      await sirdas.connect();
      for (const { id } of saved) await sirdas.waitUntilAccepted(id);
      await until(
        () => seen(bob, 'message').length,
        (count) => count >= saved.length,
      );
      const texts = await readTexts(bob, 'alice');
      expect(texts.length).toBeGreaterThanOrEqual(KILLS);
      expect(texts).toEqual(numbers(saved.length));
      expect(seen(bob, 'message').filter(({ message }) => message.missingBefore > 0)).toEqual([]);
      expect(seen(bob, 'refused')).toEqual([]);
    },
    240_000,
  );

  it('of a receiver loses nothing, shows nothing twice, and keeps the order', async () => {
    await prepare(meet);
    // Alice has to be known before anybody can write to her.
    await liveAndDie('listen');
    let count = 0;
    for (let i = 0; i < KILLS; i++) {
      const dying = liveAndDie('listen');
      for (let n = 0; n < 20; n++) await bob.sirdas.send('alice', String(++count));
      await dying;
    }
    const sirdas = await openSirdas({ folder, protection: unprotected });
    onTestFinished(() => sirdas.close());
    const conversation = sirdas.conversationWith('bob');
    const readAll = async () => (await sirdas.messages(conversation, { limit: 10_000 })).toReversed();
    await sirdas.connect();
    const messages = await until(readAll, (all) => all.length >= count);
    expect(messages.map(({ body }) => (body.kind === 'text' ? body.text : ''))).toEqual(numbers(count));
    expect(messages.filter(({ missingBefore }) => missingBefore > 0)).toEqual([]);
    await until(
      () => relay.inboxOf('alice').acks.at(-1),
      (seq) => seq === relay.inboxOf('alice').head,
    );
  }, 240_000);
});
