// The words in the language that was asked for. Called by main.ts and by tests.
import type { Language } from '@sirdas/client';
import { ENGLISH } from './english.ts';
import { TURKISH } from './turkish.ts';
import type { Words } from './words.ts';

const CATALOGUES: Readonly<Record<Language, Words>> = { en: ENGLISH, tr: TURKISH };

export function wordsIn(language: Language): Words {
  return CATALOGUES[language];
}
