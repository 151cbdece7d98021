// The counters of contents, per conversation and sending device (SPEC §6.2), as the vault last saved them: who seals takes the
// own next one from here, the composer of messages sees holes in those of others.
import type { MessageCounter } from './vault/vault.ts';

export type CounterName = Pick<MessageCounter, 'conversation' | 'sender' | 'device'>;

export class Counters {
  readonly #counters = new Map<string, MessageCounter>();

  load(counters: readonly MessageCounter[]): void {
    this.#counters.clear();
    this.note(counters);
  }

  /** Null: nothing is known of this device here. */
  find(of: CounterName): MessageCounter | null {
    return this.#counters.get(nameCounter(of)) ?? null;
  }

  /** Of the own device: to be saved together with what is sealed, and noted then. */
  next(of: CounterName): MessageCounter & { readonly counter: number } {
    return { ...of, counter: (this.find(of)?.counter ?? 0) + 1, untold: 0 };
  }

  /** The vault has saved them. */
  note(counters: readonly MessageCounter[]): void {
    for (const counter of counters) this.#counters.set(nameCounter(counter), counter);
  }
}

export function nameCounter({ conversation, sender, device }: CounterName): string {
  return `${conversation} ${sender} ${device}`;
}
