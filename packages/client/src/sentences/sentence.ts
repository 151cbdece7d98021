// What a sentence about an error consists of. Split from describe-error.ts because the catalogues need the types.
import type { ClientErrorCode } from '../errors.ts';

export interface ErrorSentence {
  /** What happened, and why. */
  readonly what: string;
  /** What to do next. */
  readonly advice: string;
}

export type ErrorSentences = Readonly<Record<ClientErrorCode, ErrorSentence>>;
