// What programs and people give to the SDK, checked and brought into its canonical form. Called by sirdas.ts.
import {
  isPrintable,
  isPrintableName,
  isSendableText,
  LIMITS,
  type Nickname,
  parseInviteLink,
  prepareNickname,
} from '@sirdas/protocol';
import { toSirdasError } from './convert-error.ts';
import { SirdasError } from './errors.ts';
import type { Profile } from './model.ts';
import type { NewAccount } from './new-account.ts';

const MAX_COLOUR = 0xffffff;
const DEFAULT_WEB_PORT = 6443;

export interface PersonToJoin {
  /** As a person types it; its canonical form is what counts. */
  readonly nickname: string;
  readonly displayName?: string;
  /** 0xRRGGBB; null: derived from the nickname. */
  readonly chosenColour?: number | null;
  /** What this device is called in the list of the account's devices. */
  readonly deviceName: string;
  /** Classic letters only, for ever: the original scheme, without forward secrecy. */
  readonly classicOnly?: boolean;
}

/** Throws BAD_INVITE, BAD_NICKNAME, BAD_NAME. */
export function readInvite(link: string, options: PersonToJoin): NewAccount {
  const profile = readProfile({
    displayName: options.displayName ?? '',
    chosenColour: options.chosenColour ?? null,
  });
  const nickname = readNickname(options.nickname);
  checkName(options.deviceName);
  const { deviceName, classicOnly = false } = options;
  return { ...readRelayLink(link), nickname, deviceName, classicOnly, profile };
}

/** Any invite link of a relay. Throws BAD_INVITE. */
export function readRelayLink(link: string): Pick<NewAccount, 'relay' | 'webAddress' | 'inviteToken'> {
  try {
    const invite = parseInviteLink(link);
    const { host, tcpPort: port, relayFingerprint: fingerprint, plaintext, token: inviteToken } = invite;
    const [, given] = /^(https?:\/\/[^\s/#?]+)\/i#/.exec(link.trim()) ?? [];
    const webAddress = given ?? guessWebAddress(host);
    return { relay: { host, port, fingerprint, plaintext }, webAddress, inviteToken };
  } catch (cause) {
    throw toSirdasError(cause);
  }
}

/** What stands before `/i#` in invites: where a relay's web listener usually is. */
export function guessWebAddress(host: string): string {
  return `https://${host.includes(':') ? `[${host}]` : host}:${DEFAULT_WEB_PORT}`;
}

/** The canonical form of what a person typed; throws BAD_NICKNAME. */
export function readNickname(typed: string): Nickname {
  try {
    return prepareNickname(typed);
  } catch (cause) {
    throw toSirdasError(cause);
  }
}

/** Throws BAD_NAME. */
export function readProfile(profile: Profile): Profile {
  const { displayName, chosenColour } = profile;
  const isColour =
    chosenColour === null ||
    (Number.isInteger(chosenColour) && chosenColour >= 0 && chosenColour <= MAX_COLOUR);
  if (!isColour) throw new RangeError('a colour is 0xRRGGBB');
  checkName(displayName);
  return { displayName, chosenColour };
}

/** What a group is called; may be empty. Throws BAD_NAME. */
export function readGroupName(typed: string): string {
  const name = typed.trim();
  if (isPrintable(name, LIMITS.MAX_GROUP_NAME_BYTES)) return name;
  throw new SirdasError('BAD_NAME', 'a name is too long or has unprintable characters');
}

/** Throws TEXT_EMPTY, TEXT_TOO_LARGE. */
export function readText(typed: string): string {
  const text = typed.toWellFormed();
  if (text.length === 0) throw new SirdasError('TEXT_EMPTY', 'there is nothing to send');
  if (!isSendableText(text)) throw new SirdasError('TEXT_TOO_LARGE', 'the text is too large');
  return text;
}

/** Throws BAD_NAME. */
export function checkName(name: string): void {
  if (isPrintableName(name)) return;
  throw new SirdasError('BAD_NAME', 'a name is too long or has unprintable characters');
}
