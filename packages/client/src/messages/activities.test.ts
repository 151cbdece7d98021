// Who is seen writing, for how long, and how often that is told.
import { parseNickname } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { Events } from '../events.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Activity } from '../model.ts';
import { newConversation } from '../vault/conversation-state.ts';
import { MemoryVault } from '../vault/memory-vault.testkit.ts';
import type { ConversationState } from '../vault/vault.ts';
import { bob, log, sampleMessage, talk } from '../vault/vault-samples.testkit.ts';
import { Activities } from './activities.ts';
import { PreferenceStore } from './preferences.ts';

const carol = parseNickname('carol');

let clock: ManualClock;
let state: ConversationState;
let sent: Activity[];
let seen: string[];
let preferences: PreferenceStore;
let activities: Activities;

beforeEach(() => {
  clock = new ManualClock();
  state = { ...newConversation(talk), group: log, hasWritten: true };
  sent = [];
  seen = [];
  preferences = new PreferenceStore(new MemoryVault());
  const events = new Events();
  events.on('activity', ({ from, activity }) => seen.push(`${from} ${activity}`));
  activities = new Activities({
    ...{ clock, events, preferences, conversations: { find: () => state } },
    send: (_, activity) => sent.push(activity),
  });
});

describe('what the own person does', () => {
  it('is told every five seconds while it lasts', () => {
    for (let second = 0; second < 12; second++) {
      activities.set(talk, 'typing');
      clock.advance(1000);
    }
    expect(sent).toEqual(['typing', 'typing', 'typing']);
  });

  it('is told when it becomes something else, four seconds after the last hint at the soonest', () => {
    activities.set(talk, 'typing');
    clock.advance(3999);
    activities.set(talk, 'recording');
    expect(sent).toEqual(['typing']);
    clock.advance(1);
    activities.set(talk, 'recording');
    expect(sent).toEqual(['typing', 'recording']);
  });

  it('is told when it ends, once, and only if somebody can still see it', () => {
    activities.set(talk, 'typing');
    clock.advance(1000);
    activities.set(talk, 'stopped');
    expect(sent).toEqual(['typing']);
    clock.advance(3000);
    expect(sent).toEqual(['typing', 'stopped']);
    activities.set(talk, 'stopped');
    clock.advance(20_000);
    activities.set(talk, 'typing');
    clock.advance(10_000);
    activities.set(talk, 'stopped');
    expect(sent).toEqual(['typing', 'stopped', 'typing']);
  });

  it('goes on without a word when it only paused', () => {
    activities.set(talk, 'typing');
    activities.set(talk, 'stopped');
    clock.advance(1000);
    activities.set(talk, 'typing');
    clock.advance(3500);
    expect(sent).toEqual(['typing']);
  });

  it('ends with the message', () => {
    activities.set(talk, 'typing');
    const message = { ...sampleMessage(1, { direction: 'out' }), position: 1 };
    activities.noteSaved({ messages: [message] });
    activities.set(talk, 'stopped');
    clock.advance(20_000);
    expect(sent).toEqual(['typing']);
    expect(clock.timerCount).toBe(0);
  });

  it.each<[string, Partial<ConversationState>]>([
    ['where this account has said nothing', { hasWritten: false }],
    ['in letters', { group: null }],
    ['where one is no member any more', { state: 'left' }],
  ])('CLI-076 is not told %s', (_, change) => {
    state = { ...state, ...change };
    activities.set(talk, 'typing');
    expect(sent).toEqual([]);
  });

  it('CLI-076 is not told when the person does not want that', async () => {
    await preferences.set({ sendActivity: false });
    activities.set(talk, 'typing');
    expect(sent).toEqual([]);
  });
});

describe('what others do', () => {
  it('is shown for ten seconds after the last hint', () => {
    activities.receive(talk, bob, 'typing');
    clock.advance(8000);
    activities.receive(talk, bob, 'typing');
    clock.advance(9999);
    expect(seen).toEqual(['bob typing', 'bob typing']);
    clock.advance(1);
    expect(seen).toEqual(['bob typing', 'bob typing', 'bob stopped']);
  });

  it('ends with a hint, or with their message, for each of them', () => {
    activities.receive(talk, bob, 'typing');
    activities.receive(talk, carol, 'recording');
    activities.noteSaved({ messages: [{ ...sampleMessage(1), position: 1 }] });
    activities.receive(talk, carol, 'stopped');
    expect(seen).toEqual(['bob typing', 'carol recording', 'bob stopped', 'carol stopped']);
    activities.receive(talk, bob, 'stopped');
    clock.advance(20_000);
    expect(seen).toHaveLength(4);
  });

  it('ends without a word when the client is closed', () => {
    activities.receive(talk, bob, 'typing');
    activities.stop();
    clock.advance(20_000);
    expect(seen).toEqual(['bob typing']);
  });
});
