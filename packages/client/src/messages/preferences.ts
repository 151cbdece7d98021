// What this account tells others about itself: receipts and activities, both on until the person says otherwise. Kept as settings
// of the vault; asked by receipts.ts and activities.ts each time.
import type { Preferences } from '../model.ts';
import type { Vault } from '../vault/vault.ts';

const RECEIPTS_SETTING = 'send-receipts';
const ACTIVITY_SETTING = 'send-activity';

/** They go along to other devices of the account. */
export const PREFERENCE_SETTINGS: readonly string[] = [RECEIPTS_SETTING, ACTIVITY_SETTING];

export class PreferenceStore {
  readonly #vault: Vault;
  #current: Preferences = { sendReceipts: true, sendActivity: true };

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  load(settings: Readonly<Record<string, string>>): void {
    this.#current = {
      sendReceipts: settings[RECEIPTS_SETTING] !== 'no',
      sendActivity: settings[ACTIVITY_SETTING] !== 'no',
    };
  }

  get current(): Preferences {
    return this.#current;
  }

  async set(change: Partial<Preferences>): Promise<void> {
    const after = { ...this.#current, ...change };
    await this.#vault.save({
      settings: {
        [RECEIPTS_SETTING]: after.sendReceipts ? null : 'no',
        [ACTIVITY_SETTING]: after.sendActivity ? null : 'no',
      },
    });
    this.#current = after;
  }
}
