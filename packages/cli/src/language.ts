// The language that the program speaks: --lang, else what the environment says about messages (POSIX: LC_ALL before
// LC_MESSAGES before LANG; LANGUAGE is GNU's list of wishes). Anything but Turkish is English.
import type { Language } from '@sirdas/client';

export function detectLanguage(environment: Readonly<Record<string, string | undefined>>): Language {
  const { LC_ALL, LC_MESSAGES, LANG, LANGUAGE } = environment;
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '') ?? '';
  if (locale === 'C' || locale === 'POSIX') return 'en';
  const [wish] = (LANGUAGE ?? '').split(':');
  return /^tr(?:[_.@-]|$)/i.test(wish || locale) ? 'tr' : 'en';
}

export function parseLanguage(text: string): Language | null {
  return text === 'en' || text === 'tr' ? text : null;
}
