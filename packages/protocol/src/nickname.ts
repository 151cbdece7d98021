// Nicknames: PRECIS UsernameCaseMapped (RFC 8265 §3.3), narrowed as in SPEC §5.3. Clients prepare what a person typed,
// everybody checks what comes from the wire. Whether a name looks like another one is the relay's business.
import { ProtocolError } from './errors.ts';
import type { Nickname } from './ids.ts';
import { LIMITS } from './limits.ts';

/** Fullwidth and halfwidth forms, whose compatibility mapping RFC 8265 §3.3.2 applies first. */
const WIDTH_FORMS = /[\uff01-\uffee]/g;
const ALLOWED = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}._-]+$/u;
const EDGES = /^[\p{L}\p{Nd}](?:.*[\p{L}\p{Nd}\p{Mn}\p{Mc}])?$/su;
/**
 * Characters that nobody sees (RFC 8264 §9.13), conjoining Hangul jamo (§9.9), and letters whose contextual rules (RFC 5892
 * App. A) we do not need.
 */
const REFUSED =
  /[\p{Default_Ignorable_Code_Point}\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/u;

/** What lower-casing `İ` gives elsewhere: looks like `i` and must not be another name (SPEC §5.3). */
const DOTTED_I = 'i\u0307';

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}]/u;
const LEFT_TO_RIGHT_LETTER = /[\p{L}]/u;
const NUMBER = /[\p{Nd}]/u;
const ARABIC_NUMBER = /[\u0660-\u0669]/u;
const EUROPEAN_NUMBER = /[0-9\u06f0-\u06f9]/u;

/** The canonical form of what a person typed; throws BAD_NICKNAME. */
export function prepareNickname(typed: string): Nickname {
  const widthMapped = typed.trim().replace(WIDTH_FORMS, (character) => character.normalize('NFKC'));
  const lower = widthMapped
    .normalize('NFC')
    .replaceAll('\u0130', 'i')
    .toLowerCase()
    .replaceAll(DOTTED_I, 'i');
  return parseNickname(lower.normalize('NFC'));
}

/** Accepts a nickname in canonical form only, as it must be on the wire; throws BAD_NICKNAME. */
export function parseNickname(text: string): Nickname {
  // PRO-007
  if (!isCanonical(text)) {
    throw new ProtocolError(
      'BAD_NICKNAME',
      'a nickname has 3 to 32 lower-case letters, digits, dots, hyphens or underscores',
    );
  }
  return text as Nickname;
}

function isCanonical(text: string): boolean {
  const length = [...text].length;
  return (
    length >= LIMITS.MIN_NICKNAME_LENGTH &&
    length <= LIMITS.MAX_NICKNAME_LENGTH &&
    ALLOWED.test(text) &&
    EDGES.test(text) &&
    !REFUSED.test(text) &&
    !text.includes(DOTTED_I) &&
    text === text.normalize('NFKC') &&
    text === text.toLowerCase() &&
    satisfiesBidiRule(text)
  );
}

/** RFC 5893 §2, for labels of the characters allowed above. */
function satisfiesBidiRule(text: string): boolean {
  if (!RIGHT_TO_LEFT.test(text)) return !ARABIC_NUMBER.test(text);
  const characters = [...text];
  const first = characters[0] ?? '';
  const last = characters.findLast((character) => !/\p{Mn}/u.test(character)) ?? '';
  const leftToRight = characters.some(
    (c) => LEFT_TO_RIGHT_LETTER.test(c) && !RIGHT_TO_LEFT.test(c) && !/\p{M}/u.test(c),
  );
  const mixesNumbers = ARABIC_NUMBER.test(text) && EUROPEAN_NUMBER.test(text);
  const endsWell = RIGHT_TO_LEFT.test(last) || NUMBER.test(last);
  const beginsWell = RIGHT_TO_LEFT.test(first) && !NUMBER.test(first);
  return beginsWell && endsWell && !leftToRight && !mixesNumbers;
}
