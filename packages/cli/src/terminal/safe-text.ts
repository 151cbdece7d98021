// The one gate between what other people wrote and the terminal. Every text of a peer (message, nickname, display name,
// device name, group name, reaction) passes here before it is printed: what comes out has no control characters, no
// bidirectional or invisible formatting, no line breaks of its own, and nothing that joins itself to the text around it
// (CLI-101 to CLI-104). Escape sequences are not removed but made visible (ESC as ␛): who was attacked should see it.

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
const TAB = '    ';
const CONTROL = /\p{Cc}/gu;
const NONCHARACTER = /\p{Noncharacter_Code_Point}/gu;
const SPACE = /\p{Zs}/gu;
/** Invisible or reordering: default ignorables, all format characters (bidi controls, ZWJ, tags, Arabic number signs). */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const INVISIBLE_BUT_JOINERS = /(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
/** Scripts whose spelling needs ZWJ and ZWNJ between letters (UAX #31 §2.3). */
const JOINED_SCRIPTS =
  /[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}]/u;
const EMOJI = /^\p{RGI_Emoji}$/v;
const STARTS_WITH_MARK = /^\p{M}/u;
const MARK_FLOOD = /(\p{M}{4})\p{M}+/gu;
/** More code points than any real grapheme has, besides emoji. */
const MAX_GRAPHEME_LENGTH = 24;

const RIGHT_TO_LEFT =
  /[\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}\p{sc=Samr}\p{sc=Mand}\p{sc=Adlm}\p{sc=Rohg}]/u;
const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** A text of several lines, each safe to print. What goes beyond `maxLines` is left out and shown as one more line, `…`. */
export function toSafeLines(text: string, maxLines = Number.POSITIVE_INFINITY): string[] {
  const lines = text.split(LINE_BREAK);
  const shown = lines.slice(0, maxLines).map(cleanLine);
  return lines.length > shown.length ? [...shown, '…'] : shown;
}

/** A text that must stay on one line: line breaks become spaces. */
export function toSafeLine(text: string): string {
  return toSafeLines(text).join(' ');
}

/** CLI-106: a name of a group or a device, one line without spaces around it; `fallback` where nothing of it can be seen. */
export function toSafeName(text: string, fallback: string): string {
  const name = toSafeLine(text).replaceAll(/ +/g, ' ').trim();
  return name === '' ? fallback : name;
}

/** CLI-107: a reaction is one character that can be seen, U+FFFD where it is something else. */
export function toSafeReaction(text: string): string {
  const safe = toSafeLine(text);
  const [first = '', ...rest] = Array.from(graphemes.segment(safe), ({ segment }) => segment);
  return first.trim() === '' || rest.length > 0 ? '\ufffd' : first;
}

/**
 * For output that the terminal itself lays out line by line: right-to-left text keeps its order to itself instead of
 * turning around what we print beside it. The input is a safe line.
 */
export function isolateDirection(safeLine: string): string {
  return RIGHT_TO_LEFT.test(safeLine) ? FIRST_STRONG_ISOLATE + safeLine + POP_ISOLATE : safeLine;
}

function cleanLine(line: string): string {
  const visible = Array.from(graphemes.segment(makeVisible(line)), ({ segment }) =>
    dropInvisible(segment),
  ).join('');
  // Segmented again: marks that something invisible kept apart belong to one grapheme now.
  const bounded = Array.from(graphemes.segment(visible), ({ segment }) => boundGrapheme(segment)).join('');
  // CLI-104: a mark without a letter does not land on what we printed before it.
  return STARTS_WITH_MARK.test(bounded) ? `\u25cc${bounded}` : bounded;
}

/** CLI-101: C0, DEL and C1 become visible characters; half surrogates and noncharacters U+FFFD. */
function makeVisible(line: string): string {
  return line
    .toWellFormed()
    .replaceAll('\t', TAB)
    .replace(CONTROL, showControl)
    .replace(NONCHARACTER, '\ufffd')
    .replace(SPACE, ' ');
}

function showControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** CLI-102: bidirectional controls and invisible characters are dropped. */
function dropInvisible(grapheme: string): string {
  if (EMOJI.test(grapheme)) return grapheme;
  return grapheme.replace(JOINED_SCRIPTS.test(grapheme) ? INVISIBLE_BUT_JOINERS : INVISIBLE, '');
}

/** CLI-103: at most four marks on one letter, and no grapheme without end. */
function boundGrapheme(grapheme: string): string {
  if (EMOJI.test(grapheme)) return grapheme;
  const bounded = grapheme.replace(MARK_FLOOD, '$1');
  return bounded.length > MAX_GRAPHEME_LENGTH ? '\ufffd' : bounded;
}
