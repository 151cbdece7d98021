// The vault is an older copy of what this device has been: its keys have been used already, so nothing is ever sealed with them
// again (SPEC §11.6). The device starts anew, with another id and another key, and asks to be let into its groups. Called by
// reports.ts.
import type { RandomSource } from '@sirdas/crypto';
import type { Clock } from '../clock.ts';
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
  readonly clock: Clock;
  readonly store: Pick<GroupStore, 'list' | 'use' | 'note'>;
  /** Reads into memory what the vault holds now. */
  readonly reload: () => Promise<void>;
}

const SETTING = 'set-back';
const WINDOW_MS = 7 * 86_400_000;
const MAX_IN_WINDOW = 3;

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
    try {
      await this.#becomeNewDevice(session);
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #becomeNewDevice(session: Session): Promise<void> {
    const { own, vault, events, random, clock, reload } = this.#options;
    const nowMs = clock.nowMs();
    const recentMs = readTimes((await vault.load()).settings[SETTING]).filter(
      (timeMs) => nowMs - timeMs < WINDOW_MS,
    );
    // CLI-066: people set vaults back seldom; a relay could claim it with every login, and each time the groups would be lost.
    if (recentMs.length >= MAX_IN_WINDOW) {
      session.close(
        new SirdasError('PROTOCOL_VIOLATION', 'the relay says too often that the vault is an older copy'),
      );
      return;
    }
    const reason = new SirdasError('VAULT_ROLLED_BACK', 'the vault is an older copy of this device');
    try {
      await this.#dropStates();
      const name = own.describe()?.deviceName ?? '';
      const settings = { [SETTING]: [...recentMs, nowMs].join(' ') };
      await vault.save({ ...forgetGroupStates(await vault.load()), settings });
      await own.update((state) => becomeNewDevice(state, { name, replaces: true, random }));
      await reload();
    } finally {
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

function readTimes(setting: string | undefined): number[] {
  return (setting ?? '').split(' ').filter(Boolean).map(Number);
}
