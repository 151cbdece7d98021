// The commands one types with a slash. The table is the list that /help shows; only what works is in it. Called by
// chat-screen.tsx when a line starts with "/"; what each command does is in the files beside this one.
import type { Words } from '../words/words.ts';
import {
  addMembers,
  createGroup,
  leaveGroup,
  removeMember,
  renameGroup,
  resetConversation,
  setRole,
} from './group-commands.ts';
import { deleteForAll, edit, react, reply, showInfo } from './message-commands.ts';
import {
  changeColour,
  changeTimer,
  switchReceipts,
  switchSound,
  switchTyping,
  switchVisible,
} from './setting-commands.ts';
import type { SlashCommand, SlashContext } from './slash-context.ts';
import { describeAction, invite, showMembers, showNames, talk } from './talk-commands.ts';
import { accept, devices, verify } from './trust-commands.ts';

export type SlashName = keyof Words['chat']['slash'];

const COMMANDS: Readonly<Record<SlashName, SlashCommand>> = {
  help: ({ model, panels }) => model.showPanel(panels.help()),
  names: showNames,
  msg: talk,
  group: createGroup,
  add: addMembers,
  remove: removeMember,
  leave: leaveGroup,
  rename: renameGroup,
  role: setRole,
  members: showMembers,
  reply,
  edit,
  delete: deleteForAll,
  react,
  info: showInfo,
  timer: changeTimer,
  receipts: switchReceipts,
  typing: switchTyping,
  me: describeAction,
  color: changeColour,
  sound: switchSound,
  verify,
  accept,
  devices,
  reset: resetConversation,
  invite,
  visible: switchVisible,
  clear: ({ model }) => model.clearScreen(),
  quit: ({ quit }) => quit(),
};

export const SLASH_NAMES = Object.keys(COMMANDS).filter(isSlashName);

/** Does the command of a line that starts with "/". An unknown one is told. */
export async function runSlashCommand(line: string, context: SlashContext): Promise<void> {
  const [, name = '', argument = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  if (!isSlashName(name)) {
    context.model.tell('error', context.words.chat.unknownCommand(`/${name}`));
    return;
  }
  await COMMANDS[name](context, argument.trim());
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
