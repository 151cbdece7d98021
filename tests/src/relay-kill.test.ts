// What the relay has accepted is durable: it is killed with -9 while many senders keep dozens of appends under way, and after
// every restart each accepted envelope stands at exactly the sequence number that its sender was told. THREATS §3, row 1.
// The client plays no part here; kill-nine.test.ts shows the same from person to person.
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeUtf8, fromId, type LogId } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { percentile } from './message-history.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';
import { joinWire, logInWire, type WireAccount } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const KILLS = Number(process.env['SIRDAS_KILLS'] ?? 12);
const SENDERS = 8;
const IN_FLIGHT = 16;

interface Traffic {
  readonly inbox: LogId;
  /** Text by sequence number, as senders were told. */
  readonly accepted: Map<number, string>;
  sent: number;
}

test(`of all appends accepted before ${KILLS} kills of the relay none is lost, changed or renumbered`, async () => {
  const random = new SeededRandom();
  const relay = await startRelay({
    flags: { 'max-mailbox-entries': '1000000', 'max-mailbox-bytes': '1GiB' },
  });
  const token = await relay.inviteToken();
  const reader = await joinWire(relay.address, 'okur', token);
  const accounts: WireAccount[] = [];
  for (let i = 0; i < SENDERS; i++)
    accounts.push((await joinWire(relay.address, `yazar${i}`, token)).account);
  const traffic: Traffic = { inbox: reader.inbox, accepted: new Map(), sent: 0 };
  const recoveriesMs: number[] = [];
  let checkedUpTo = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const senders = await Promise.all(accounts.map((account) => startSending(relay, account, traffic)));
    await Promise.all(senders.map(({ firstAccepted }) => firstAccepted));
    await sleep(random.below(60));
    const killedAtMs = performance.now();
    await relay.kill();
    await Promise.all(senders.map(({ connection }) => connection.ended));
    await relay.start();
    const stored = await readLog(relay, reader.account, { inbox: traffic.inbox, after: checkedUpTo });
    recoveriesMs.push(performance.now() - killedAtMs);
    checkedUpTo = expectAccepted(traffic, stored, checkedUpTo, `seed ${random.seed}, kill ${kill + 1}`);
  }
  const row = { faults: KILLS, acked: traffic.accepted.size, sent: traffic.sent, lost: 0 };
  const recovery = `recovery p50 ${Math.round(percentile(recoveriesMs, 0.5))} ms, p99 ${Math.round(percentile(recoveriesMs, 0.99))} ms`;
  console.info(`kill -9 relay (wire): ${JSON.stringify(row)}, ${recovery}, seed ${random.seed}`);
  expect(traffic.accepted.size).toBeGreaterThan(KILLS * SENDERS);
});

/** Keeps so many appends under way until the connection ends. */
async function startSending(relay: RelayProcess, account: WireAccount, traffic: Traffic) {
  const { connection } = await logInWire(relay.address, account);
  const texts = new Map<number, string>();
  const { promise: firstAccepted, resolve } = Promise.withResolvers<void>();
  const sendNext = () => {
    const request = ++traffic.sent;
    const text = `${account.nickname} ${request}`;
    texts.set(request, text);
    connection.send({
      request,
      kind: 'append',
      log: fromId(traffic.inbox),
      envelope: encodeUtf8(text),
      epoch: 0,
    });
  };
  connection.onFrame = (frame) => {
    if (frame.kind !== 'accepted') return;
    traffic.accepted.set(frame.seq, texts.get(frame.request) ?? 'a request that was never made');
    resolve();
    sendNext();
  };
  for (let i = 0; i < IN_FLIGHT; i++) sendNext();
  return { connection, firstAccepted };
}

/** Everything that is stored after a sequence number, as text by sequence number. */
async function readLog(
  relay: RelayProcess,
  account: WireAccount,
  { inbox, after }: { inbox: LogId; after: number },
): Promise<Map<number, string>> {
  const { connection } = await logInWire(relay.address, account);
  const stored = new Map<number, string>();
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  let head = Number.POSITIVE_INFINITY;
  connection.onFrame = (frame) => {
    if (frame.kind === 'reading') head = frame.head;
    const entries = frame.kind === 'deliver' ? frame.entries : [];
    for (const { seq, envelope } of entries) stored.set(seq, new TextDecoder().decode(envelope));
    if (after + stored.size >= head) resolve();
  };
  connection.send({ request: 1, kind: 'read', log: fromId(inbox), after });
  await arrived;
  connection.destroy();
  return stored;
}

/** Every accepted one is there, no number is missing; returns the newest sequence number. */
function expectAccepted(traffic: Traffic, stored: Map<number, string>, after: number, when: string): number {
  const numbers = [...stored.keys()];
  expect(numbers, when).toEqual(numbers.map((_, index) => after + 1 + index));
  const accepted = [...traffic.accepted].filter(([seq]) => seq > after);
  const wrong = accepted.filter(([seq, text]) => stored.get(seq) !== text);
  expect(wrong, when).toEqual([]);
  return after + stored.size;
}
