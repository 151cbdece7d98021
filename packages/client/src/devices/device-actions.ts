// The devices of the own account as programs see them: the list, taking one out, and letting a new one in. Made by
// client-parts.ts, which hands it what linking channels say; programs reach it as `sirdas.devices`. SPEC §12.
import type { RandomSource } from '@sirdas/crypto';
import { type DeviceId, LIMITS, toDeviceId } from '@sirdas/protocol';
import { checkAborted } from '../abort.ts';
import type { HistoryChoice } from '../backup.ts';
import type { BackupContent } from '../backup-format.ts';
import type { Clock } from '../clock.ts';
import { SirdasError } from '../errors.ts';
import type { Device } from '../model.ts';
import type { OwnAccount } from '../own-account.ts';
import type { OwnRecords } from '../own-records.ts';
import { checkName } from '../read-input.ts';
import type { LinkingEvent, Session } from '../session.ts';
import type { NewDevice } from './linking-message.ts';
import { type Approval, linkOtherDevice, readOffer } from './linking-old.ts';
import { LinkingPipe } from './linking-pipe.ts';

export interface DeviceActionsOptions {
  readonly own: OwnAccount;
  readonly records: OwnRecords;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Throws UNREACHABLE. */
  readonly session: () => Session;
  /** What a new device is given. */
  readonly collect: (history: HistoryChoice) => Promise<BackupContent>;
}

export class DeviceActions {
  readonly #options: DeviceActionsOptions;
  #pipe: LinkingPipe | null = null;
  #isLinking = false;

  constructor(options: DeviceActionsOptions) {
    this.#options = options;
  }

  /** As the newest known own record has them. Throws NO_ACCOUNT. */
  list(): readonly Device[] {
    const { own } = this.#options;
    const { device: ownId } = own.need();
    return own.needVerified().record.devices.map(({ id, name, signatureKey, addedMs }) => {
      const device = toDeviceId(id);
      return { id: device, name, signatureKey, addedMs, isThis: device === ownId };
    });
  }

  /**
   * Resolves when the relay has the record without it: from then on it gets nothing more from the relay, and the groups shut it out
   * as soon as a member is there. Throws THIS_DEVICE, UNKNOWN_DEVICE, NO_ACCOUNT, UNREACHABLE and what the relay answers.
   */
  async revoke(id: DeviceId): Promise<void> {
    const { own, records, session } = this.#options;
    // CLI-092
    if (id === own.need().device) throw new SirdasError('THIS_DEVICE', 'a device does not remove itself');
    await records.removeDevice(session(), id);
  }

  /** What this device is called in the list. Throws BAD_NAME, NO_ACCOUNT, UNREACHABLE and what the relay answers. */
  async rename(name: string): Promise<void> {
    checkName(name);
    const { records, session } = this.#options;
    await records.renameThisDevice(session(), name);
  }

  /**
   * Lets in the device that shows this offer (`Sirdas.linkDevice` on its side). Resolves when it has everything. Nothing happens
   * unless `confirm` and `authorise` say so, and the person confirms on the other device as well. Throws BAD_OFFER, OTHER_RELAY,
   * LINKING_BUSY, LINKING_EXPIRED, LINKING_REFUSED, LINKING_ENDED, LINKING_TAMPERED, TOO_MANY_DEVICES, NO_ACCOUNT, UNREACHABLE.
   */
  async approve(offerText: string, approval: Approval): Promise<Device> {
    checkAborted(approval.signal);
    const { own } = this.#options;
    const offer = readOffer(offerText, own.need().relay);
    if (this.list().length >= LIMITS.MAX_DEVICES) {
      throw new SirdasError('TOO_MANY_DEVICES', 'the account has as many devices as it may have');
    }
    // CLI-093
    if (this.#isLinking) throw new SirdasError('LINKING_BUSY', 'one device after the other');
    this.#isLinking = true;
    try {
      const { id } = await this.#link(offer, approval);
      return this.#need(id);
    } finally {
      this.#pipe?.close();
      this.#pipe = null;
      this.#isLinking = false;
    }
  }

  /** What the relay says of linking channels. */
  hear(event: LinkingEvent): void {
    this.#pipe?.hear(event);
  }

  async #link(offer: ReturnType<typeof readOffer>, approval: Approval): Promise<NewDevice> {
    const { records, clock, random, session: needSession, collect } = this.#options;
    const session = needSession();
    const { channel } = offer;
    const ttlMs = LIMITS.LINKING_TTL_MS;
    const pipe = new LinkingPipe({ session, channel, ttlMs, clock, signal: approval.signal });
    this.#pipe = pipe;
    await join(session, channel, pipe);
    const account = {
      add: (device: NewDevice) => records.addDevice(session, device),
      remove: ({ id }: NewDevice) => removeAgain(records, needSession, id),
      collect: () => collect(approval.history ? 'recent' : 'none'),
    };
    return linkOtherDevice(pipe, offer, approval, { account, random });
  }

  #need(id: DeviceId): Device {
    const device = this.list().find((candidate) => candidate.id === id);
    if (device) return device;
    throw new SirdasError('UNKNOWN_DEVICE', 'another device has removed it meanwhile');
  }
}

async function join(session: Session, channel: Uint8Array, pipe: LinkingPipe): Promise<void> {
  try {
    await session.request({ kind: 'joinLinking', channel }, pipe.over);
  } catch (cause) {
    const isGone = cause instanceof SirdasError && cause.code === 'UNKNOWN_CHANNEL';
    if (isGone) throw new SirdasError('LINKING_EXPIRED', 'there is no such linking channel', { cause });
    throw cause;
  }
}

/** Where the connection is lost it stays in the list, and the person can see it there. */
async function removeAgain(records: OwnRecords, session: () => Session, device: DeviceId): Promise<void> {
  try {
    await records.removeDevice(session(), device);
  } catch (cause) {
    if (!(cause instanceof SirdasError)) throw cause;
  }
}
