// The own inbox: letters, welcomes and reports, in the order in which they came. Letters that come together are read together;
// each welcome and each report is saved by itself, with the cursor. Called by log-reader.ts. SPEC §6.1, §7.3, §11.7, §11.8.
import { decodeEnvelope, type Envelope, type LogId, type Nickname } from '@sirdas/protocol';
import type { Contacts } from './contacts.ts';
import type { Events } from './events.ts';
import type { GroupTroubles } from './groups/group-trust.ts';
import type { WelcomeOutcome } from './groups/welcomes.ts';
import { type LetterSettler, MAX_HELD_LETTERS } from './letter-settler.ts';
import type { LogEntry, LogSettler } from './log-run.ts';
import type { SerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import type { Cursor, Vault, VaultChange } from './vault/vault.ts';

type MlsWelcome = Extract<Envelope['kind'], { case: 'mlsWelcome' }>['value'];

/** Implemented by groups.ts. */
export interface WelcomeSettler {
  settleWelcome(
    welcome: MlsWelcome,
    session: Session | null,
    withIt: Pick<VaultChange, 'cursors'>,
  ): Promise<WelcomeOutcome>;
}

export interface InboxOptions {
  readonly vault: Vault;
  readonly events: Events;
  readonly contacts: Contacts;
  readonly letters: LetterSettler;
  readonly welcomes: WelcomeSettler;
  readonly troubles: Pick<GroupTroubles, 'settleReport'>;
  /** What log-reader.ts settles in. */
  readonly tasks: SerialQueue;
}

export class Inbox implements LogSettler {
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  async settle(log: LogId, entries: readonly LogEntry[], session: Session): Promise<number> {
    const [first] = entries;
    if (!first) return 0;
    const kind = readKind(first.envelope);
    const cursor = { log, seq: first.seq };
    if (kind?.case === 'mlsWelcome') {
      await this.#settleWelcome(first.envelope, kind.value, session, cursor);
      return 1;
    }
    if (kind?.case === 'deviceReport') {
      await this.#options.troubles.settleReport(kind.value, session, cursor);
      return 1;
    }
    const end = entries.findIndex(({ envelope }) => readKind(envelope) !== null);
    const letters = end < 0 ? entries : entries.slice(0, end);
    const envelopes = letters.map(({ envelope }) => envelope);
    const cursors = [{ log, seq: letters.at(-1)?.seq ?? first.seq }];
    await this.#options.letters.settle(envelopes, session, { cursors });
    return letters.length;
  }

  /** Reads again what was held back until the person accepted a key. */
  release(sender: Nickname, session: Session | null): Promise<void> {
    const { vault, letters, welcomes, tasks } = this.#options;
    return tasks.run(async () => {
      const held = (await vault.readHeldLetters(sender)).map(({ envelope }) => envelope);
      if (held.length === 0) return;
      for (const kind of held.map(readKind)) {
        if (kind?.case === 'mlsWelcome') await welcomes.settleWelcome(kind.value, session, {});
      }
      const rest = held.filter((envelope) => readKind(envelope) === null);
      await letters.settle(rest, session, { releaseLettersOf: sender });
    });
  }

  async #settleWelcome(
    envelope: Uint8Array,
    welcome: MlsWelcome,
    session: Session,
    cursor: Cursor,
  ): Promise<void> {
    const { vault, welcomes, events, contacts } = this.#options;
    const cursors = [cursor];
    const result = await welcomes.settleWelcome(welcome, session, { cursors });
    switch (result.outcome) {
      case 'joined':
      case 'kept':
        return;
      case 'not-for-us':
        await vault.save({ cursors });
        return;
      case 'refused':
        await vault.save({ cursors });
        events.emit({ type: 'refused', error: result.error, from: null });
        return;
      case 'held': {
        const { sender } = result;
        const { heldLetters } = contacts.need(sender);
        // CLI-028
        const isTooMany = heldLetters >= MAX_HELD_LETTERS;
        await vault.save({ cursors, holdLetters: isTooMany ? [] : [{ sender, envelope }] });
        if (!isTooMany) contacts.noteHeldLetters(sender, heldLetters + 1);
      }
    }
  }
}

/** Null: a letter, or something that is read as one and refused. */
function readKind(
  envelope: Uint8Array,
): Extract<Envelope['kind'], { case: 'mlsWelcome' | 'deviceReport' }> | null {
  try {
    const { kind } = decodeEnvelope(envelope);
    return kind.case === 'mlsWelcome' || kind.case === 'deviceReport' ? kind : null;
  } catch {
    return null;
  }
}
