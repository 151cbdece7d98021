// The slash commands that switch something: the own colour, sounds, what others see of oneself, how long messages stay.
import { formatDuration, parseDuration } from '../chat/duration.ts';
import { readSwitch } from './arguments.ts';
import { needOpen, type SlashContext } from './slash-context.ts';

export async function changeColour({ model, words }: SlashContext, argument: string): Promise<void> {
  const [, digits] = /^#?([0-9a-f]{6})$/i.exec(argument) ?? [];
  if (digits === undefined && argument !== 'auto') {
    model.tell('info', words.chat.colourBad);
    return;
  }
  const { displayName } = model.view.account;
  const colour = digits === undefined ? null : Number.parseInt(digits, 16);
  if (!(await model.attempt((client) => client.setProfile({ displayName, chosenColour: colour })))) return;
  model.refreshAccount();
  model.tell('info', colour === null ? words.chat.colourDerived : words.chat.colourSet);
}

/** Alone it toggles. */
export function switchSound({ model, words }: SlashContext, argument: string): void {
  const isOn = argument === '' ? !model.view.isSoundOn : readSwitch(argument);
  if (isOn === null) {
    model.tell('info', words.chat.switchUsage('/sound'));
    return;
  }
  model.setSound(isOn);
  model.tell('info', isOn ? words.chat.soundOn : words.chat.soundOff);
}

export async function switchVisible({ model, words }: SlashContext, argument: string): Promise<void> {
  const isVisible = readSwitch(argument);
  if (isVisible === null) {
    model.tell('info', words.chat.switchUsage('/visible'));
    return;
  }
  if (!(await model.attempt((client) => client.setVisible(isVisible)))) return;
  model.tell('info', isVisible ? words.chat.visibleOn : words.chat.visibleOff);
}

export async function switchReceipts({ model, words }: SlashContext, argument: string): Promise<void> {
  const sendReceipts = readSwitch(argument);
  if (sendReceipts === null) {
    model.tell('info', words.chat.switchUsage('/receipts'));
    return;
  }
  if (!(await model.attempt((client) => client.setPreferences({ sendReceipts })))) return;
  model.tell('info', sendReceipts ? words.chat.receiptsOn : words.chat.receiptsOff);
}

export async function switchTyping({ model, words }: SlashContext, argument: string): Promise<void> {
  const sendActivity = readSwitch(argument);
  if (sendActivity === null) {
    model.tell('info', words.chat.switchUsage('/typing'));
    return;
  }
  if (!(await model.attempt((client) => client.setPreferences({ sendActivity })))) return;
  model.tell('info', sendActivity ? words.chat.typingOn : words.chat.typingOff);
}

/** Alone it says how it is. */
export async function changeTimer(context: SlashContext, argument: string): Promise<void> {
  const { model, words } = context;
  const open = needOpen(context);
  if (open === null) return;
  const ms = argument === '' ? open.expiresAfterMs : parseDuration(argument);
  if (ms === null) {
    model.tell('info', words.chat.timerUsage);
    return;
  }
  if (argument !== '' && !(await model.attempt((client) => client.setTimer(open.id, ms)))) return;
  model.tell('info', ms === 0 ? words.chat.timerOff : words.chat.timerOn(formatDuration(ms, words)));
}
