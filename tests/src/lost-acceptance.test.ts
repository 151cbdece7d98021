// The answer to an append is lost on the way, and the connection with it: the sender cannot know whether the relay has the
// message and must send it again. It is shown once all the same. THREATS §3, row 18, with its mutation proof: with a vault
// that does not recognise messages it has, the same run is condemned.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Sirdas, type Vault } from '@sirdas/client';
import { openVault, tcpTransport } from '@sirdas/client/node';
import { toMessageId } from '@sirdas/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startFrameProxy } from './frame-proxy.testkit.ts';
import { judgeHistory, type Verdict } from './message-history.testkit.ts';
import { joinPerson, type Person, readConversation, textOf } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

vi.setConfig({ testTimeout: 120_000 });

const MESSAGES = 60;
/** Some 30 are repeated as a rule; so few as these in one of ten million runs. */
const FEW_REPEATED = 3;
const NOTHING_WRONG = {
  acked: MESSAGES,
  lost: 0,
  lostAccepted: 0,
  shownTwice: 0,
  misordered: 0,
  invented: 0,
};

test('messages whose acceptance was lost are sent again and shown once', async () => {
  const { verdict, repeated } = await loseAcceptances((link) => joinPerson(link, 'okur'));
  expect(repeated).toBeGreaterThan(FEW_REPEATED);
  expect(verdict).toEqual(NOTHING_WRONG);
});

test('the same check condemns a receiver that does not recognise what it has', async () => {
  const { verdict, repeated } = await loseAcceptances(joinForgetful);
  expect(repeated).toBeGreaterThan(FEW_REPEATED);
  expect(verdict).toEqual({ ...NOTHING_WRONG, shownTwice: repeated });
});

/** Sends numbered messages while every third acceptance or so is lost together with the connection. */
async function loseAcceptances(
  joinReceiver: (inviteLink: string) => Promise<Pick<Person, 'sirdas'>>,
): Promise<{ verdict: Verdict; repeated: number }> {
  const random = new SeededRandom();
  const relay = await startRelay({ plaintext: true });
  const proxy = await startFrameProxy(relay.address);
  const receiver = await joinReceiver(await relay.inviteLink());
  const sender = await joinPerson(await relay.inviteLink(proxy.port), 'yazar');
  let repeated = 0;
  proxy.toClient = (frame, link) => {
    if (frame.kind !== 'accepted' || random.below(3) > 0) return [frame];
    repeated++;
    link.cut();
    return [];
  };
  sender.sirdas.on('link', ({ link }) => {
    if (link.state === 'offline' && link.retryAtMs !== null) setImmediate(() => sender.sirdas.retryNow());
  });
  for (let number = 1; number <= MESSAGES; number++) {
    // The last one is not tampered with: when it is shown, everything before it has been judged.
    if (number === MESSAGES) proxy.toClient = (frame) => [frame];
    const { id } = await sender.sirdas.send('okur', `${number}`);
    await sender.sirdas.waitUntilAccepted(id);
  }
  const received = () => readConversation(receiver.sirdas, 'yazar');
  const isLast = async () => (await received()).some((message) => textOf(message) === `${MESSAGES}`);
  await vi.waitFor(async () => expect(await isLast()).toBe(true), { timeout: 20_000, interval: 50 });
  const saved = Array.from({ length: MESSAGES }, (_, i) => ({
    sender: 'yazar',
    number: i + 1,
    isAccepted: true,
  }));
  const shown = (await received()).map((message) => ({ sender: 'yazar', number: Number(textOf(message)) }));
  return { verdict: judgeHistory(saved, shown), repeated };
}

/** Composed from the real parts; the product has no such option. */
async function joinForgetful(inviteLink: string): Promise<Pick<Person, 'sirdas'>> {
  const folder = join(await makeTemporaryFolder(), 'vault');
  const vault = await openVault({ folder, protection: { kind: 'unprotected' } });
  const sirdas = await Sirdas.open({ vault: forgetful(vault), transport: tcpTransport() });
  onTestFinished(() => sirdas.close());
  await sirdas.join(inviteLink, { nickname: 'okur', deviceName: 'test' });
  return { sirdas };
}

/** Takes every message for a new one. */
function forgetful(vault: Vault): Vault {
  const save: Vault['save'] = (change) => {
    const messages = change.messages?.map((message) => ({ ...message, id: toMessageId(randomBytes(16)) }));
    return vault.save(messages ? { ...change, messages } : change);
  };
  return new Proxy(vault, {
    get: (target, name) => {
      if (name === 'save') return save;
      if (name === 'readMessage') return async () => null;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
