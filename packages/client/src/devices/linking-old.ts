// Making a new device one of this account, as the old device: joins the channel of its offer, agrees on keys, lets the person
// compare digits and prove that it is their vault, publishes the record that has the new device, and hands over what it needs.
// Until both persons have confirmed nothing of the account leaves. Called by device-actions.ts. SPEC §12, THREATS 35.
import { agreeAsOldDevice, type RandomSource } from '@sirdas/crypto';
import { equalBytes, type LinkingOffer, parseLinkingOffer } from '@sirdas/protocol';
import { untilAborted } from '../abort.ts';
import type { BackupContent } from '../backup-format.ts';
import { toSirdasError } from '../convert-error.ts';
import { SirdasError } from '../errors.ts';
import type { RelayAddress } from '../model.ts';
import { splitContent } from './linking-content.ts';
import type { NewDevice } from './linking-message.ts';
import type { LinkingPipe } from './linking-pipe.ts';
import { type ConfirmDigits, SealedPipe } from './sealed-pipe.ts';

export interface Approval {
  readonly confirm: ConfirmDigits;
  /**
   * Asks once more for what protects the vault, where something does: whoever only holds the unlocked device must not be able to
   * link another one. True: it was right, or there is nothing to ask for.
   */
  readonly authorise: (signal: AbortSignal) => Promise<boolean>;
  /** Recent messages go along. */
  readonly history: boolean;
  /** How much has been handed over, from 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What linking does to the account. */
export interface AccountToShare {
  /** Publishes the record that has the device. Throws TOO_MANY_DEVICES, UNREACHABLE and what the relay answers. */
  readonly add: (device: NewDevice) => Promise<void>;
  /** Takes that back, as far as it can. */
  readonly remove: (device: NewDevice) => Promise<void>;
  /** What is handed over, as it is once the device has been added. */
  readonly collect: () => Promise<BackupContent>;
}

/** Of a device of this account's relay only. Throws BAD_OFFER, OTHER_RELAY. */
export function readOffer(text: string, relay: RelayAddress): LinkingOffer {
  let offer: LinkingOffer;
  try {
    offer = parseLinkingOffer(text.replaceAll(/\s/g, ''));
  } catch (cause) {
    throw toSirdasError(cause);
  }
  // CLI-087
  if (!equalBytes(offer.relayFingerprint, relay.fingerprint)) {
    throw new SirdasError('OTHER_RELAY', 'the offer is of a device at another relay');
  }
  return offer;
}

/** The channel has been joined. Throws LINKING_EXPIRED, LINKING_REFUSED, LINKING_ENDED, LINKING_TAMPERED, ABORTED and as `account` does. */
export async function linkOtherDevice(
  pipe: LinkingPipe,
  offer: LinkingOffer,
  approval: Approval,
  { account, random }: { readonly account: AccountToShare; readonly random: RandomSource },
): Promise<NewDevice> {
  const sealed = new SealedPipe(pipe, await agree(pipe, offer, random));
  const { answer } = await sealed.compare(approval.confirm, 'introduction');
  const authorised = untilAborted(approval.authorise(pipe.over), pipe.over);
  // CLI-090
  const isOwner = await authorised.catch(async (cause: unknown) => {
    throw await sealed.explain(cause, answer);
  });
  if (!isOwner) return sealed.refuse();
  const { device } = await answer;
  pipe.over.throwIfAborted();
  await handOver(sealed, device, { account, onProgress: approval.onProgress ?? (() => {}) });
  const { kind } = await sealed.hear('saved', 'failed');
  if (kind === 'saved') return device;
  await account.remove(device);
  throw new SirdasError('LINKING_ENDED', 'the new device could not use what it was given');
}

async function agree(pipe: LinkingPipe, offer: LinkingOffer, random: RandomSource) {
  try {
    return await agreeAsOldDevice(offer, pipe, random);
  } catch (cause) {
    throw toSirdasError(cause);
  }
}

/** A device that could not be given everything is none: it is taken out of the account again. */
async function handOver(
  sealed: SealedPipe,
  device: NewDevice,
  {
    account,
    onProgress,
  }: { readonly account: AccountToShare; readonly onProgress: (fraction: number) => void },
): Promise<void> {
  try {
    // Inside as well: the record may have arrived although nobody said so.
    await account.add(device);
    const parts = splitContent(await account.collect(), device);
    for (const part of parts) {
      await sealed.say(part);
      onProgress((part.number + 1) / part.count);
    }
  } catch (cause) {
    await account.remove(device);
    throw cause;
  }
}
