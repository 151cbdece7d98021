// Errors of the layers below as errors of the SDK: what the crypto and protocol packages throw, what the relay answers,
// what an AbortSignal carries. Called where those errors arise, so that everything above deals in SirdasError only.
import { CryptoError, type CryptoErrorCode } from '@sirdas/crypto';
import {
  nameWireError,
  ProtocolError,
  type ProtocolErrorCode,
  WIRE_ERRORS,
  type WireErrorName,
} from '@sirdas/protocol';
import { type ClientErrorCode, SirdasError } from './errors.ts';

const CODES_OF_CRYPTO: Readonly<Record<CryptoErrorCode, ClientErrorCode>> = {
  BAD_KEY: 'DIRECTORY_FORGED',
  BAD_RECORD: 'DIRECTORY_FORGED',
  RELAY_NOT_PROVEN: 'WRONG_RELAY_KEY',
  WORK_TOO_HARD: 'WORK_TOO_HARD',
  FERNET_REFUSED: 'UNREADABLE',
  NO_USABLE_KEY: 'NO_USABLE_KEY',
  DOWNGRADE_REFUSED: 'DOWNGRADE_REFUSED',
  UNSUPPORTED_ENVELOPE: 'UNSUPPORTED_ENVELOPE',
  LETTER_MALFORMED: 'UNREADABLE',
  LETTER_MISDIRECTED: 'LETTER_MISDIRECTED',
  RECORD_NEEDED: 'LETTER_FORGED',
  LETTER_FORGED: 'LETTER_FORGED',
  LETTER_FROM_FUTURE: 'LETTER_FROM_FUTURE',
  UNREADABLE: 'UNREADABLE',
  BAD_STATE: 'VAULT_CORRUPT',
  BAD_SIGNAL: 'UNREADABLE',
  BAD_REPORT: 'UNREADABLE',
  BAD_COMMIT: 'COMMIT_REFUSED',
  TOO_FAR_AHEAD: 'UNREADABLE',
  ALREADY_OPENED: 'UNREADABLE',
  FROM_SELF: 'UNREADABLE',
  WRONG_EPOCH: 'UNREADABLE',
  BAD_MESSAGE: 'UNREADABLE',
  BAD_WELCOME: 'WELCOME_REFUSED',
  NOT_FOR_US: 'WELCOME_REFUSED',
  BAD_KEY_PACKAGE: 'BAD_KEY_PACKAGE',
  LINKING_FAILED: 'LINKING_TAMPERED',
};

const CODES_OF_PROTOCOL: Readonly<Record<ProtocolErrorCode, ClientErrorCode>> = {
  MALFORMED: 'PROTOCOL_VIOLATION',
  TOO_LARGE: 'PROTOCOL_VIOLATION',
  UNKNOWN_KIND: 'PROTOCOL_VIOLATION',
  NOT_CANONICAL: 'PROTOCOL_VIOLATION',
  BAD_RECORD: 'DIRECTORY_FORGED',
  BAD_NICKNAME: 'BAD_NICKNAME',
  BAD_PADDING: 'UNREADABLE',
  BAD_TEXT: 'TEXT_TOO_LARGE',
  BAD_INVITE: 'BAD_INVITE',
  BAD_REPORT: 'UNREADABLE',
  BAD_CONTENT: 'UNREADABLE',
  BAD_GROUP_STATE: 'COMMIT_REFUSED',
  BAD_LINKING_OFFER: 'BAD_OFFER',
};

/** Throws anything that is not an error of one of our packages: that is a bug, and hiding it would not help. */
export function toSirdasError(cause: unknown): SirdasError {
  if (cause instanceof SirdasError) return cause;
  if (cause instanceof CryptoError)
    return new SirdasError(CODES_OF_CRYPTO[cause.code], cause.message, { cause });
  if (cause instanceof ProtocolError) {
    return new SirdasError(CODES_OF_PROTOCOL[cause.code], cause.message, { cause });
  }
  throw cause;
}

/** What SPEC §9 says of a code; null for codes that no relay sends. */
export function findWireProperties(
  code: ClientErrorCode,
): { readonly fatal: boolean; readonly retry: boolean } | null {
  return isWireErrorName(code) ? WIRE_ERRORS[code] : null;
}

/** What the relay answered; its own text stays out. A code of a later version counts as INTERNAL. */
export function fromWireError(error: { readonly code: number; readonly retryAfterMs: number }): SirdasError {
  const name = nameWireError(error.code) ?? 'INTERNAL';
  const retryAfterMs = error.retryAfterMs > 0 ? error.retryAfterMs : null;
  return new SirdasError(name, `the relay answered ${name}`, { retryAfterMs });
}

function isWireErrorName(code: ClientErrorCode): code is WireErrorName {
  return code in WIRE_ERRORS;
}
