// The one error class of the store. Thrown when opening a store and by its methods; main.ts turns a code into a sentence
// and an exit status. Refusals that belong to one request (MAILBOX_FULL, NICKNAME_TAKEN …) are outcomes, not errors.

export type StoreErrorCode =
  /** Another process has the data folder open. */
  | 'DATA_IN_USE'
  /** The data was written by a newer version. */
  | 'SCHEMA_TOO_NEW'
  /** The data folder cannot be created, read or written. */
  | 'NOT_ACCESSIBLE'
  /** The file is not a store, or its pages contradict each other. */
  | 'CORRUPT'
  /** No room for the change; nothing was changed and the store goes on. */
  | 'STORAGE_FULL'
  /** A mistake of the caller's that only the tables noticed; nothing was changed and the store goes on. */
  | 'BAD_CALL'
  /** A write did not become durable: nothing may be acknowledged any more, the process must end. */
  | 'FAILED'
  /** close() was called before. */
  | 'CLOSED';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
