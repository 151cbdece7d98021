// The one error class of the SDK. Codes are a closed union: what the relay answered (SPEC §9) and what this side found.
// Programs switch on `code`; the sentences for people are the CLI's and the web app's.
import type { WireErrorName } from '@sirdas/protocol';

export type ClientErrorCode =
  | WireErrorName
  /** Nobody answers at the relay's address, or the connection broke. */
  | 'UNREACHABLE'
  | 'WRONG_RELAY_KEY'
  | 'CLOCK_SKEW'
  | 'PROTOCOL_VIOLATION'
  | 'BAD_INVITE'
  | 'PLAINTEXT_REFUSED'
  | 'BAD_NICKNAME'
  /** A display name or device name. */
  | 'BAD_NAME'
  | 'TEXT_EMPTY'
  | 'TEXT_TOO_LARGE'
  | 'NO_USABLE_KEY'
  | 'KEY_CHANGED'
  /** The key of a verified contact changed: safety numbers must be compared again before it is accepted. */
  | 'VERIFICATION_REQUIRED'
  | 'DIRECTORY_FORGED'
  | 'LETTER_FORGED'
  | 'LETTER_MISDIRECTED'
  | 'LETTER_FROM_FUTURE'
  | 'DOWNGRADE_REFUSED'
  | 'UNREADABLE'
  | 'UNSUPPORTED_ENVELOPE'
  | 'NO_ACCOUNT'
  | 'ACCOUNT_EXISTS'
  | 'DEVICE_REVOKED'
  | 'TOO_MANY_DEVICES'
  /** Not a linking code, or only a part of one. */
  | 'BAD_OFFER'
  /** The linking code of a device that is at another relay. */
  | 'OTHER_RELAY'
  | 'LINKING_BUSY'
  | 'LINKING_EXPIRED'
  /** A person did not confirm the code, on one of the two devices. */
  | 'LINKING_REFUSED'
  /** The other device has gone before it was done. */
  | 'LINKING_ENDED'
  /** Something between the two devices is not what the other one sent. */
  | 'LINKING_TAMPERED'
  | 'UNKNOWN_DEVICE'
  /** A device does not remove itself. */
  | 'THIS_DEVICE'
  /** A device report that the device did not sign. */
  | 'REPORT_FORGED'
  /** The vault is an older copy than what this device has sent already. */
  | 'VAULT_ROLLED_BACK'
  | 'WORK_TOO_HARD'
  | 'UNKNOWN_MESSAGE'
  | 'UNKNOWN_CONVERSATION'
  /** A message of somebody else, or none at all. */
  | 'NOT_YOURS'
  /** Messages are edited for a day. */
  | 'TOO_LATE'
  | 'BAD_REACTION'
  | 'BAD_TIMER'
  /** Left, or removed from it. */
  | 'CONVERSATION_OVER'
  /** No device of somebody has left a key with which it could be added. */
  | 'NO_KEY_PACKAGE'
  | 'BAD_KEY_PACKAGE'
  | 'GROUP_TOO_LARGE'
  /** This device has no state of the group, or none that it may use. */
  | 'GROUP_BROKEN'
  /** Others changed the group first, again and again. */
  | 'GROUP_BUSY'
  /** A change of a group that the role of whoever made it does not cover. */
  | 'CHANGE_NOT_ALLOWED'
  | 'DEVICE_NOT_LISTED'
  | 'GROUP_INCONSISTENT'
  /** A change of a group that does not verify. */
  | 'COMMIT_REFUSED'
  /** A Welcome that nobody asked for, or that must not be followed. */
  | 'WELCOME_REFUSED'
  | 'VAULT_LOCKED'
  | 'WRONG_PASSPHRASE'
  | 'VAULT_IN_USE'
  | 'VAULT_CORRUPT'
  | 'VAULT_TOO_NEW'
  | 'VAULT_UNWRITABLE'
  | 'KEYRING_UNAVAILABLE'
  | 'DISK_FULL'
  | 'BAD_EXPORT'
  | 'CLOSED'
  | 'ABORTED';

/** Everything that the SDK throws on purpose. The message never holds keys, texts or names. */
export class SirdasError extends Error {
  override readonly name = 'SirdasError';
  readonly code: ClientErrorCode;
  /** When a retry makes sense, milliseconds from now; null: unknown. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ClientErrorCode,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number | null },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }
}
