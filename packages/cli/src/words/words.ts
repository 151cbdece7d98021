// Every word that the terminal says, in one catalogue per language with the same keys: english.ts is the norm, and the
// type made from it refuses a Turkish catalogue that lacks an entry or takes other values. Errors of the SDK have their
// sentences in the client package (shared with the web app).
import type { ENGLISH } from './english.ts';

type Translated<Entry> = Entry extends string
  ? string
  : Entry extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Entry]: Translated<Entry[Key]> };

export type Words = Translated<typeof ENGLISH>;
export type CommandName = keyof Words['commands'];
export type OptionName = keyof Words['options'];
