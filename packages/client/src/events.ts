// Events of one client to any number of listeners: handlers by type, and async iterators. Handlers run one after another in
// the order of the events; what a handler throws is the program's own error and surfaces as an uncaught one.
import type { SirdasEvent } from './model.ts';

export type SirdasEventType = SirdasEvent['type'];
export type EventOf<Type extends SirdasEventType> = Extract<SirdasEvent, { type: Type }>;

type Listener = (event: SirdasEvent) => void;

export class Events {
  readonly #listeners = new Set<Listener>();
  readonly #queues = new Set<EventQueue>();

  emit(event: SirdasEvent): void {
    for (const queue of this.#queues) queue.push(event);
    for (const listener of [...this.#listeners]) callSafely(listener, event);
  }

  on<Type extends SirdasEventType>(type: Type, handler: (event: EventOf<Type>) => void): () => void {
    const listener = (event: SirdasEvent) => {
      if (isOfType(event, type)) handler(event);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All events from now on; ends when the signal is aborted, the loop is left, or the client is closed. */
  iterate(signal: AbortSignal | undefined): AsyncIterableIterator<SirdasEvent> {
    const queue = new EventQueue(() => this.#queues.delete(queue));
    this.#queues.add(queue);
    if (signal?.aborted) queue.end();
    signal?.addEventListener('abort', () => queue.end(), { once: true });
    return queue;
  }

  close(): void {
    for (const queue of this.#queues) queue.end();
    this.#listeners.clear();
  }
}

/** Holds what its reader has not fetched yet: events are never dropped. */
class EventQueue implements AsyncIterableIterator<SirdasEvent> {
  readonly #onEnd: () => void;
  readonly #events: SirdasEvent[] = [];
  #wake: () => void = () => {};
  #isEnded = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(event: SirdasEvent): void {
    if (this.#isEnded) return;
    this.#events.push(event);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#onEnd();
    this.#wake();
  }

  async next(): Promise<IteratorResult<SirdasEvent>> {
    for (;;) {
      const event = this.#events.shift();
      if (event) return { done: false, value: event };
      if (this.#isEnded) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<SirdasEvent>> {
    this.#events.length = 0;
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function isOfType<Type extends SirdasEventType>(event: SirdasEvent, type: Type): event is EventOf<Type> {
  return event.type === type;
}

function callSafely(listener: Listener, event: SirdasEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
