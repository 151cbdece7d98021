// Error codes as sentences for people: what happened and why, then what to do next. English and Turkish, for every code
// that the SDK can give; the type of the two catalogues makes a missing sentence a type error. Called by the terminal
// and the web app wherever an error meets a person.
import type { ClientErrorCode } from '../errors.ts';
import { ENGLISH } from './english.ts';
import type { ErrorSentence, ErrorSentences } from './sentence.ts';
import { TURKISH } from './turkish.ts';

export type Language = 'en' | 'tr';

const CATALOGUES: Readonly<Record<Language, ErrorSentences>> = { en: ENGLISH, tr: TURKISH };

export function describeError(code: ClientErrorCode, language: Language): ErrorSentence {
  return CATALOGUES[language][code];
}

/** For codes that were written down by another version of this program. */
export function isErrorCode(text: string): text is ClientErrorCode {
  return Object.hasOwn(ENGLISH, text);
}
