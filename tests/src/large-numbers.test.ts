// A full mailbox and slow readers: ten thousand envelopes wait for somebody who was away and drain in order, the relay's memory
// does not follow what it stores, and a reader who does not read costs it a bounded amount. THREATS §3, rows 21 and 24.
import { decodeUtf8, encodeUtf8, fromId } from '@sirdas/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { joinWire, logInWire, type WireSession } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 120_000 });

const MIB = 1024 * 1024;
const ENTRIES = 10_000;
/** Less than what waits for the slow readers below: garbage that is not collected yet comes and goes. */
const MEMORY_SLACK_BYTES = 150 * MIB;

test('a mailbox takes 10,000 envelopes, refuses the next one, drains in order and takes again', async () => {
  const relay = await startRelay();
  const token = await relay.inviteToken();
  const away = await joinWire(relay.address, 'uzakta', token);
  away.connection.destroy();
  const writer = await joinWire(relay.address, 'yazar', token);
  await appendMany(writer, away, { count: ENTRIES, sizeBytes: 4096 });
  const oneMore = {
    kind: 'append',
    log: fromId(away.inbox),
    envelope: encodeUtf8('one more'),
    epoch: 0,
  } as const;
  expect(await writer.connection.askForError(oneMore)).toBe('MAILBOX_FULL');
  const returned = await logInWire(relay.address, away.account);
  await readNumbers(returned, ENTRIES);
  returned.connection.send({ request: 0, kind: 'ack', log: fromId(away.inbox), seq: ENTRIES });
  // An acknowledgement has no answer; until it is noted the mailbox stays full.
  await vi.waitFor(async () => expect(await writer.connection.askForError(oneMore)).toBe('accepted'), 10_000);
});

test('readers who do not read cost a bounded amount, and get everything when they read again', async () => {
  const relay = await startRelay();
  const token = await relay.inviteToken();
  const writer = await joinWire(relay.address, 'yazar', token);
  const readers: WireSession[] = [];
  for (let i = 0; i < 5; i++) readers.push(await joinWire(relay.address, `yavaş${i}`, token));
  const [first, ...slow] = readers;
  if (!first) throw new Error('not reached');
  // 50 MiB for each. The first one reads: from then on the relay's memory has its usual size.
  const load = { count: 4000, sizeBytes: 13_000 };
  const firstArrived = readNumbers(first, load.count);
  await appendMany(writer, first, load);
  await firstArrived;
  const memory = watchMemory(relay);
  const arrivals: Promise<void>[] = [];
  for (const reader of slow) {
    const reading = reader.connection.waitForKind('reading');
    arrivals.push(readNumbers(reader, load.count));
    await reading;
    reader.connection.pause();
  }
  for (const reader of slow) await appendMany(writer, reader, load);
  expect(memory.growthBytes()).toBeLessThan(MEMORY_SLACK_BYTES);
  for (const reader of slow) reader.connection.resume();
  await Promise.all(arrivals);
  expect(memory.growthBytes()).toBeLessThan(MEMORY_SLACK_BYTES);
});

test('RLY-102 RLY-103 who asks without end and never reads the answers costs a bounded amount', async () => {
  const relay = await startRelay();
  const token = await relay.inviteToken();
  const { connection } = await joinWire(relay.address, 'soran', token);
  const memory = watchMemory(relay);
  connection.pause();
  const ended = vi.fn();
  void connection.ended.then(ended);
  let request = 0;
  const ask = () => {
    for (let i = 0; i < 5000; i++)
      connection.send({ request: ++request, kind: 'lookUp', nickname: 'sahip', fromIndex: 0 });
  };
  // Until the relay has hung up, or has taken nothing for a second while a MiB of questions waits on this side.
  let waitingBytes = 0;
  let unchanged = 0;
  const look = () => {
    if (connection.waitingBytes < MIB) ask();
    unchanged = connection.waitingBytes === waitingBytes ? unchanged + 1 : 0;
    waitingBytes = connection.waitingBytes;
    expect(ended.mock.calls.length > 0 || unchanged > 50).toBe(true);
  };
  await vi.waitFor(look, { timeout: 60_000, interval: 20 });
  expect(memory.growthBytes()).toBeLessThan(MEMORY_SLACK_BYTES);
  await joinWire(relay.address, 'sonraki', token);
});

/** Appends envelopes numbered from 1, so many at a time as a pipeline takes. */
async function appendMany(
  writer: WireSession,
  reader: WireSession,
  { count, sizeBytes }: { count: number; sizeBytes: number },
): Promise<void> {
  const portion = 500;
  for (let start = 0; start < count; start += portion) {
    const numbers = Array.from({ length: Math.min(portion, count - start) }, (_, i) => start + i + 1);
    const log = fromId(reader.inbox);
    await Promise.all(
      numbers.map((number) =>
        writer.connection.demand(
          { kind: 'append', log, envelope: makeEnvelope(number, sizeBytes), epoch: 0 },
          'accepted',
        ),
      ),
    );
  }
}

/** Reads the own inbox from its start; resolves when 1 … `count` have come, each once and in order. */
async function readNumbers({ connection, inbox }: WireSession, count: number): Promise<void> {
  const { promise: isComplete, resolve } = Promise.withResolvers<void>();
  const numbers: number[] = [];
  connection.onFrame = (frame) => {
    const entries = frame.kind === 'deliver' ? frame.entries : [];
    for (const { envelope } of entries) numbers.push(Number(decodeUtf8(envelope.subarray(0, 8))));
    if (numbers.length >= count) resolve();
  };
  await connection.demand({ kind: 'read', log: fromId(inbox), after: 0 }, 'reading');
  await isComplete;
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i + 1));
}

function makeEnvelope(number: number, sizeBytes: number): Uint8Array {
  const envelope = new Uint8Array(sizeBytes);
  envelope.set(encodeUtf8(`${number}`.padStart(8, '0')));
  return envelope;
}

/** Notes the highest resident memory from now on. */
function watchMemory(relay: RelayProcess): { growthBytes: () => number } {
  const before = relay.memoryBytes();
  let highest = before;
  const sample = () => {
    highest = Math.max(highest, relay.memoryBytes());
  };
  const timer = setInterval(sample, 50);
  onTestFinished(() => clearInterval(timer));
  return {
    growthBytes: () => {
      sample();
      return highest - before;
    },
  };
}
