// Which device may stand in a tree: ghosts, confused ids, names of others, and what the directory has to be asked for.
import type { Leaf } from '@sirdas/crypto';
import { toDeviceId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestAccount } from './group-people.testkit.ts';
import { knowing, SOME_SESSION } from './known-accounts.testkit.ts';
import type { KnownAccounts } from './known-accounts.ts';
import { AccountLeafVerifiers } from './leaf-verifier.ts';

const [me, noah, again] = await Promise.all([
  TestAccount.make('mia', [['laptop'], ['laptop', 'phone']]),
  TestAccount.make('noah', [
    ['laptop', 'old'],
    ['laptop', 'old', 'phone'],
    ['laptop', 'phone'],
  ]),
  TestAccount.make('noah', [['laptop']]),
]);
const pinned = new Map([[noah, noah.now]]);

let stale: string[];

beforeEach(() => {
  stale = [];
});

const verifiersOf = (accounts: KnownAccounts) =>
  new AccountLeafVerifiers(accounts, (nickname) => stale.push(nickname));

describe('a leaf of a group (CLI-058)', () => {
  it('is a device of its account, with the key it has there; nobody is asked', async () => {
    const { accounts, lookedUp } = knowing({ own: me, pinned });
    const verifier = verifiersOf(accounts).over(null);
    expect(await verifier.verify(noah.leaf('phone', 0, 1), 'new')).toBe(true);
    expect(await verifier.verify(me.leaf('phone', 0, 1), 'new')).toBe(true);
    expect(lookedUp).toEqual([]);
  });

  const confused: readonly [string, Leaf][] = [
    ['a device that no record has (THREATS 2)', { ...again.leaf('laptop', 0), nickname: noah.nickname }],
    ['a device of somebody else under this name', { ...me.leaf('laptop', 0), nickname: noah.nickname }],
    [
      'a known id with another key',
      { ...noah.leaf('laptop', 0), signatureKey: noah.deviceKey('phone').publicKey },
    ],
    ['a known key with another id', { ...noah.leaf('laptop', 0), device: noah.device('phone') }],
    [
      'an id that is the beginning of the key (THREATS 4)',
      {
        ...noah.leaf('laptop', 0),
        device: toDeviceId(noah.deviceKey('laptop').publicKey.slice(0, 16)),
      },
    ],
    [
      'an id that is the beginning of the identity key (THREATS 4)',
      {
        ...noah.leaf('laptop', 0),
        device: toDeviceId(noah.identityKey.publicKey.slice(0, 16)),
        signatureKey: noah.identityKey.publicKey,
      },
    ],
  ];
  for (const [what, leaf] of confused) {
    it(`is refused as ${what}`, async () => {
      const { accounts } = knowing({ own: me, pinned, directory: [noah] });
      const verifier = verifiersOf(accounts).over(SOME_SESSION);
      expect(await verifier.verify(leaf, 'new')).toBe(false);
      expect(await verifier.verify(leaf, 'standing')).toBe(false);
    });
  }

  it('of a newer record than the pinned one is looked up before it is judged, the own account as well', async () => {
    const behind = new Map([
      [noah, noah.at(0)],
      [me, me.at(0)],
    ]);
    const { accounts, lookedUp } = knowing({ own: me, pinned: behind, directory: [noah] });
    const verifier = verifiersOf(accounts).over(SOME_SESSION);
    expect(await verifier.verify(noah.leaf('phone', 0, 1), 'new')).toBe(true);
    expect(await verifier.verify(me.leaf('phone', 0, 1), 'new')).toBe(true);
    expect(lookedUp).toEqual([noah.nickname, me.nickname]);
  });

  it('of a record that the directory does not have either is refused', async () => {
    const { accounts, lookedUp } = knowing({ own: me, pinned, directory: [noah] });
    const verifier = verifiersOf(accounts).over(SOME_SESSION);
    expect(await verifier.verify(noah.leaf('phone', 0, 9), 'new')).toBe(false);
    expect(lookedUp).toEqual([noah.nickname]);
  });

  it('CLI-059 of a known device that names a record which the directory keeps back is an alarm (THREATS 8)', async () => {
    const behind = knowing({ own: me, pinned: new Map([[noah, noah.at(1)]]) });
    const verifier = verifiersOf(behind.accounts).over(SOME_SESSION);
    expect(await verifier.verify(noah.leaf('phone', 0, 2), 'new')).toBe(false);
    expect(stale).toEqual([noah.nickname]);
    // A device that nobody knows proves nothing about the directory.
    expect(await verifier.verify(again.leaf('laptop', 0, 2), 'new')).toBe(false);
    expect(stale).toEqual([noah.nickname]);
  });

  it('of a stranger is looked up, and refused when there is nobody of that name', async () => {
    const { accounts } = knowing({ own: me, directory: [noah] });
    const verifier = verifiersOf(accounts).over(SOME_SESSION);
    expect(await verifier.verify(noah.leaf('laptop', 0), 'new')).toBe(true);
    const nobody = knowing({ own: me });
    expect(await verifiersOf(nobody.accounts).over(SOME_SESSION).verify(noah.leaf('laptop', 0), 'new')).toBe(
      false,
    );
  });

  it('is never refused because the relay cannot be asked now', async () => {
    const down = knowing({ own: me, isDown: true });
    const unreachable = { code: 'UNREACHABLE' };
    const verifiers = verifiersOf(down.accounts);
    await expect(verifiers.over(SOME_SESSION).verify(noah.leaf('laptop', 0), 'new')).rejects.toMatchObject(
      unreachable,
    );
    await expect(verifiers.over(null).verify(noah.leaf('laptop', 0), 'new')).rejects.toMatchObject(
      unreachable,
    );
  });

  it('that was revoked meanwhile may stand in a tree, and comes in by a record that still had it only', async () => {
    const { accounts } = knowing({ own: me, pinned, directory: [noah] });
    const verifier = verifiersOf(accounts).over(SOME_SESSION);
    expect(await verifier.verify(noah.leaf('old', 0, 0), 'standing')).toBe(true);
    expect(await verifier.verify(noah.leaf('old', 0, 1), 'new')).toBe(true);
    expect(await verifier.verify(noah.leaf('old', 0, 2), 'new')).toBe(false);
  });

  it('of a changed identity key is known as well: whether it belongs into the group is the policy’s question', async () => {
    const { accounts } = knowing({ own: me, pinned, changed: new Map([[noah, again.now]]) });
    const verifier = verifiersOf(accounts).over(null);
    expect(await verifier.verify(again.leaf('laptop', 0), 'new')).toBe(true);
    expect(await verifier.verify(noah.leaf('laptop', 0), 'new')).toBe(true);
  });
});
