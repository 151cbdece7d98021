// Between whom there are no classic letters, and which of them stay readable: CRY-024, SPEC §7.3 step 3.
import type { Content } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import {
  continueAccountChain,
  restoreAccount,
  signAccountRecord,
  type VerifiedAccount,
} from './account-record.ts';
import { receiveClassicLetter, verifyClassicLetter } from './open-classic-letter.ts';
import { ayse, bora, composeContent, NOW_MS, type Person, withOtherSuite } from './people.testkit.ts';
import { systemRandom } from './random.ts';
import { sealClassicLetter } from './seal-classic-letter.ts';
import { outcomeOf } from './vectors.testkit.ts';

const MODERN = ['mls-x25519-1', 'classic-1'];

test('CRY-024 two accounts that both ever published another suite have none between them (THREATS 24)', async () => {
  const content = composeContent(ayse, bora, 'merhaba');
  const [stronger, strongerReader] = [withOtherSuite(ayse), withOtherSuite(bora)];
  const sealing = (sender: VerifiedAccount, recipient: VerifiedAccount) =>
    outcomeOf(() =>
      sealClassicLetter({ sender: { ...ayse, account: sender }, recipient, content, random: systemRandom }),
    );
  expect(await sealing(stronger, strongerReader)).toBe('DOWNGRADE_REFUSED');
  expect(await sealing(stronger, bora.account)).toBe('ok');
  expect(await sealing(ayse.account, strongerReader)).toBe('ok');
  const letter = await seal(ayse, bora, content);
  expect(await verifying(letter, stronger, strongerReader)).toBe('DOWNGRADE_REFUSED');
  expect(await verifying(letter, stronger, bora.account)).toBe('ok');
  expect(await verifying(letter, ayse.account, strongerReader)).toBe('ok');
});

describe('CRY-024 a letter that was written', () => {
  test('before its sender could do better stays readable; one from after that does not (THREATS 24)', async () => {
    const waiting = await seal(ayse, bora, composeContent(ayse, bora, 'bekliyordu'));
    const sender = await publishNext(ayse, MODERN, NOW_MS + 1);
    const own = await publishNext(bora, MODERN, NOW_MS - 1000);
    expect(sender.firstOtherSuite).toEqual({ index: ayse.account.record.index + 1, timeMs: NOW_MS + 1 });
    expect(await verifying(waiting, sender, own)).toBe('ok');
    // Once published, it counts for ever, whatever a later record says.
    const later = await publishNext({ ...ayse, account: sender }, ['classic-1'], NOW_MS + 2);
    expect(restoreAccount(later.pin).firstOtherSuite).toEqual(sender.firstOtherSuite);
    const downgraded = await seal({ ...ayse, account: later }, bora, composeContent(ayse, bora, 'selam'));
    expect(await verifying(downgraded, later, own)).toBe('DOWNGRADE_REFUSED');
  });

  test('before its recipient could do better stays readable; one from after that does not (THREATS 24)', async () => {
    const sender = await publishNext(ayse, MODERN, NOW_MS - 2000);
    const letter = await seal({ ...ayse, account: sender }, bora, composeContent(ayse, bora, 'bekliyordu'));
    expect(await verifying(letter, sender, await publishNext(bora, MODERN, NOW_MS + 1))).toBe('ok');
    expect(await verifying(letter, sender, await publishNext(bora, MODERN, NOW_MS))).toBe(
      'DOWNGRADE_REFUSED',
    );
  });
});

function verifying(letter: Uint8Array, sender: VerifiedAccount, own: VerifiedAccount): Promise<string> {
  const received = receiveClassicLetter(letter, own.record);
  return outcomeOf(() => verifyClassicLetter(received, { sender, own }, NOW_MS));
}

/** The account after one more record, with these suites. */
async function publishNext(
  { account, identityKey }: Person,
  suites: string[],
  timeMs: number,
): Promise<VerifiedAccount> {
  const index = account.record.index + 1;
  const record = { ...account.record, index, previousHash: account.hash, suites, timeMs };
  const page = { records: [await signAccountRecord(record, identityKey)], headIndex: index };
  const check = await continueAccountChain(account, page);
  if (check.outcome !== 'verified') throw new Error('a record that does not continue its chain');
  return check.account;
}

function seal(from: Person, to: Person, content: Content) {
  return sealClassicLetter({ sender: from, recipient: to.account, content, random: systemRandom });
}
