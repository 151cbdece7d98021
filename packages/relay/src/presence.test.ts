import { decodeFrame, encodePresenceList, type Frame, parseNickname } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Member, Presence } from './presence.ts';

const ayşe = parseNickname('ayşe');
const burak = parseNickname('burak');
const RED = { colour: 0xff0000, recordIndex: 0 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const makeMember = (nickname = ayşe, isVisible = true): Member => ({ nickname, isVisible });

/** What a watcher is told from here on, as `+ayşe 0` and `-ayşe 0`. */
async function watch(presence: Presence): Promise<{ online: string[]; told: string[] }> {
  const told: string[] = [];
  const watching = presence.watch((frames) => {
    for (const frame of frames) told.push(describeChange(decodeFrame(frame)));
  });
  await vi.advanceTimersByTimeAsync(100);
  const online = decodeList(await watching);
  return { online: online.map(({ nickname, recordIndex }) => `${nickname} ${recordIndex}`), told };
}

function decodeList(entries: readonly Uint8Array[]): Frame<'presenceList'>['online'] {
  const list = decodeFrame(encodePresenceList(1, entries));
  if (list.kind !== 'presenceList') throw new Error('not a list');
  return list.online;
}

function describeChange(frame: Frame): string {
  if (frame.kind !== 'presenceChange' || !frame.presence) return frame.kind;
  return `${frame.online ? '+' : '-'}${frame.presence.nickname} ${frame.presence.recordIndex}`;
}

describe('presence', () => {
  test('tells joins and leaves, and shows who is there already', async () => {
    const presence = new Presence(5000);
    presence.enter(makeMember(burak), RED);
    vi.advanceTimersByTime(100);
    const { online, told } = await watch(presence);
    expect(online).toEqual(['burak 0']);
    const member = makeMember();
    presence.enter(member, RED);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['+ayşe 0']);
    presence.leave(member);
    vi.advanceTimersByTime(4900);
    expect(told).toEqual(['+ayşe 0']);
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['+ayşe 0', '-ayşe 0']);
  });

  test('shows who has come this very moment, and does not tell it again', async () => {
    const presence = new Presence(0);
    presence.enter(makeMember(), RED);
    const { online, told } = await watch(presence);
    vi.advanceTimersByTime(1000);
    expect([online, told]).toEqual([['ayşe 0'], []]);
  });

  test('carries the chosen colour, or none', async () => {
    const presence = new Presence(0);
    presence.enter(makeMember(ayşe), RED);
    presence.enter(makeMember(burak), { colour: undefined, recordIndex: 3 });
    vi.advanceTimersByTime(100);
    expect(decodeList(await presence.watch(() => {}))).toEqual([
      { nickname: 'ayşe', colour: 0xff0000, recordIndex: 0 },
      { nickname: 'burak', recordIndex: 3 },
    ]);
  });

  test('says nothing about a flap of less than five seconds', async () => {
    const presence = new Presence(5000);
    const first = makeMember();
    presence.enter(first, RED);
    vi.advanceTimersByTime(100);
    const { told } = await watch(presence);
    presence.leave(first);
    vi.advanceTimersByTime(4000);
    presence.enter(makeMember(), RED);
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual([]);
  });

  test('shows a person with several devices once, as long as one of them is there', async () => {
    const presence = new Presence(0);
    const { told } = await watch(presence);
    const [phone, laptop] = [makeMember(), makeMember()];
    presence.enter(phone, RED);
    presence.enter(laptop, RED);
    vi.advanceTimersByTime(100);
    presence.leave(phone);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['+ayşe 0']);
    presence.leave(laptop);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['+ayşe 0', '-ayşe 0']);
  });

  test('hides a person of whom one device asks to be invisible, at once', async () => {
    const presence = new Presence(5000);
    const { told } = await watch(presence);
    const [phone, laptop] = [makeMember(), makeMember()];
    presence.enter(phone, RED);
    presence.enter(laptop, RED);
    vi.advanceTimersByTime(100);
    presence.setVisible(phone, false);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['+ayşe 0', '-ayşe 0']);
    expect((await watch(presence)).online).toEqual([]);
    presence.setVisible(phone, true);
    vi.advanceTimersByTime(100);
    expect(told.at(-1)).toBe('+ayşe 0');
  });

  test('never shows who logged in invisible, nor lingers afterwards', async () => {
    const presence = new Presence(5000);
    const { told } = await watch(presence);
    const member = makeMember(ayşe, false);
    presence.enter(member, RED);
    vi.advanceTimersByTime(10_000);
    presence.leave(member);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual([]);
    expect(presence.count).toBe(0);
  });

  test('announces a new record of somebody online, and only then', async () => {
    const presence = new Presence(0);
    const { told } = await watch(presence);
    presence.update(burak, { colour: 1, recordIndex: 7 });
    presence.enter(makeMember(), RED);
    vi.advanceTimersByTime(100);
    presence.update(ayşe, { colour: 0xff0000, recordIndex: 1 });
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['+ayşe 0', '+ayşe 1']);
  });

  test('tells nothing of what came and went between two looks', async () => {
    const presence = new Presence(0);
    const { told } = await watch(presence);
    for (let i = 0; i < 100; i++) {
      const member = makeMember();
      presence.enter(member, RED);
      presence.leave(member);
    }
    vi.advanceTimersByTime(100);
    expect(told).toEqual([]);
  });

  test('splits a crowd into a list that fits into a frame, and changes', async () => {
    const presence = new Presence(0);
    for (let i = 0; i < 6000; i++) presence.enter(makeMember(parseNickname(`guest${i}`)), RED);
    vi.advanceTimersByTime(100);
    const { online, told } = await watch(presence);
    vi.runAllTimers();
    expect(online).toHaveLength(5000);
    expect(told).toHaveLength(1000);
    expect(new Set([...online, ...told.map((change) => change.slice(1))]).size).toBe(6000);
  });
});
