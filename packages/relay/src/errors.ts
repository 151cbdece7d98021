// The one error class of this package: why a relay could not start or cannot go on. What goes wrong on one connection is
// no RelayError but a wire error (SPEC §9), sent to that client.

export type RelayErrorCode =
  | 'BAD_CONFIG'
  | 'DATA_UNWRITABLE'
  | 'DATA_IN_USE'
  | 'DATA_CORRUPT'
  | 'DATA_TOO_NEW'
  | 'DISK_FULL'
  | 'KEY_UNREADABLE'
  | 'PORT_IN_USE'
  | 'PORT_FORBIDDEN'
  | 'ADDRESS_UNAVAILABLE'
  | 'STORE_FAILED';

/** The message is a sentence for the person who runs the relay: what happened and what to do. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
  readonly code: RelayErrorCode;

  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
