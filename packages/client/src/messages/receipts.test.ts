// When somebody hears that a message arrived or was read, and above all when nobody does.
import { decodeContent, parseNickname, toConversationId, toDeviceId, toMessageId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Member, Message } from '../model.ts';
import { newConversation } from '../vault/conversation-state.ts';
import { MemoryVault } from '../vault/memory-vault.testkit.ts';
import type { ConversationState, OutboxItem } from '../vault/vault.ts';
import { log, sampleMessage, talk } from '../vault/vault-samples.testkit.ts';
import { PreferenceStore } from './preferences.ts';
import { Receipts } from './receipts.ts';

const alice = parseNickname('alice');

let clock: ManualClock;
let state: ConversationState;
let sent: Pick<OutboxItem, 'conversation' | 'recipient' | 'content'>[];
let preferences: PreferenceStore;
let receipts: Receipts;
/** What the next random bytes are. */
let drawn: number;

beforeEach(() => {
  clock = new ManualClock();
  state = { ...newConversation(talk), kind: 'group', group: log, members: membersOf(3), hasWritten: true };
  sent = [];
  preferences = new PreferenceStore(new MemoryVault());
  drawn = 0;
  receipts = new Receipts({
    clock,
    preferences,
    random: (length) => new Uint8Array(length).fill(drawn),
    conversations: { find: (id) => ({ ...state, id }) },
    outbox: {
      add: async (_, item) => {
        sent.push(item);
        return { messages: [], deliveries: [], amended: [], outbox: [] };
      },
    },
  });
});

function membersOf(count: number): Member[] {
  return Array.from({ length: count }, (_, i) => ({
    ...({ nickname: parseNickname(`member${i}`), role: 'member', devices: [] } as const),
  }));
}

function message(number: number, change: Partial<Message> = {}): Message {
  return { ...sampleMessage(number, change), position: number };
}

const save = (...messages: readonly Message[]) => receipts.noteSaved({ messages });
const read = (...numbers: readonly number[]) =>
  receipts.noteRead(
    talk,
    numbers.map((number) => ({ ...message(number), isReadable: true })),
  );

/** What timers have started goes on. */
async function turn(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** What has been told, as others decode it. */
async function told() {
  await turn();
  return sent.map(({ content }) => {
    const { body } = decodeContent(content ?? new Uint8Array());
    if (body.case !== 'receipt') throw new Error('something else than a receipt');
    const ids = body.value.messages.map(({ messageId }) => toMessageId(messageId));
    return { read: body.value.read, ids };
  });
}

const idOf = (number: number) => sampleMessage(number).id;

describe('receipts', () => {
  it('are collected for one to three seconds', async () => {
    save(message(1));
    clock.advance(500);
    save(message(2));
    clock.advance(499);
    expect(await told()).toEqual([]);
    clock.advance(1);
    expect(await told()).toEqual([{ read: false, ids: [idOf(1), idOf(2)] }]);
    drawn = 255;
    save(message(3));
    clock.advance(2900);
    expect(await told()).toHaveLength(1);
    clock.advance(100);
    expect(await told()).toHaveLength(2);
  });

  it('that say read do not also say delivered', async () => {
    save(message(1), message(2));
    read(1);
    clock.advance(1000);
    await receipts.flush();
    expect(await told()).toEqual([
      { read: true, ids: [idOf(1)] },
      { read: false, ids: [idOf(2)] },
    ]);
  });

  it('name at most 100 messages each', async () => {
    save(...Array.from({ length: 250 }, (_, i) => message(i + 1)));
    await receipts.flush();
    expect((await told()).map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
  });

  it('go into the outbox when the program ends, and not again', async () => {
    save(message(1));
    await receipts.flush();
    clock.advance(10_000);
    await receipts.flush();
    expect(await told()).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it('are about what others have said', async () => {
    save(
      message(1, { sender: alice, direction: 'out' }),
      message(2, { body: { kind: 'event', event: { what: 'left' } } }),
    );
    clock.advance(3000);
    expect(await told()).toEqual([]);
  });

  it('CLI-075 are never about what could not be read', async () => {
    save(message(1, { body: { kind: 'unsupported' } }));
    receipts.noteRead(talk, [{ ...message(1), isReadable: false }]);
    clock.advance(3000);
    expect(await told()).toEqual([]);
  });

  it.each<[string, Partial<ConversationState>]>([
    ['where this account has said nothing', { hasWritten: false }],
    ['to more than 32 members', { members: membersOf(33) }],
    ['in letters', { group: null }],
    ['where one is no member any more', { state: 'removed' }],
  ])('CLI-075 are never sent %s', async (_, change) => {
    state = { ...state, ...change };
    save(message(1));
    read(1);
    clock.advance(3000);
    await receipts.flush();
    expect(await told()).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it('CLI-075 are not sent when the person does not want that, also those that wait', async () => {
    save(message(1));
    await preferences.set({ sendReceipts: false });
    clock.advance(3000);
    save(message(2));
    clock.advance(3000);
    expect(await told()).toEqual([]);
  });

  it('go to 32 members, and to the other person of a direct conversation', async () => {
    state = { ...state, members: membersOf(32) };
    save(message(1));
    clock.advance(1000);
    await turn();
    expect(sent).toMatchObject([{ conversation: talk, recipient: null }]);
    state = { ...state, kind: 'direct', with: alice };
    save(message(2));
    clock.advance(1000);
    await turn();
    expect(sent.at(-1)).toMatchObject({ recipient: alice });
  });
});

it('ids of conversations are not mixed up', async () => {
  const other = toConversationId(new Uint8Array(16).fill(9));
  save(message(1), message(2, { conversation: other, device: toDeviceId(new Uint8Array(16)) }));
  clock.advance(1000);
  await turn();
  expect(sent.map(({ conversation }) => conversation)).toEqual([talk, other]);
});
