// What goes the same way, in order, one at a time: to one recipient, to one group, or to the own other devices. Used by outbox.ts
// and by what sends for it.
import type { Clock } from './clock.ts';
import type { Session } from './session.ts';
import type { OutboxItem } from './vault/vault.ts';

const SHORTEST_WAIT_MS = 1000;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 600_000;

export class OutboxLane {
  readonly items: OutboxItem[] = [];
  isBusy = false;
  /** Waits for something else than time: a person's decision, or the repair of a group. */
  isBlocked = false;
  /** The directory was asked about the recipient over this session, when the newest item had this order. */
  lookedUp: { readonly session: Session; readonly upTo: number } | null = null;
  #refusals = 0;
  #cancelWait: (() => void) | null = null;
  /** By order: somebody waits until the item has gone. */
  readonly #watched = new Map<number, PromiseWithResolvers<void>>();

  get first(): OutboxItem | null {
    return this.items[0] ?? null;
  }

  get canWork(): boolean {
    return this.items.length > 0 && !this.isBusy && !this.isBlocked && !this.#cancelWait;
  }

  /** It was sealed. */
  replace(item: OutboxItem): void {
    const at = this.#find(item.order);
    if (at >= 0) this.items[at] = item;
  }

  has(order: number): boolean {
    return this.#find(order) >= 0;
  }

  drop(order: number): void {
    const at = this.#find(order);
    if (at >= 0) this.items.splice(at, 1);
    this.#watched.get(order)?.resolve();
    this.#watched.delete(order);
  }

  /** Resolves when the item is dropped. */
  async whenDropped(order: number): Promise<void> {
    if (!this.has(order)) return;
    const gone = this.#watched.get(order) ?? Promise.withResolvers<void>();
    this.#watched.set(order, gone);
    await gone.promise;
  }

  noteSuccess(): void {
    this.#refusals = 0;
  }

  /** `toldMs`: what the relay asked for. */
  wait(clock: Clock, toldMs: number | null, onOver: () => void): void {
    const ownMs = FIRST_WAIT_MS * 2 ** Math.min(this.#refusals++, 16);
    const delayMs = Math.min(Math.max(toldMs ?? ownMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    this.#cancelWait = clock.startTimer(delayMs, () => {
      this.#cancelWait = null;
      onOver();
    });
  }

  stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = null;
  }

  #find(order: number): number {
    return this.items.findIndex((item) => item.order === order);
  }
}
