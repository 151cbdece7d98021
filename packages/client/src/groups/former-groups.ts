// Groups that another one has taken the place of (SPEC §11.9): their logs are still read, since somebody may not have followed yet, and
// when nothing of them can be at the relay any more they go, with their keys. Called by group-engine.ts after every login.
import type { LogId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { GroupChange, GroupRecord, Vault, VaultContents } from '../vault/vault.ts';
import type { GroupStore } from './group-store.ts';

/** A relay keeps an entry no longer. */
const RETENTION_MS = 30 * 86_400_000;
const SETTING_PREFIX = 'former-group ';

export interface FormerGroupsOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly store: Pick<GroupStore, 'list' | 'presentOf' | 'note' | 'use'>;
  readonly reader: { remove(log: LogId): void };
}

export class FormerGroups {
  readonly #options: FormerGroupsOptions;
  /** Since when this device knows that another one is in their place. */
  readonly #sinceMs = new Map<string, number>();

  constructor(options: FormerGroupsOptions) {
    this.#options = options;
  }

  load({ settings }: Pick<VaultContents, 'settings'>): void {
    this.#sinceMs.clear();
    for (const [name, value] of Object.entries(settings)) {
      if (name.startsWith(SETTING_PREFIX)) this.#sinceMs.set(name, Number(value));
    }
  }

  /** Everything that the relay had has been read. */
  async tidy(): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const record of store.list().filter((one) => this.#isFormer(one))) {
      const name = SETTING_PREFIX + record.log;
      const sinceMs = this.#sinceMs.get(name);
      if (sinceMs === undefined) await this.#noteFormer(name, nowMs);
      else if (nowMs - sinceMs > RETENTION_MS) await this.#forget(name, record.log);
    }
  }

  #isFormer({ log, conversation }: GroupRecord): boolean {
    return this.#options.store.presentOf(conversation)?.log !== log;
  }

  async #noteFormer(name: string, nowMs: number): Promise<void> {
    await this.#options.vault.save({ settings: { [name]: `${nowMs}` } });
    this.#sinceMs.set(name, nowMs);
  }

  async #forget(name: string, log: LogId): Promise<void> {
    const { vault, store, reader } = this.#options;
    reader.remove(log);
    await store.use(log, async () => {
      const change: GroupChange = { log, record: null, pages: [] };
      await vault.save({ groups: [change], settings: { [name]: null } });
      store.note(change, null);
    });
    this.#sinceMs.delete(name);
  }
}
