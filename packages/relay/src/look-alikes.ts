// What a nickname looks like, so that nobody can take a name that people mistake for another's (SPEC §5.3, UTS #39,
// docs/decisions/0006-nicknames.md). Called by directory.ts. The table of confusables is Unicode's confusables.txt as packed by unhomoglyph.
import type { Nickname } from '@sirdas/protocol';
import confusablesTable from 'unhomoglyph/data.json' with { type: 'json' };

/** One character (never decomposable) to the text it looks like. */
const confusables = new Map(Object.entries(confusablesTable));

/** Scripts in everyday use (UAX #31, table 5): names in others are refused, few people could tell their letters apart. */
const EVERYDAY_SCRIPTS = [
  ...[
    'Arab',
    'Armn',
    'Beng',
    'Bopo',
    'Cyrl',
    'Deva',
    'Ethi',
    'Geor',
    'Grek',
    'Gujr',
    'Guru',
    'Hang',
    'Hani',
    'Hebr',
    'Hira',
  ],
  ...[
    'Kana',
    'Khmr',
    'Knda',
    'Laoo',
    'Latn',
    'Mlym',
    'Mymr',
    'Orya',
    'Sinh',
    'Taml',
    'Telu',
    'Thaa',
    'Thai',
    'Tibt',
  ],
];
/** Scripts that are written together (UTS #39 §5.2, "highly restrictive"). */
const WRITTEN_TOGETHER = [
  ['Latn', 'Hani', 'Hira', 'Kana'],
  ['Latn', 'Hani', 'Bopo'],
  ['Latn', 'Hani', 'Hang'],
];
const allowedScripts = [...EVERYDAY_SCRIPTS.map((script) => [script]), ...WRITTEN_TOGETHER].map(matchScripts);

/** Letters of phonetic notation and medieval manuscripts, small capitals among them: nobody's name is written with them. */
const TECHNICAL_LETTERS = /[\u1d00-\u1dbf\ua720-\ua7ff\uab30-\uab6f\u{10780}-\u{107bf}\u{1df00}-\u{1dfff}]/u;

/**
 * True for a name with letters that few could tell apart from others: scripts that do not belong together (Latin with a Cyrillic
 * `а` in between), scripts out of use, letters of phonetic notation.
 */
export function hasUnfamiliarLetters(nickname: Nickname): boolean {
  return TECHNICAL_LETTERS.test(nickname) || !allowedScripts.some((scripts) => scripts.test(nickname));
}

/**
 * Names with the same skeleton look alike (UTS #39 §4). Nicknames have no capitals, so a character that looks like a
 * capital stands for the small letter here: `0`, which looks like `O`, for `o`.
 */
export function skeletonOf(nickname: Nickname): string {
  return replaceLookAlikes(replaceLookAlikes(nickname).toLowerCase());
}

function replaceLookAlikes(text: string): string {
  let skeleton = '';
  for (const character of text.normalize('NFD')) skeleton += confusables.get(character) ?? character;
  return skeleton.normalize('NFD');
}

function matchScripts(scripts: readonly string[]): RegExp {
  const classes = ['Zyyy', 'Zinh', ...scripts].map((script) => `\\p{Script_Extensions=${script}}`);
  return new RegExp(`^[${classes.join('')}]+$`, 'u');
}
