// A vault becomes another device of the same account: after a backup was restored, and when the vault turns out to be an older
// copy of what this device has been (SPEC §11.6: nothing is ever sealed again with such a state). New id and keys, no state of any
// group; the next login is made as the former device and publishes the record that has the new one. Members let it into the
// groups again once it has said so (SPEC §11.8). Called by sirdas.ts and by groups/rollback.ts.
import { generateSignatureSeed, type RandomSource } from '@sirdas/crypto';
import { drawDeviceId } from '../new-account.ts';
import type {
  AccountState,
  ConversationState,
  GroupRecord,
  OutboxItem,
  VaultChange,
} from '../vault/vault.ts';

export interface NewDeviceOptions {
  /** What the account's list of devices will show. */
  readonly name: string;
  /** The former device leaves the list with the same record. */
  readonly replaces: boolean;
  readonly random: RandomSource;
}

export function becomeNewDevice(
  former: AccountState,
  { name: newName, replaces, random }: NewDeviceOptions,
): AccountState {
  // Of a device that never got so far as to be published nobody knows: the one before it logs in.
  const { device, deviceSeed } = former.restoredFrom ?? former;
  return {
    ...former,
    device: drawDeviceId(random),
    deviceSeed: generateSignatureSeed(random),
    restoredFrom: { device, deviceSeed, newName, replaces },
    pending: null,
    inbox: null,
  };
}

/** What a device that starts anew must not keep; the conversations and what was said in them stay. */
export function forgetGroupStates(contents: {
  readonly groups: readonly GroupRecord[];
  readonly conversations: readonly ConversationState[];
  readonly outbox: readonly OutboxItem[];
  readonly keyPackages: readonly { readonly reference: string }[];
}): Pick<VaultChange, 'groups' | 'conversations' | 'replaceInOutbox' | 'removeKeyPackages'> {
  const { groups, conversations, outbox, keyPackages } = contents;
  const isInGroup = ({ group, state }: ConversationState) => group !== null && state === 'active';
  return {
    groups: groups.map((record) => ({ log: record.log, record: withoutState(record), pages: [] })),
    conversations: conversations.filter(isInGroup).map(({ id }) => ({ id, state: 'broken' })),
    // Sealed and counted by the former device.
    replaceInOutbox: outbox.map((item) => ({ ...item, counter: null, sealed: null })),
    removeKeyPackages: keyPackages.map(({ reference }) => reference),
  };
}

function withoutState(record: GroupRecord): GroupRecord {
  return { ...record, epochPart: null, pending: null, rejoin: null, leaving: [], sealedSinceUpdate: 0 };
}
