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
  /** The sender's newest record is needed first: look the sender up and verify again. */
  | 'RECORD_NEEDED'
  /** Not signed by the sender's pinned identity key, or put together from parts of several letters. */
  | 'LETTER_FORGED'
  | 'LETTER_FROM_FUTURE'
  /** The single outcome of every failure after the signature has been verified (SPEC §7.3). */
  | 'UNREADABLE';

export class CryptoError extends Error {
  override readonly name = 'CryptoError';
  readonly code: CryptoErrorCode;

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
