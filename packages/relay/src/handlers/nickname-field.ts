// Nicknames as they come in frames: text until it was looked at. Used by the handlers of login and look_up.
import { type Nickname, ProtocolError, parseNickname } from '@sirdas/protocol';

/** Null for a text that is no nickname in canonical form: it belongs to nobody. */
export function readNickname(text: string): Nickname | null {
  try {
    return parseNickname(text);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
