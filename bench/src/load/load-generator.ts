// The workloads, as seen by one process that holds both ends of its pairs. Driven by load-process.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from './client.ts';
import { Pair, Tally } from './pair.ts';
import { nowUs } from './payload.ts';

const CONNECTS_AT_ONCE = 10;
/** Throughput runs time only some messages, so that timing does not become the load. */
const SAMPLE_EVERY = 61;
/** Nothing arrives any more: what is missing is lost. */
const GIVE_UP_MS = 5000;

export interface Snapshot {
  readonly timeUs: number;
  readonly received: number;
  readonly cpuSeconds: number;
}

export interface Summary {
  readonly sent: number;
  readonly accepted: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly misordered: number;
  readonly deliveryUs: readonly number[];
  readonly acceptanceUs: readonly number[];
}

export interface Transfer {
  readonly count: number;
  readonly seconds: number;
}

export class LoadGenerator {
  readonly #connector: Connector;
  readonly #pairs: Pair[] = [];
  readonly #tally = new Tally();
  #isRunning = false;

  constructor(connector: Connector) {
    this.#connector = connector;
  }

  async prepare(pairs: number): Promise<void> {
    await this.#connector.prepare(2 * pairs);
    for (let pair = 0; pair < pairs; pair++) this.#pairs.push(new Pair(this.#tally));
  }

  async connectReceivers(): Promise<void> {
    await this.#forEachPair(async (pair, index) => {
      pair.setReceiver(await this.#connector.connect(2 * index + 1, null, pair.receiverEvents));
    });
  }

  async connectSenders(): Promise<void> {
    await this.#forEachPair(async (pair, index) => {
      pair.setSender(await this.#connector.connect(2 * index, 2 * index + 1, pair.senderEvents));
    });
  }

  /** Every sender keeps so many messages on their way that are not accepted yet. */
  startClosedLoop(inFlight: number): void {
    this.#isRunning = true;
    this.#tally.sampleEvery = SAMPLE_EVERY;
    for (const pair of this.#pairs) {
      pair.onAccepted = () => {
        if (this.#isRunning) fill(pair, inFlight);
      };
      fill(pair, inFlight);
    }
  }

  /** So many messages per second over all pairs, each with its own write, whether or not the relay keeps up. */
  startOpenLoop(perSecond: number): void {
    this.#isRunning = true;
    const gapUs = 1e6 / perSecond;
    let dueUs = nowUs();
    let next = 0;
    const tick = () => {
      if (!this.#isRunning) return;
      for (const now = nowUs(); dueUs <= now; dueUs += gapUs) {
        const pair = this.#pairs[next++ % this.#pairs.length];
        pair?.send(nowUs());
        pair?.flush();
      }
      setTimeout(tick, 1);
    };
    tick();
  }

  /** Senders store so many messages per pair; measured to the last acceptance. */
  async store(perPair: number, inFlight: number): Promise<Transfer> {
    this.#tally.sampleEvery = SAMPLE_EVERY;
    const startUs = nowUs();
    const total = perPair * this.#pairs.length;
    await new Promise<void>((resolve) => {
      for (const pair of this.#pairs) {
        pair.onAccepted = () => {
          fill(pair, Math.min(inFlight, pair.inFlight + perPair - pair.sentCount));
          if (this.#tally.accepted === total) resolve();
        };
        pair.onAccepted();
      }
    });
    return { count: total, seconds: (nowUs() - startUs) / 1e6 };
  }

  /** Receivers log in together; measured from the first connect to the last message. */
  async drain(): Promise<Transfer> {
    const startUs = nowUs();
    await this.connectReceivers();
    await this.#waitForRest();
    return { count: this.#tally.received, seconds: (nowUs() - startUs) / 1e6 };
  }

  /** Begins or ends the part of a run that counts. */
  snapshot(isRecording: boolean): Snapshot {
    this.#tally.isRecording = isRecording;
    const { user, system } = process.cpuUsage();
    return { timeUs: nowUs(), received: this.#tally.received, cpuSeconds: (user + system) / 1e6 };
  }

  /** Ends sending, waits for what is on its way and gives the account. */
  async finish(): Promise<Summary> {
    this.#isRunning = false;
    await this.#waitForRest();
    for (const pair of this.#pairs) pair.close();
    const { sent, accepted, received, duplicates, misordered, deliveryUs, acceptanceUs } = this.#tally;
    const lost = sent - (received - duplicates);
    return { sent, accepted, received, lost, duplicates, misordered, deliveryUs, acceptanceUs };
  }

  async #waitForRest(): Promise<void> {
    const tally = this.#tally;
    let before = -1;
    let idleMs = 0;
    while ((tally.received < tally.sent || tally.accepted < tally.sent) && idleMs < GIVE_UP_MS) {
      idleMs = tally.received === before ? idleMs + 2 : 0;
      before = tally.received;
      await sleep(2);
    }
  }

  async #forEachPair(connect: (pair: Pair, index: number) => Promise<void>): Promise<void> {
    const rest = [...this.#pairs.entries()];
    const connectSome = async () => {
      for (let next = rest.shift(); next; next = rest.shift()) await connect(next[1], next[0]);
    };
    await Promise.all(Array.from({ length: CONNECTS_AT_ONCE }, connectSome));
  }
}

function fill(pair: Pair, inFlight: number): void {
  const timeUs = nowUs();
  while (pair.inFlight < inFlight) pair.send(timeUs);
  pair.flush();
}
