// The one error class of this package: what is wrong with a command line or its surroundings. `detail` completes the
// sentence of the code (words/); it is what the person typed, never a peer's text or a secret.

export type CommandErrorCode =
  | 'UNKNOWN_COMMAND'
  | 'BAD_OPTION'
  | 'BAD_VALUE'
  | 'MISSING_ARGUMENT'
  | 'TOO_MANY_ARGUMENTS'
  | 'NEEDS_TERMINAL'
  | 'NO_PASSPHRASE'
  | 'NO_EXPORT_PASSPHRASE'
  | 'PASSPHRASES_DIFFER'
  | 'PASSPHRASE_EMPTY'
  | 'FILE_UNREADABLE'
  | 'FILE_EXISTS'
  | 'FILE_UNWRITABLE'
  | 'NOT_DELIVERED_IN_TIME'
  | 'BAD_ADDRESS'
  | 'BAD_TEXT'
  | 'RELAY_NOT_TRUSTED'
  | 'UNKNOWN_GROUP'
  /** Several groups have this name. */
  | 'AMBIGUOUS_GROUP'
  /** Only an owner or admin may do that. */
  | 'ROLE_TOO_LOW'
  /** A question was answered with no. */
  | 'NOT_CONFIRMED'
  | 'NEEDS_CONFIRM_CODE';

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;
  readonly detail: string;

  constructor(code: CommandErrorCode, detail = '', options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.detail = detail;
  }
}
