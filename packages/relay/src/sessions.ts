// Who is logged in on which connection: one connection for each device, the newer replaces the older (SPEC §4.1). Filled by
// handlers/handshake.ts, asked by handlers/directory.ts when a device is removed and by
// handlers/key-packages.ts whom to tell.
import type { DeviceId, FrameBody, LogId, Nickname, WireErrorName } from '@sirdas/protocol';
import type { LinkingChannel } from './linking.ts';
import type { LogIdReader } from './log-id-reader.ts';
import type { Member, Watcher } from './presence.ts';
import type { Subscription } from './subscription.ts';

/** A log that a connection reads. */
export interface ReadingState {
  readonly subscription: Subscription;
  /** The newest entry the client may acknowledge. */
  readonly ackableSeq: () => number;
}

/** What a connection is after its login. */
export interface Session {
  readonly nickname: Nickname;
  readonly device: DeviceId;
  readonly inbox: LogId;
  readonly mayInvite: boolean;
  readonly member: Member;
  readonly logIds: LogIdReader;
  readonly readings: Map<LogId, ReadingState>;
  watcher: Watcher | null;
  /** To a device that shall be linked. */
  linking: LinkingChannel | null;
  /** Resolves when the lookups so far are answered. */
  lookUps: Promise<void>;
  /** Ends the connection with this error. */
  readonly endWith: (error: WireErrorName) => void;
  /** Sends an event. */
  readonly tell: (event: FrameBody) => void;
}

export class Sessions {
  readonly #byAccount = new Map<Nickname, Map<DeviceId, Session>>();

  /** Ends an older connection of the same device. */
  add(session: Session): void {
    const sessions = this.#byAccount.get(session.nickname) ?? new Map<DeviceId, Session>();
    this.#byAccount.set(session.nickname, sessions);
    const older = sessions.get(session.device);
    sessions.set(session.device, session);
    older?.endWith('REPLACED');
  }

  remove(session: Session): void {
    const sessions = this.#byAccount.get(session.nickname);
    if (sessions?.get(session.device) !== session) return;
    sessions.delete(session.device);
    if (sessions.size === 0) this.#byAccount.delete(session.nickname);
  }

  find(nickname: Nickname, device: DeviceId): Session | null {
    return this.#byAccount.get(nickname)?.get(device) ?? null;
  }

  *all(): Generator<Session> {
    for (const sessions of this.#byAccount.values()) yield* sessions.values();
  }

  /** Ends the connections of devices that the account no longer has. */
  endDevicesExcept(nickname: Nickname, devices: ReadonlySet<DeviceId>): void {
    for (const [device, session] of [...(this.#byAccount.get(nickname) ?? [])]) {
      if (!devices.has(device)) session.endWith('LOGIN_FAILED');
    }
  }
}
