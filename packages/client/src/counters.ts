// The counters of messages, per conversation and sending device (SPEC §6.2), as the vault last saved them: the outbox takes
// the own next one from here, the inbox sees holes in those of others.
import type { MessageCounter, Vault } from './vault/vault.ts';

type CounterName = Omit<MessageCounter, 'counter'>;

export class Counters {
  readonly #vault: Vault;
  readonly #counters = new Map<string, number>();

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async load(): Promise<void> {
    this.note(await this.#vault.readCounters());
  }

  /** 0: none yet. */
  get(of: CounterName): number {
    return this.#counters.get(nameCounter(of)) ?? 0;
  }

  /** The vault has saved them. */
  note(counters: readonly MessageCounter[]): void {
    for (const counter of counters) this.#counters.set(nameCounter(counter), counter.counter);
  }
}

function nameCounter({ conversation, sender, device }: CounterName): string {
  return `${conversation} ${sender} ${device}`;
}
