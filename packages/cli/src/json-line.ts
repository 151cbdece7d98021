// One JSON object per line, for scripts; safe to look at on a terminal too: everything that is not printable is escaped
// (CLI-105). The fields of each type are documented in docs/scripting.md.

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Without the line break. */
export function formatJsonLine(value: object): string {
  return JSON.stringify(value).replace(UNPRINTABLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index);
    return `\\u${unit.toString(16).padStart(4, '0')}`;
  }).join('');
}
