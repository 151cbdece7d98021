// Keeps the own account records up to date with the relay and with the own other devices: takes over what they published,
// publishes what changed here, adds this device after a restore. Called after every login and when the profile changes.
// SPEC §5.
import {
  continueAccountChain,
  importSignatureKey,
  type SignedRecord,
  signAccountRecord,
} from '@sirdas/crypto';
import {
  type AccountRecord,
  type DeviceId,
  equalBytes,
  type Frame,
  fromId,
  LIMITS,
  MLS_SUITES,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import type { NewDevice } from './devices/linking-message.ts';
import { followChain } from './directory-chain.ts';
import { SirdasError } from './errors.ts';
import type { Profile } from './model.ts';
import { toRecordProfile } from './new-account.ts';
import type { OwnAccount } from './own-account.ts';
import { SerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import type { RestoredDevice } from './vault/vault.ts';

/** The own other devices may publish at the same moment; each time this one steps back. */
const MAX_PUBLISH_ATTEMPTS = 5;

/** The next record, made of the newest one. */
type Compose = (newest: AccountRecord) => AccountRecord;

type RecordDevice = AccountRecord['devices'][number];

export class OwnRecords {
  readonly #own: OwnAccount;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #tasks = new SerialQueue();

  /** `onChange`: the newest record that the relay is known to have is another one now. */
  constructor(own: OwnAccount, clock: Clock, onChange: () => void) {
    this.#own = own;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /**
   * Brings the own records up to date after a login. `log-in-again`: this device has just been added to the account.
   * Throws DEVICE_REVOKED, DIRECTORY_FORGED, TOO_MANY_DEVICES, UNREACHABLE and what the relay answers.
   */
  synchronise(session: Session, loggedIn: Frame<'loggedIn'>): Promise<'ready' | 'log-in-again'> {
    return this.#tasks.run(async () => {
      await this.#follow(session, loggedIn);
      const { restoredFrom } = this.#own.need();
      if (restoredFrom) {
        await this.#addThisDevice(session, restoredFrom);
        return 'log-in-again';
      }
      if (!this.#hasThisDevice())
        throw new SirdasError('DEVICE_REVOKED', 'this device is not in the own record');
      if (this.#own.need().pending) await this.#publishPending(session);
      if (!this.#own.describe()?.classicOnly) await this.#publishSuites(session);
      return 'ready';
    });
  }

  /** Takes over what the own other devices have published. Throws DIRECTORY_FORGED, UNREACHABLE. */
  refresh(session: Session): Promise<void> {
    return this.#tasks.run(() => this.#refresh(session));
  }

  /** Saved at once; published now, or with the next login when there is no session. */
  setProfile(profile: Profile, session: Session | null): Promise<void> {
    const compose: Compose = (newest) => ({ ...newest, profile: toRecordProfile(profile) });
    return this.#tasks.run(async () => {
      await this.#savePending(compose);
      if (session) await this.#publish(session, compose);
    });
  }

  /** Throws TOO_MANY_DEVICES, UNREACHABLE and what the relay answers. */
  addDevice(session: Session, device: NewDevice): Promise<void> {
    const added = this.#describe(device);
    return this.#tasks.run(() =>
      this.#publish(session, (newest) => withDevices(newest, [...newest.devices, added])),
    );
  }

  /** Throws UNKNOWN_DEVICE, UNREACHABLE and what the relay answers. */
  removeDevice(session: Session, device: DeviceId): Promise<void> {
    return this.#tasks.run(() =>
      this.#publish(session, (newest) => {
        const others = newest.devices.filter(({ id }) => toDeviceId(id) !== device);
        if (others.length < newest.devices.length) return withDevices(newest, others);
        throw new SirdasError('UNKNOWN_DEVICE', 'the newest own record has no such device');
      }),
    );
  }

  /** What this device is called in the list. Throws UNREACHABLE and what the relay answers. */
  renameThisDevice(session: Session, name: string): Promise<void> {
    const { device } = this.#own.need();
    const rename = (listed: RecordDevice) =>
      toDeviceId(listed.id) === device ? { ...listed, name } : listed;
    return this.#tasks.run(() =>
      this.#publish(session, (newest) => withDevices(newest, newest.devices.map(rename))),
    );
  }

  /** Takes over what the relay says of this account, and what other devices have published since the last login. */
  async #follow(session: Session, loggedIn: Frame<'loggedIn'>): Promise<void> {
    const { record, hash } = this.#own.needVerified();
    const isCurrent = loggedIn.recordIndex === record.index && equalBytes(loggedIn.recordHash, hash);
    // CLI-023
    if (!isCurrent && loggedIn.recordIndex <= record.index) throw forgedOwnChain();
    if (!isCurrent) await this.#refresh(session);
    const [inbox, mayInvite] = [toLogId(loggedIn.inbox), loggedIn.mayInvite];
    const before = this.#own.need();
    if (before.inbox === inbox && before.mayInvite === mayInvite) return;
    await this.#own.update((state) => ({ ...state, inbox, mayInvite }));
  }

  async #refresh(session: Session): Promise<void> {
    const verified = this.#own.needVerified();
    const { nickname } = this.#own.need();
    const { check } = await followChain(session, nickname, verified);
    // CLI-023
    if (check.outcome !== 'verified') throw forgedOwnChain();
    const { pin } = check.account;
    await this.#own.update((state) => {
      const hasArrived = state.pending !== null && equalBytes(pin.record, state.pending.record);
      return { ...state, published: pin, pending: hasArrived ? null : state.pending };
    });
    if (check.account !== verified) this.#onChange();
  }

  /** A change of profile that an earlier connection did not get to the relay. */
  async #publishPending(session: Session): Promise<void> {
    const { profile } = this.#own.needNewestRecord();
    await this.#publish(session, (newest) => (profile ? { ...newest, profile } : newest));
  }

  /** What an account of an earlier version of this program does not say yet: that its devices can do better than letters. */
  async #publishSuites(session: Session): Promise<void> {
    const { suites } = this.#own.needVerified().record;
    if (MLS_SUITES.every((suite) => suites.includes(suite))) return;
    await this.#publish(session, (newest) => ({
      ...newest,
      suites: [...new Set([...MLS_SUITES, ...newest.suites])],
    }));
  }

  async #addThisDevice(session: Session, restored: RestoredDevice): Promise<void> {
    const { device, deviceSeed } = this.#own.need();
    const { publicKey: signatureKey } = await importSignatureKey(deviceSeed);
    const added = this.#describe({ id: device, signatureKey, name: restored.newName });
    if (!this.#hasThisDevice()) {
      await this.#publish(session, (newest) => {
        const isKept = ({ id }: RecordDevice) => !restored.replaces || toDeviceId(id) !== restored.device;
        return withDevices(newest, [...newest.devices.filter(isKept), added]);
      });
    }
    await this.#own.update((state) => ({ ...state, restoredFrom: null }));
  }

  async #publish(session: Session, compose: Compose): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const record = await this.#savePending(compose);
      try {
        await session.request({ kind: 'publishRecord', record });
        return await this.#notePublished(record);
      } catch (cause) {
        const isStale = cause instanceof SirdasError && cause.code === 'RECORD_STALE';
        if (!isStale || attempt === MAX_PUBLISH_ATTEMPTS) throw cause;
        await this.#refresh(session);
      }
    }
  }

  /** Signs what comes after the newest record that the relay is known to have, and saves it before anybody sees it. */
  async #savePending(compose: Compose): Promise<SignedRecord> {
    const { record, hash } = this.#own.needVerified();
    const { identityKey } = await this.#own.keys();
    const next: AccountRecord = {
      ...compose(record),
      index: record.index + 1,
      previousHash: hash,
      timeMs: this.#clock.nowMs(),
    };
    const pending = await signAccountRecord(next, identityKey);
    await this.#own.update((state) => ({ ...state, pending }));
    return pending;
  }

  async #notePublished(record: SignedRecord): Promise<void> {
    const verified = this.#own.needVerified();
    const page = { records: [record], headIndex: verified.record.index + 1 };
    const check = await continueAccountChain(verified, page);
    if (check.outcome !== 'verified') throw new Error('an own record does not continue the own chain');
    const { pin } = check.account;
    await this.#own.update((state) => ({ ...state, published: pin, pending: null }));
    this.#onChange();
  }

  #describe({ id, signatureKey, name }: NewDevice): RecordDevice {
    return { id: fromId(id), signatureKey, name, addedMs: this.#clock.nowMs() };
  }

  #hasThisDevice(): boolean {
    const { device } = this.#own.need();
    return this.#own.needVerified().record.devices.some(({ id }) => toDeviceId(id) === device);
  }
}

function withDevices(record: AccountRecord, devices: readonly RecordDevice[]): AccountRecord {
  if (devices.length <= LIMITS.MAX_DEVICES) return { ...record, devices };
  throw new SirdasError('TOO_MANY_DEVICES', 'the account has as many devices as it may have');
}

function forgedOwnChain(): SirdasError {
  return new SirdasError('DIRECTORY_FORGED', 'the directory does not continue the own chain');
}
