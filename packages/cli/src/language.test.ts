import { expect, test } from 'vitest';
import { detectLanguage } from './language.ts';

test.each([
  [{ LANG: 'tr_TR.UTF-8' }, 'tr'],
  [{ LANG: 'en_US.UTF-8' }, 'en'],
  [{ LANG: 'en_US.UTF-8', LC_MESSAGES: 'tr_TR' }, 'tr'],
  [{ LANG: 'tr_TR', LC_ALL: 'de_DE' }, 'en'],
  [{ LANG: 'tr_TR', LC_ALL: 'C' }, 'en'],
  [{ LANG: 'en_US', LANGUAGE: 'tr:en' }, 'tr'],
  [{ LANG: 'tr' }, 'tr'],
  [{ LANG: 'trv_TW' }, 'en'],
  [{ LANG: '', LC_ALL: '' }, 'en'],
  [{}, 'en'],
] as const)('%j', (environment, language) => {
  expect(detectLanguage(environment)).toBe(language);
});
