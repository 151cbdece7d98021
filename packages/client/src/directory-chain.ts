// Fetches account records from the relay's directory, page by page, and continues pinned chains with them (SPEC §5.4).
// Called by contacts.ts for other people and by own-records.ts for the own account, which decide what an alarm means.
import {
  type AccountCheck,
  continueAccountChain,
  type SignedRecord,
  type VerifiedAccount,
  verifyAccountChain,
} from '@sirdas/crypto';
import { equalBytes, type LogId, type Nickname, toLogId } from '@sirdas/protocol';
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

/**
 * What the directory says that is new about a pinned account. A pin that an earlier version of this program made knows nothing of
 * former devices: then the whole chain is verified once more, and must lead to the pinned record. Throws as `fetchChain` does,
 * and CryptoError BAD_RECORD.
 */
export async function followChain(
  session: Session,
  nickname: Nickname,
  pinned: VerifiedAccount,
): Promise<{ readonly check: AccountCheck; readonly inbox: LogId }> {
  const isWhole = pinned.pin.deviceHistory === undefined;
  const chain = await fetchChain(session, nickname, isWhole ? 0 : pinned.record.index);
  const check = isWhole ? await verifyAgain(pinned, chain) : await continuePinnedChain(pinned, chain);
  return { check, inbox: chain.inbox };
}

async function verifyAgain(pinned: VerifiedAccount, chain: FetchedChain): Promise<AccountCheck> {
  // CLI-021
  if (chain.headIndex < pinned.record.index) return { outcome: 'rolled-back' };
  const known = chain.records[pinned.record.index];
  if (!known || !equalBytes(known.record, pinned.pin.record)) return { outcome: 'forked' };
  return { outcome: 'verified', account: await verifyAccountChain(chain.records, pinned.record) };
}

/**
 * Continues a pinned chain with what was fetched from the pinned record on: that one must be the same, or an account that
 * was replaced by one with as many records would go unnoticed. Throws CryptoError BAD_RECORD.
 */
async function continuePinnedChain(
  pinned: VerifiedAccount,
  { records: [first, ...later], headIndex }: FetchedChain,
): Promise<AccountCheck> {
  // CLI-021
  if (first && !equalBytes(first.record, pinned.pin.record)) return { outcome: 'forked' };
  return continueAccountChain(pinned, { records: later, headIndex });
}

function forged(why: string): SirdasError {
  return new SirdasError('DIRECTORY_FORGED', `an answer of the directory is wrong: ${why}`);
}
