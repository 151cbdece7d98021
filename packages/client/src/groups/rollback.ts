// The vault is an older copy of what this device has been: its keys have been used already, so nothing is ever sealed with them
// again (SPEC §11.6). The device starts anew, with another id and another key, and asks to be let into its groups. Called by
// reports.ts.
import type { RandomSource } from '@sirdas/crypto';
import { becomeNewDevice, forgetGroupStates } from '../devices/becoming-new-device.ts';
import { SirdasError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { OwnAccount } from '../own-account.ts';
import type { Session } from '../session.ts';
import type { Vault } from '../vault/vault.ts';
import { dropState, type GroupStore } from './group-store.ts';

export interface RollbackOptions {
  readonly own: Pick<OwnAccount, 'describe' | 'update'>;
  readonly vault: Vault;
  readonly events: Events;
  readonly random: RandomSource;
  readonly store: Pick<GroupStore, 'list' | 'use' | 'note'>;
  /** Reads into memory what the vault holds now. */
  readonly reload: () => Promise<void>;
}

export class Rollback {
  readonly #options: RollbackOptions;
  #isUnderWay = false;

  constructor(options: RollbackOptions) {
    this.#options = options;
  }

  /** The next login is made as the former device and publishes the record in which this one takes its place. Ends the session. */
  async becomeNewDevice(session: Session): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    const { own, vault, events, random, reload } = this.#options;
    const reason = new SirdasError('VAULT_ROLLED_BACK', 'the vault is an older copy of this device');
    try {
      await this.#dropStates();
      const name = own.describe()?.deviceName ?? '';
      await vault.save(forgetGroupStates(await vault.load()));
      await own.update((state) => becomeNewDevice(state, { name, replaces: true, random }));
      await reload();
    } finally {
      this.#isUnderWay = false;
      session.close(reason);
    }
    events.emit({ type: 'refused', error: reason.code, from: null });
  }

  /** CLI-066: each alone with its group, so that nobody who seals at this moment goes on with what was there before. */
  async #dropStates(): Promise<void> {
    const { store, vault } = this.#options;
    for (const { log } of store.list()) {
      await store.use(log, async (inUse) => {
        if (!inUse?.group) return;
        const change = dropState(inUse.record);
        await vault.save({ groups: [change] });
        store.note(change, null);
      });
    }
  }
}
