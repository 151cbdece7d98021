// The one error class of this package. Codes are a closed union; the client turns them into its own. The text never
// holds keys, plaintext or anything a peer sent (STYLE: errors).

export type CryptoErrorCode =
  /** A key of another kind, size or encoding than SPEC.md allows, or a point on which signatures prove nothing. */
  | 'BAD_KEY'
  /** An account record that breaks a rule of SPEC §5.1. */
  | 'BAD_RECORD'
  /** The relay's signature over the login does not verify (SPEC §4.1 step 4). */
  | 'RELAY_NOT_PROVEN'
  /** More proof of work than a client is willing to do. */
  | 'WORK_TOO_HARD'
  /** A Fernet token that must not be opened, for whatever reason. */
  | 'FERNET_REFUSED'
  /** The recipient does not accept classic letters. */
  | 'NO_USABLE_KEY'
  /** An account that has ever published a stronger suite neither gets nor sends classic letters. */
  | 'DOWNGRADE_REFUSED'
  /** An envelope of a later version. */
  | 'UNSUPPORTED_ENVELOPE'
  | 'LETTER_MALFORMED'
  /** Another relay, another suite, or neither from nor to this account. */
  | 'LETTER_MISDIRECTED'
  /** The newest record of whoever signed it is needed first: look the account up and verify again. */
  | 'RECORD_NEEDED'
  /** Not signed by the sender's pinned identity key, or put together from parts of several letters. */
  | 'LETTER_FORGED'
  | 'LETTER_FROM_FUTURE'
  /** The single outcome of every failure after a letter's signature has been verified (SPEC §7.3), and of every message that
   * a group cannot open for no more telling reason. */
  | 'UNREADABLE'
  /** A key package that must not be added (SPEC §11.2). */
  | 'BAD_KEY_PACKAGE'
  /** A Welcome without a secret for a key package that this device still has. */
  | 'NOT_FOR_US'
  /** A Welcome that must not be followed (SPEC §11.7). */
  | 'BAD_WELCOME'
  /** Not one whole MLS PrivateMessage. */
  | 'BAD_MESSAGE'
  /** Of another epoch than the group is in. */
  | 'WRONG_EPOCH'
  /** Sent by this device; `generation` says where in its own ratchet. */
  | 'FROM_SELF'
  /** Its key has been used and deleted: a repetition. */
  | 'ALREADY_OPENED'
  /** Further ahead in its sender's ratchet than any honest gap. */
  | 'TOO_FAR_AHEAD'
  /** A commit that must not be applied, whoever wants it (SPEC §11.5). */
  | 'BAD_COMMIT'
  /** A device report that proves nothing. */
  | 'BAD_REPORT'
  /** A signal that must not be shown. */
  | 'BAD_SIGNAL'
  /** The single outcome of everything that can go wrong while a device is linked (SPEC §12.2): the channel is over. */
  | 'LINKING_FAILED'
  /** Stored parts of a group that do not belong together. */
  | 'BAD_STATE';

export interface CryptoErrorOptions extends ErrorOptions {
  readonly generation?: number;
}

export class CryptoError extends Error {
  override readonly name = 'CryptoError';
  readonly code: CryptoErrorCode;
  /** With FROM_SELF only; otherwise null. */
  readonly generation: number | null;

  constructor(code: CryptoErrorCode, message: string, options: CryptoErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.generation = options.generation ?? null;
  }
}
