// Error codes of the wire (SPEC §9) and the one error class of this package. The relay sends wire errors, the client
// turns them into its own; spec.node.test.ts compares WIRE_ERRORS with the table in SPEC.md.

interface WireErrorProperties {
  readonly code: number;
  /** The relay closes the connection after it. */
  readonly fatal: boolean;
  /** The same request may succeed later. */
  readonly retry: boolean;
}

export const WIRE_ERRORS = {
  BAD_FRAME: { code: 1, fatal: true, retry: false },
  FRAME_TOO_LARGE: { code: 2, fatal: true, retry: false },
  UNSUPPORTED_VERSION: { code: 3, fatal: true, retry: false },
  WRONG_STATE: { code: 4, fatal: true, retry: false },
  UNKNOWN_KIND: { code: 5, fatal: false, retry: false },
  HANDSHAKE_TIMEOUT: { code: 6, fatal: true, retry: true },
  LOGIN_FAILED: { code: 7, fatal: true, retry: false },
  TOO_MANY_CONNECTIONS: { code: 8, fatal: true, retry: true },
  RATE_LIMITED: { code: 9, fatal: false, retry: true },
  GOING_DOWN: { code: 10, fatal: true, retry: true },
  INTERNAL: { code: 11, fatal: false, retry: true },
  STORAGE_FULL: { code: 12, fatal: false, retry: true },
  REPLACED: { code: 13, fatal: true, retry: false },
  TIMED_OUT: { code: 14, fatal: true, retry: true },
  SLOW_READER: { code: 15, fatal: true, retry: true },
  INVITE_REQUIRED: { code: 20, fatal: false, retry: false },
  INVITE_INVALID: { code: 21, fatal: false, retry: false },
  INVITE_EXPIRED: { code: 22, fatal: false, retry: false },
  INVITE_USED_UP: { code: 23, fatal: false, retry: false },
  PROOF_OF_WORK_INVALID: { code: 24, fatal: false, retry: true },
  UNKNOWN_INVITE: { code: 25, fatal: false, retry: false },
  NOT_ALLOWED: { code: 26, fatal: false, retry: false },
  NICKNAME_TAKEN: { code: 30, fatal: false, retry: false },
  NICKNAME_FORBIDDEN: { code: 31, fatal: false, retry: false },
  NICKNAME_CONFUSABLE: { code: 32, fatal: false, retry: false },
  RECORD_INVALID: { code: 33, fatal: false, retry: false },
  RECORD_STALE: { code: 34, fatal: false, retry: false },
  UNKNOWN_ACCOUNT: { code: 35, fatal: false, retry: false },
  UNKNOWN_LOG: { code: 40, fatal: false, retry: false },
  ENVELOPE_TOO_LARGE: { code: 41, fatal: false, retry: false },
  MAILBOX_FULL: { code: 42, fatal: false, retry: true },
  STALE_EPOCH: { code: 43, fatal: false, retry: false },
  LOG_EXISTS: { code: 44, fatal: false, retry: false },
  READERS_INVALID: { code: 45, fatal: false, retry: false },
  KEY_PACKAGES_FULL: { code: 46, fatal: false, retry: false },
  UNKNOWN_CHANNEL: { code: 47, fatal: false, retry: false },
  DEVICE_TAKEN: { code: 48, fatal: false, retry: false },
} as const satisfies Record<string, WireErrorProperties>;

export type WireErrorName = keyof typeof WIRE_ERRORS;

const namesByCode = new Map<number, WireErrorName>(
  (Object.keys(WIRE_ERRORS) as WireErrorName[]).map((name) => [WIRE_ERRORS[name].code, name]),
);

/** The name of a wire error code, or null for one of a later version. */
export function nameWireError(code: number): WireErrorName | null {
  return namesByCode.get(code) ?? null;
}

export type ProtocolErrorCode =
  | 'MALFORMED'
  | 'TOO_LARGE'
  | 'UNKNOWN_KIND'
  | 'NOT_CANONICAL'
  | 'BAD_RECORD'
  | 'BAD_NICKNAME'
  | 'BAD_PADDING'
  | 'BAD_TEXT'
  | 'BAD_INVITE'
  | 'BAD_GROUP_STATE'
  | 'BAD_CONTENT'
  | 'BAD_REPORT'
  | 'BAD_LINKING_OFFER';

/** Bytes from outside that break a rule of SPEC.md. The text never holds any of those bytes. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
