// Fetches account records from the relay's directory, page by page (SPEC §5). Verifying them is the caller's business:
// contacts.ts for other people, own-account.ts for the own chain.
import type { SignedRecord } from '@sirdas/crypto';
import { type LogId, type Nickname, toLogId } from '@sirdas/protocol';
import { SirdasError } from './errors.ts';
import type { Session } from './session.ts';

/** Far more than a person publishes; a relay must not keep a client busy for ever. */
const MAX_RECORDS = 10_000;

/** What the relay shows of an account from an index on; nothing of it is verified. */
export interface FetchedChain {
  readonly records: readonly SignedRecord[];
  readonly headIndex: number;
  readonly inbox: LogId;
}

/** Throws UNKNOWN_ACCOUNT, DIRECTORY_FORGED when the answer is none to the question, UNREACHABLE, ABORTED. */
export async function fetchChain(
  session: Session,
  nickname: Nickname,
  fromIndex: number,
  signal?: AbortSignal,
): Promise<FetchedChain> {
  const records: SignedRecord[] = [];
  for (;;) {
    const page = await session.request(
      { kind: 'lookUp', nickname, fromIndex: fromIndex + records.length },
      signal,
    );
    // CLI-020
    if (page.nickname !== nickname) throw forged('it is about another account');
    for (const { record } of page.entries) {
      if (!record) throw forged('an entry without a record');
      records.push(record);
    }
    const nextIndex = fromIndex + records.length;
    if (nextIndex > page.headIndex) return { records, headIndex: page.headIndex, inbox: toLogId(page.inbox) };
    // CLI-020
    if (page.entries.length === 0 || records.length > MAX_RECORDS) throw forged('it never ends');
  }
}

function forged(why: string): SirdasError {
  return new SirdasError('DIRECTORY_FORGED', `an answer of the directory is wrong: ${why}`);
}
