// The commands one types with a slash: what each does, and how Tab completes them. The table is the list that /help
// shows; only what works is in it. Called by chat-screen.tsx when a line starts with "/".
import type { Nickname } from '@sirdas/client';
import type { Words } from '../words/words.ts';
import type { ChatClient } from './chat-client.ts';
import type { ChatModel } from './chat-model.ts';
import type { PanelWriter } from './panel-writer.ts';

export type SlashName = keyof Words['chat']['slash'];

export interface SlashContext {
  readonly model: ChatModel;
  readonly words: Words;
  readonly panels: PanelWriter;
  readonly quit: () => void;
  /** Puts a text of our own into the clipboard, where the terminal allows it. */
  readonly copy: (text: string) => void;
}

type SlashCommand = (context: SlashContext, argument: string) => Promise<void> | void;

const COMMANDS: Readonly<Record<SlashName, SlashCommand>> = {
  help: ({ model, panels }) => model.showPanel(panels.help()),
  names: ({ model, panels }) => model.showPanel(panels.names(model.view)),
  msg: talk,
  me: act,
  color: changeColour,
  sound: switchSound,
  verify,
  accept,
  invite,
  visible: switchVisible,
  clear: ({ model }) => model.clearScreen(),
  quit: ({ quit }) => quit(),
};

/** Good for a week. */
const FOR_ONE_PERSON = { uses: 1, ttlMs: 7 * 86_400_000, grantsInvites: false };

export const SLASH_NAMES = Object.keys(COMMANDS) as readonly SlashName[];

/** Does the command of a line that starts with "/". An unknown one is told. */
export async function runSlashCommand(line: string, context: SlashContext): Promise<void> {
  const [, name = '', argument = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  if (!isSlashName(name)) {
    context.model.tell('error', context.words.chat.unknownCommand(`/${name}`));
    return;
  }
  await COMMANDS[name](context, argument.trim());
}

/** What the word before the cursor can become, for Tab; whole words. */
export function completeSlash(line: string, nicknames: readonly string[]): readonly string[] {
  const [, name, argument] = /^\/(\S*)(?:\s+(\S*))?$/.exec(line) ?? [];
  if (name === undefined) return [];
  if (argument === undefined)
    return SLASH_NAMES.filter((known) => known.startsWith(name)).map((known) => `/${known} `);
  const choices: Readonly<Partial<Record<string, readonly string[]>>> = {
    msg: nicknames,
    color: ['auto'],
    sound: ['on', 'off'],
    visible: ['on', 'off'],
    verify: ['confirm'],
  };
  const matching = (choices[name] ?? []).filter((choice) => choice.startsWith(argument));
  return matching.map((choice) => `/${name} ${choice}${name === 'msg' ? ' ' : ''}`);
}

/** Commands that a started line can still become, for the hint above the composer. */
export function matchSlashNames(line: string): readonly SlashName[] {
  const [, name = ''] = /^\/(\S*)/.exec(line) ?? [];
  return /\s/.test(line)
    ? SLASH_NAMES.filter((known) => known === name)
    : SLASH_NAMES.filter((known) => known.startsWith(name));
}

function isSlashName(name: string): name is SlashName {
  return Object.hasOwn(COMMANDS, name);
}

async function talk({ model, words }: SlashContext, argument: string): Promise<void> {
  const [, name = '', text = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? [];
  if (name === '') {
    model.tell('info', words.chat.nameUsage('/msg'));
    return;
  }
  if ((await model.talkTo(name)) && text !== '') await model.send(text);
}

/** Travels as text, as everywhere since IRC; clients show it as an action. */
async function act({ model }: SlashContext, argument: string): Promise<void> {
  if (argument !== '') await model.send(`/me ${argument}`);
}

async function changeColour({ model, words }: SlashContext, argument: string): Promise<void> {
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

function switchSound({ model, words }: SlashContext, argument: string): void {
  const isOn = argument === '' ? !model.view.isSoundOn : readSwitch(argument);
  if (isOn === null) {
    model.tell('info', words.chat.switchUsage('/sound'));
    return;
  }
  model.setSound(isOn);
  model.tell('info', isOn ? words.chat.soundOn : words.chat.soundOff);
}

async function switchVisible({ model, words }: SlashContext, argument: string): Promise<void> {
  const isVisible = readSwitch(argument);
  if (isVisible === null) {
    model.tell('info', words.chat.switchUsage('/visible'));
    return;
  }
  if (!(await model.attempt((client) => client.setVisible(isVisible)))) return;
  model.tell('info', isVisible ? words.chat.visibleOn : words.chat.visibleOff);
}

async function verify(context: SlashContext, argument: string): Promise<void> {
  const { model, panels, words } = context;
  await withOpenConversation(context, async (client, nickname) => {
    if (argument === 'confirm') {
      const shown = model.view.panel?.safetyNumber;
      if (shown === undefined) {
        model.tell('info', words.chat.verifyFirst);
        return;
      }
      await client.markVerified(nickname, shown);
      model.showPanel(null);
      model.tell('info', words.chat.verified(nickname));
    } else {
      model.showPanel(panels.safetyNumber(nickname, client.safetyNumber(nickname)));
    }
  });
}

async function accept(context: SlashContext): Promise<void> {
  const { model, words } = context;
  await withOpenConversation(context, async (client, nickname) => {
    const changedKey = model.view.open?.contact?.changedKey ?? null;
    if (changedKey === null) {
      model.tell('info', words.chat.nothingToAccept(nickname));
      return;
    }
    await client.acceptKeyChange(nickname, changedKey);
    model.tell('info', words.chat.acceptedKey(nickname));
  });
}

async function invite({ model, panels, copy }: SlashContext): Promise<void> {
  await model.attempt(async (client) => {
    const { link } = await client.createInvite(FOR_ONE_PERSON);
    model.showPanel(panels.invite(link));
    copy(link);
  });
}

async function withOpenConversation(
  { model, words }: SlashContext,
  action: (client: ChatClient, nickname: Nickname) => Promise<void>,
): Promise<void> {
  const nickname = model.view.open?.with;
  if (nickname === undefined) model.tell('info', words.chat.sendNobody);
  else await model.attempt((client) => action(client, nickname));
}

function readSwitch(argument: string): boolean | null {
  if (argument === 'on') return true;
  return argument === 'off' ? false : null;
}
