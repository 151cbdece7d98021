// The answer to an append is lost on the way, and the connection with it: the sender cannot know whether the relay has the
// message and must send it again. It is shown once all the same. THREATS §3, row 18, with its mutation proof: with a vault
// that does not recognise messages it has, the same run is condemned. Both for letters and for groups, where a message that is sent
// again may have been sealed anew for another epoch.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type ConversationId, Sirdas, type Vault } from '@sirdas/client';
import { openVault, tcpTransport } from '@sirdas/client/node';
import { toMessageId } from '@sirdas/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type FrameProxy, startFrameProxy } from './frame-proxy.testkit.ts';
import { judgeHistory, type Verdict } from './message-history.testkit.ts';
import { joinPerson, type Person, textOf } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

vi.setConfig({ testTimeout: 300_000 });

const LETTERS = 60;
const GROUP_MESSAGES = 36;
/** A third is repeated as a rule; so few as these in one of a hundred thousand runs. */
const FEW_REPEATED = 1;

/** What has been repeated, and what the receiver shows of it. */
interface Outcome {
  readonly verdict: Verdict;
  readonly repeated: number;
}

type JoinReceiver = (inviteLink: string, classicOnly: boolean) => Promise<Pick<Person, 'sirdas'>>;

const joinHonest: JoinReceiver = (link, classicOnly) => joinPerson(link, 'okur', { classicOnly });

test.each([
  ['letters', LETTERS, loseAcceptancesOfLetters],
  ['messages to a group', GROUP_MESSAGES, loseAcceptancesInGroup],
])('%s whose acceptance was lost are sent again and shown once', async (_what, count, lose) => {
  const { verdict, repeated } = await lose(joinHonest);
  expect(repeated).toBeGreaterThan(FEW_REPEATED);
  expect(verdict).toEqual(nothingWrong(count));
});

test.each([
  ['letters', LETTERS, loseAcceptancesOfLetters],
  ['messages to a group', GROUP_MESSAGES, loseAcceptancesInGroup],
])(
  'the same check condemns a receiver that does not recognise what it has: %s',
  async (_what, count, lose) => {
    const { verdict, repeated } = await lose(joinForgetful);
    expect(repeated).toBeGreaterThan(FEW_REPEATED);
    expect(verdict).toEqual({ ...nothingWrong(count), shownTwice: repeated });
  },
);

function nothingWrong(acked: number): Verdict {
  return { acked, lost: 0, lostAccepted: 0, shownTwice: 0, misordered: 0, invented: 0 };
}

/** Sends numbered letters while every third acceptance or so is lost together with the connection. */
async function loseAcceptancesOfLetters(joinReceiver: JoinReceiver): Promise<Outcome> {
  const random = new SeededRandom();
  const relay = await startRelay({ plaintext: true });
  const proxy = await startFrameProxy(relay.address);
  const receiver = await joinReceiver(await relay.inviteLink(), true);
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
  for (let number = 1; number <= LETTERS; number++) {
    // The last one is not tampered with: when it is shown, everything before it has been judged.
    if (number === LETTERS) proxy.toClient = (frame) => [frame];
    const { id } = await sender.sirdas.send('okur', `${number}`);
    await sender.sirdas.waitUntilAccepted(id);
  }
  const conversation = receiver.sirdas.conversationWith('yazar');
  return { verdict: await judgeReceived(receiver, conversation, LETTERS), repeated };
}

/**
 * The same in a group. There the sender reads its own messages back and would know: the relay hides each that it pretends not to
 * have got, and the receiver changes the group meanwhile, so that it has to be sealed anew.
 */
async function loseAcceptancesInGroup(joinReceiver: JoinReceiver): Promise<Outcome> {
  const random = new SeededRandom();
  const relay = await startRelay({ plaintext: true });
  const proxy = await startFrameProxy(relay.address);
  const receiver = await joinReceiver(await relay.inviteLink(), false);
  const sender = await joinPerson(await relay.inviteLink(proxy.port), 'yazar');
  const { id } = await receiver.sirdas.groups.create({ name: 'biz', members: ['yazar'] });
  await vi.waitFor(
    () => expect(sender.sirdas.conversations().some((one) => one.id === id)).toBe(true),
    30_000,
  );
  const thief = new AcceptanceThief(proxy);
  sender.sirdas.on('link', ({ link }) => {
    if (link.state === 'offline' && link.retryAtMs !== null) {
      void thief.whenChanged.then(() => sender.sirdas.retryNow());
    }
  });
  for (let number = 1; number <= GROUP_MESSAGES; number++) {
    thief.isActive = number < GROUP_MESSAGES && random.below(3) === 0;
    thief.onStolen = () => receiver.sirdas.groups.rename(id, `biz ${number}`);
    const sent = await sender.sirdas.sendTo(id, `${number}`);
    await sender.sirdas.waitUntilAccepted(sent.id);
  }
  return { verdict: await judgeReceived(receiver, id, GROUP_MESSAGES), repeated: thief.stolen };
}

/** Lets the relay have one message, and the sender know nothing of it. */
class AcceptanceThief {
  /** Steals the next acceptance. */
  isActive = false;
  stolen = 0;
  /** Before the sender may come back. */
  onStolen: () => Promise<void> = async () => {};
  /** Resolves when the last `onStolen` is done. */
  whenChanged: Promise<void> = Promise.resolve();
  readonly #hidden: Uint8Array[] = [];
  #request: number | null = null;
  #isChanging = false;

  constructor(proxy: FrameProxy) {
    proxy.toRelay = (frame, link) => {
      if (this.#isChanging) link.cut();
      if (this.#isChanging) return [];
      if (frame.kind === 'append' && this.isActive) {
        this.isActive = false;
        this.#request = frame.request;
        this.#hidden.push(frame.envelope);
      }
      return [frame];
    };
    proxy.toClient = (frame, link) => {
      if (frame.kind === 'deliver')
        return [{ ...frame, entries: frame.entries.filter(({ envelope }) => !this.#hides(envelope)) }];
      if (frame.kind !== 'accepted' || frame.request !== this.#request) return [frame];
      this.#request = null;
      this.stolen++;
      this.#isChanging = true;
      this.whenChanged = this.onStolen().then(() => {
        this.#isChanging = false;
      });
      link.cut();
      return [];
    };
  }

  #hides(envelope: Uint8Array): boolean {
    return this.#hidden.some((hidden) => Buffer.from(hidden).equals(envelope));
  }
}

/** Waits for the last one. */
async function judgeReceived(
  { sirdas }: Pick<Person, 'sirdas'>,
  conversation: ConversationId,
  count: number,
): Promise<Verdict> {
  const received = async () => {
    const messages = await sirdas.messages(conversation, { limit: 1000 });
    return messages.filter(({ body }) => body.kind === 'text').reverse();
  };
  const isLast = async () => (await received()).some((message) => textOf(message) === `${count}`);
  await vi.waitFor(async () => expect(await isLast()).toBe(true), { timeout: 60_000, interval: 50 });
  const saved = Array.from({ length: count }, (_, i) => ({
    sender: 'yazar',
    number: i + 1,
    isAccepted: true,
  }));
  const shown = (await received()).map((message) => ({ sender: 'yazar', number: Number(textOf(message)) }));
  return judgeHistory(saved, shown);
}

/** Composed from the real parts; the product has no such option. */
const joinForgetful: JoinReceiver = async (inviteLink, classicOnly) => {
  const folder = join(await makeTemporaryFolder(), 'vault');
  const vault = await openVault({ folder, protection: { kind: 'unprotected' } });
  const sirdas = await Sirdas.open({ vault: forgetful(vault), transport: tcpTransport() });
  onTestFinished(() => sirdas.close());
  await sirdas.join(inviteLink, { nickname: 'okur', deviceName: 'test', classicOnly });
  return { sirdas };
};

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
