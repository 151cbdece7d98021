// Where a message comes from, and how far that is certain: the sender's account as it is pinned here, and in it the device.
// Called by sirdas.ts. SPEC §5.4.
import { toDeviceId } from '@sirdas/protocol';
import type { Contacts } from './contacts.ts';
import type { Message, Provenance } from './model.ts';
import type { OwnAccount } from './own-account.ts';

export interface ProvenanceSources {
  readonly own: OwnAccount;
  readonly contacts: Contacts;
}

/** Throws NO_ACCOUNT. */
export function describeProvenance(
  { sender, device, envelope }: Pick<Message, 'sender' | 'device' | 'envelope'>,
  { own, contacts }: ProvenanceSources,
): Provenance {
  const isOwn = sender === own.need().nickname;
  const contact = isOwn ? null : contacts.get(sender);
  const account = isOwn ? own.needVerified() : (contact?.account ?? null);
  const listed = account?.record.devices.find(({ id }) => toDeviceId(id) === device);
  const former = account?.deviceHistory.find(({ id }) => id === device);
  return {
    ...{ sender, device, envelope },
    deviceName: listed?.name ?? null,
    signatureKey: listed?.signatureKey ?? former?.signatureKey ?? null,
    isRevoked: former !== undefined && listed === undefined,
    identityKey: account?.record.identityKey ?? null,
    verifiedMs: contact?.verifiedMs ?? null,
  };
}
