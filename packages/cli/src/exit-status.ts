// What the exit status of every command means: the one table behind `--help`, docs/exit-codes.md (a test compares them)
// and main.ts. Scripts depend on the numbers: they never change their meaning.
import type { ClientErrorCode } from '@sirdas/client';
import type { RelayErrorCode } from '@sirdas/relay';
import type { CommandErrorCode } from './errors.ts';

export const EXIT_STATUS = {
  /** It worked. */
  done: 0,
  /** A fault of the program itself. */
  internal: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The account, the vault or a file of this computer. */
  local: 3,
  /** The relay cannot be reached, or the connection broke. */
  network: 4,
  /** The relay said no. */
  refused: 5,
  /** The message did not reach the relay, or cannot be sent to this person. */
  undelivered: 6,
  /** A key, a signature or a clock is not what it should be. */
  trust: 7,
  /** Ended by Ctrl-C or a signal before it was done. */
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof EXIT_STATUS;

export const CLIENT_ERROR_REASONS: Readonly<Record<ClientErrorCode, ExitReason>> = {
  BAD_FRAME: 'refused',
  FRAME_TOO_LARGE: 'refused',
  UNSUPPORTED_VERSION: 'refused',
  WRONG_STATE: 'refused',
  UNKNOWN_KIND: 'refused',
  HANDSHAKE_TIMEOUT: 'network',
  LOGIN_FAILED: 'refused',
  TOO_MANY_CONNECTIONS: 'network',
  RATE_LIMITED: 'refused',
  GOING_DOWN: 'network',
  INTERNAL: 'refused',
  STORAGE_FULL: 'refused',
  REPLACED: 'network',
  TIMED_OUT: 'network',
  SLOW_READER: 'network',
  INVITE_REQUIRED: 'refused',
  INVITE_INVALID: 'refused',
  INVITE_EXPIRED: 'refused',
  INVITE_USED_UP: 'refused',
  PROOF_OF_WORK_INVALID: 'refused',
  UNKNOWN_INVITE: 'refused',
  NOT_ALLOWED: 'refused',
  NICKNAME_TAKEN: 'refused',
  NICKNAME_FORBIDDEN: 'refused',
  NICKNAME_CONFUSABLE: 'refused',
  RECORD_INVALID: 'refused',
  RECORD_STALE: 'refused',
  UNKNOWN_ACCOUNT: 'undelivered',
  UNKNOWN_LOG: 'undelivered',
  ENVELOPE_TOO_LARGE: 'undelivered',
  MAILBOX_FULL: 'undelivered',
  UNREACHABLE: 'network',
  WRONG_RELAY_KEY: 'trust',
  CLOCK_SKEW: 'trust',
  PROTOCOL_VIOLATION: 'trust',
  BAD_INVITE: 'usage',
  PLAINTEXT_REFUSED: 'usage',
  BAD_NICKNAME: 'usage',
  BAD_NAME: 'usage',
  TEXT_EMPTY: 'usage',
  TEXT_TOO_LARGE: 'usage',
  NO_USABLE_KEY: 'undelivered',
  KEY_CHANGED: 'trust',
  VERIFICATION_REQUIRED: 'trust',
  DIRECTORY_FORGED: 'trust',
  LETTER_FORGED: 'trust',
  LETTER_MISDIRECTED: 'trust',
  LETTER_FROM_FUTURE: 'trust',
  DOWNGRADE_REFUSED: 'trust',
  UNREADABLE: 'trust',
  UNSUPPORTED_ENVELOPE: 'trust',
  NO_ACCOUNT: 'local',
  ACCOUNT_EXISTS: 'local',
  DEVICE_REVOKED: 'local',
  TOO_MANY_DEVICES: 'refused',
  BAD_OFFER: 'usage',
  OTHER_RELAY: 'usage',
  LINKING_BUSY: 'refused',
  LINKING_EXPIRED: 'refused',
  LINKING_REFUSED: 'trust',
  LINKING_ENDED: 'network',
  LINKING_TAMPERED: 'trust',
  UNKNOWN_DEVICE: 'usage',
  THIS_DEVICE: 'usage',
  WORK_TOO_HARD: 'refused',
  UNKNOWN_MESSAGE: 'usage',
  VAULT_LOCKED: 'local',
  WRONG_PASSPHRASE: 'local',
  VAULT_IN_USE: 'local',
  VAULT_CORRUPT: 'local',
  VAULT_TOO_NEW: 'local',
  KEYRING_UNAVAILABLE: 'local',
  VAULT_UNWRITABLE: 'local',
  DISK_FULL: 'local',
  BAD_EXPORT: 'local',
  CLOSED: 'interrupted',
  ABORTED: 'interrupted',
};

export const COMMAND_ERROR_REASONS: Readonly<Record<CommandErrorCode, ExitReason>> = {
  UNKNOWN_COMMAND: 'usage',
  BAD_OPTION: 'usage',
  BAD_VALUE: 'usage',
  MISSING_ARGUMENT: 'usage',
  TOO_MANY_ARGUMENTS: 'usage',
  NEEDS_TERMINAL: 'usage',
  NO_PASSPHRASE: 'local',
  NO_EXPORT_PASSPHRASE: 'local',
  PASSPHRASES_DIFFER: 'local',
  PASSPHRASE_EMPTY: 'local',
  FILE_UNREADABLE: 'local',
  FILE_EXISTS: 'local',
  FILE_UNWRITABLE: 'local',
  NOT_DELIVERED_IN_TIME: 'undelivered',
  BAD_ADDRESS: 'usage',
  BAD_TEXT: 'usage',
  RELAY_NOT_TRUSTED: 'trust',
};

export const RELAY_ERROR_REASONS: Readonly<Record<RelayErrorCode, ExitReason>> = {
  BAD_CONFIG: 'usage',
  DATA_UNWRITABLE: 'local',
  DATA_IN_USE: 'local',
  DATA_CORRUPT: 'local',
  DATA_TOO_NEW: 'local',
  KEY_UNREADABLE: 'local',
  PORT_IN_USE: 'network',
  PORT_FORBIDDEN: 'network',
  ADDRESS_UNAVAILABLE: 'network',
  STORE_FAILED: 'local',
  DISK_FULL: 'local',
};
