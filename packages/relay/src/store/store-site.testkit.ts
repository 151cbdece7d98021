// What the contract suites of the store share: a place where stores are opened, and values to put into them.
import { createHash } from 'node:crypto';
import { type DeviceId, type LogId, type Nickname, toDeviceId, toInviteId, toLogId } from '@sirdas/protocol';
import type {
  AppendOutcome,
  LogSlice,
  NewAccount,
  NewEntry,
  NewRecord,
  Quotas,
  Store,
  StoredInvite,
} from './store.ts';

/** A place where stores are opened one after the other; each finds what the one before has left. */
export interface StoreSite {
  open(quotas: Quotas): Promise<Store>;
  remove(): Promise<void>;
}

export const NOW_MS = 1_800_000_000_000;
export const QUOTAS: Quotas = {
  maxLogEntries: 1000,
  maxLogBytes: 1024 * 1024,
  retentionMs: 30 * 86_400_000,
  idleMs: 45 * 86_400_000,
};
export const EVERYTHING = { maxEntries: 10_000, maxBytes: 100 * 1024 * 1024 };

export const makeLogId = (number: number) => toLogId(new Uint8Array(16).fill(number));
export const makeDeviceId = (number: number) => toDeviceId(new Uint8Array(16).fill(number));
export const nickname = (name: string) => name as Nickname;

export const inbox = makeLogId(1);
/** Every account of these tests has one device of its own. */
export const phoneOf = (name: string) =>
  toDeviceId(createHash('sha256').update(`phone of ${name}`).digest().subarray(0, 16));
export const phone = phoneOf('alice');
export const laptop = makeDeviceId(2);

/** Record `index` of an account; `variant` makes another record of the same index. */
export function makeRecord(
  name: string,
  index = 0,
  options: { readonly devices?: readonly DeviceId[]; readonly variant?: string } = {},
): NewRecord {
  const hashOf = (number: number) =>
    createHash('sha256')
      .update(`${name} ${number} ${options.variant ?? ''}`)
      .digest();
  return {
    nickname: nickname(name),
    index,
    signedRecord: Buffer.from(`signed record ${index} of ${name}`),
    recordHash: hashOf(index),
    previousHash: index === 0 ? new Uint8Array(0) : hashOf(index - 1),
    devices: options.devices ?? [phoneOf(name)],
  };
}

export function makeAccount(name: string, changes: Partial<NewAccount> = {}): NewAccount {
  const hash = createHash('sha256').update(name).digest();
  return {
    skeleton: name,
    inbox: toLogId(hash.subarray(0, 16)),
    inviteHash: null,
    timeMs: NOW_MS,
    ...changes,
  };
}

export function makeInvite(number: number, changes: Partial<StoredInvite> = {}): StoredInvite {
  return {
    id: toInviteId(new Uint8Array(8).fill(number)),
    tokenHash: new Uint8Array(32).fill(number),
    usesLeft: 1,
    expiresMs: NOW_MS + 1000,
    grantsInvites: false,
    createdBy: null,
    ...changes,
  };
}

/** An account whose inbox is `log`. */
export async function claim(
  store: Store,
  name: string,
  log: LogId,
  devices = [phoneOf(name)],
): Promise<void> {
  const outcome = await store.saveRecord(makeRecord(name, 0, { devices }), makeAccount(name, { inbox: log }));
  if (outcome !== 'saved') throw new Error(`claim: ${outcome}`);
}

export function makeEntry(log: LogId, text: string, timeMs = NOW_MS): NewEntry {
  return { log, timeMs, envelope: Buffer.from(text), writer: phone, epoch: 0 };
}

export function makeEntries(log: LogId, count: number, text = 'entry'): NewEntry[] {
  return Array.from({ length: count }, (_, index) => makeEntry(log, `${text} ${index}`));
}

/** The sequence numbers that were given, or the reasons of refusal. */
export function summarize(outcomes: readonly AppendOutcome[]): (number | string)[] {
  return outcomes.map((outcome) => (outcome.outcome === 'stored' ? outcome.seq : outcome.error));
}

/** A slice in one line of text: `first..head: seq=text …`. */
export function describeSlice(slice: LogSlice | null): string {
  if (slice === null) return 'no such log';
  const entries = slice.entries.map(({ seq, envelope }) => ` ${seq}=${Buffer.from(envelope).toString()}`);
  return `${slice.first}..${slice.head}:${entries.join('')}`;
}

export async function readAll(store: Store, log: LogId, device = phone): Promise<string> {
  return describeSlice(await store.readAfter(log, device, 0, EVERYTHING));
}
