// One sender and one receiver: keeps the account of what was sent, accepted and received, and how long it took.
import type { ClientEvents, LoadClient } from './client.ts';
import { nowUs, readSeq, readTimeUs } from './payload.ts';

/** What the pairs of one process have counted together. */
export class Tally {
  sent = 0;
  accepted = 0;
  received = 0;
  /** Messages that came a second time. */
  duplicates = 0;
  /** Messages that came after a later one. */
  misordered = 0;
  isRecording = false;
  /** Microseconds, of every `sampleEvery`th message while recording. */
  deliveryUs: number[] = [];
  acceptanceUs: number[] = [];
  sampleEvery = 1;
}

export class Pair {
  readonly #tally: Tally;
  #sender: LoadClient | null = null;
  #receiver: LoadClient | null = null;
  #lastSeq = 0;
  /** Send times of what is not accepted yet, oldest first; only where acceptance is timed. */
  readonly #sentAtUs: number[] = [];
  /** 1 where that number was received. */
  #seen = new Uint8Array(65_536);
  #newestSeen = 0;
  inFlight = 0;
  /** Called after acceptances have come. */
  onAccepted: () => void = () => {};

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  get sentCount(): number {
    return this.#lastSeq;
  }

  setSender(sender: LoadClient): void {
    this.#sender = sender;
  }

  setReceiver(receiver: LoadClient): void {
    this.#receiver = receiver;
  }

  send(timeUs: number): void {
    this.inFlight++;
    this.#tally.sent++;
    if (this.#tally.sampleEvery === 1) this.#sentAtUs.push(timeUs);
    this.#sender?.send(++this.#lastSeq, timeUs);
  }

  flush(): void {
    this.#sender?.flush();
  }

  close(): void {
    this.#sender?.close();
    this.#receiver?.close();
  }

  readonly senderEvents: ClientEvents = {
    onMessage: () => {},
    onAccepted: (count) => {
      this.inFlight -= count;
      this.#tally.accepted += count;
      const sentAtUs = this.#sentAtUs.splice(0, count);
      if (this.#tally.isRecording) {
        const now = nowUs();
        for (const timeUs of sentAtUs) this.#tally.acceptanceUs.push(now - timeUs);
      }
      this.onAccepted();
    },
  };

  readonly receiverEvents: ClientEvents = {
    onAccepted: () => {},
    onMessage: (bytes, offset) => {
      const tally = this.#tally;
      tally.received++;
      const seq = readSeq(bytes, offset);
      this.#note(seq);
      if (tally.isRecording && seq % tally.sampleEvery === 0) {
        tally.deliveryUs.push(nowUs() - readTimeUs(bytes, offset));
      }
    },
  };

  #note(seq: number): void {
    if (seq >= this.#seen.length) {
      const grown = new Uint8Array(2 * Math.max(seq, this.#seen.length));
      grown.set(this.#seen);
      this.#seen = grown;
    }
    if (this.#seen[seq] === 1) this.#tally.duplicates++;
    else if (seq < this.#newestSeen) this.#tally.misordered++;
    else this.#newestSeen = seq;
    this.#seen[seq] = 1;
  }
}
