// A full disk is said, not suffered: the relay refuses with STORAGE_FULL, keeps what it has accepted, serves those who only
// read, and goes on by itself when there is room again. THREATS §3, row 10.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Frame, fromId } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { startRelay } from './relay-process.testkit.ts';
import { mountSmallDisk, NO_SMALL_DISK } from './small-disk.testkit.ts';
import { joinWire, logInWire, type WireSession } from './wire-account.testkit.ts';
import { describeFrame } from './wire-connection.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const MIB = 1024 * 1024;
/** What the relay leaves free for itself (docs/operating.md), so that it can go on when everything else is taken. */
const RESERVE_BYTES = 64 * MIB;
const ENVELOPE_BYTES = 16 * 1024;

test('a relay whose disk is full refuses, loses nothing that it accepted, and goes on when there is room', async (context) => {
  const disk = await mountSmallDisk(96);
  if (disk === null) return context.skip(NO_SMALL_DISK);
  const relay = await startRelay({ dataFolder: join(disk.folder, 'relay') });
  const token = await relay.inviteToken();
  const reader = await joinWire(relay.address, 'okur', token);
  const writer = await joinWire(relay.address, 'yazar', token);
  await disk.fill(RESERVE_BYTES + 2 * MIB);
  const stored: Uint8Array[] = [];
  const first = await appendUntilRefused(writer, reader, stored);
  expect(first).toBe('STORAGE_FULL');
  expect(stored.length).toBeGreaterThan(0);
  // Reading needs no room, and neither does being told no again.
  expect(await writer.connection.askForError({ kind: 'ping' })).toBe('pong');
  expect(await readAll(relay.address, reader, stored.length)).toEqual(stored);
  expect(describeFrame(await append(writer, reader, randomBytes(ENVELOPE_BYTES)))).toBe('STORAGE_FULL');
  // Somebody else takes the rest.
  await disk.fill(0);
  expect(describeFrame(await append(writer, reader, randomBytes(100)))).toBe('STORAGE_FULL');
  expect(await readAll(relay.address, reader, stored.length)).toEqual(stored);
  disk.empty();
  const late = randomBytes(ENVELOPE_BYTES);
  expect(describeFrame(await append(writer, reader, late))).toBe('accepted');
  stored.push(late);
  await relay.kill();
  await relay.start();
  expect(await readAll(relay.address, reader, stored.length)).toEqual(stored);
});

async function appendUntilRefused(
  writer: WireSession,
  reader: WireSession,
  stored: Uint8Array[],
): Promise<string> {
  for (;;) {
    const envelope = randomBytes(ENVELOPE_BYTES);
    const answer = await append(writer, reader, envelope);
    if (answer.kind !== 'accepted') return describeFrame(answer);
    expect(answer.seq).toBe(stored.push(envelope));
  }
}

function append(writer: WireSession, reader: WireSession, envelope: Uint8Array): Promise<Frame> {
  return writer.connection.ask({ kind: 'append', log: fromId(reader.inbox), envelope, epoch: 0 });
}

/** The envelopes of the reader's inbox, which must be as many as expected. */
async function readAll(
  address: Parameters<typeof logInWire>[0],
  { account, inbox }: WireSession,
  count: number,
): Promise<Uint8Array[]> {
  const { connection } = await logInWire(address, account);
  const envelopes: Uint8Array[] = [];
  const { promise: isComplete, resolve } = Promise.withResolvers<void>();
  connection.onFrame = (frame) => {
    const entries = frame.kind === 'deliver' ? frame.entries : [];
    envelopes.push(...entries.map(({ envelope }) => Buffer.from(envelope)));
    if (envelopes.length >= count) resolve();
  };
  const reading = await connection.demand({ kind: 'read', log: fromId(inbox), after: 0 }, 'reading');
  expect(reading.head).toBe(count);
  await isComplete;
  connection.destroy();
  return envelopes;
}
