// How often something of a group could not be read or followed here, and how often that was mended: counts since the client was
// opened, for the person who wonders and for tests. Filled by troubles.ts.
import type { GroupTrouble, Statistics } from '../model.ts';

export class TroubleCounts {
  readonly #undecryptable: Record<GroupTrouble, number> = {
    lost: 0,
    'out-of-step': 0,
    damaged: 0,
    fork: 0,
  };
  #refusedCommits = 0;
  #repaired = 0;

  noteUndecryptable(cause: GroupTrouble): void {
    this.#undecryptable[cause]++;
  }

  noteRefusedCommit(): void {
    this.#refusedCommits++;
  }

  noteRepaired(): void {
    this.#repaired++;
  }

  read(): Omit<Statistics, 'ignored'> {
    return {
      undecryptable: { ...this.#undecryptable },
      refusedCommits: this.#refusedCommits,
      repaired: this.#repaired,
    };
  }
}
