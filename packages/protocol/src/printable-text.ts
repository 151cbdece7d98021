// Which texts may be shown in one line as they are: names of devices, people and groups, and reactions (SPEC §5.1). Used by
// the checks of account-record.ts, group-state.ts and content.ts.
import { encodeUtf8 } from './bytes.ts';

/**
 * Characters that would change more than their own place. Whether a code point is assigned is not asked: with the next version
 * of Unicode the answer changes, and a record must stay valid for everyone.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/u;

/** True for at most `maxBytes` of UTF-8 without control characters; the empty text is printable. */
export function isPrintable(text: string, maxBytes: number): boolean {
  return encodeUtf8(text).length <= maxBytes && !UNPRINTABLE.test(text);
}
