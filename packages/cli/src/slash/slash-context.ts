// What a slash command works with: the model, words and panels, the message that the person has picked, and what it may do to
// the line that is being written. Made by chat-screen.tsx for each command.
import { type ConversationId, type Message, type Nickname, SirdasError } from '@sirdas/client';
import type { ChatClient } from '../chat/chat-client.ts';
import type { ChatModel } from '../chat/chat-model.ts';
import type { OpenConversation } from '../chat/chat-view.ts';
import type { PanelWriter } from '../chat/panel-writer.ts';
import type { Words } from '../words/words.ts';

export interface SlashContext {
  readonly model: ChatModel;
  readonly words: Words;
  readonly panels: PanelWriter;
  readonly quit: () => void;
  /** Puts a text of our own into the clipboard, where the terminal allows it. */
  readonly copy: (text: string) => void;
  readonly now: () => number;
  /** Null: none, so that the newest one is meant. */
  readonly picked: Message | null;
  /** What is written next answers this message. */
  readonly beginReply: (message: Message) => void;
  /** The text of this message is to be changed. */
  readonly beginEdit: (message: Message) => void;
}

/** Does the command with what stands behind its name, without spaces around it. */
export type SlashCommand = (context: SlashContext, argument: string) => Promise<void> | void;

/** The conversation that is open; null after saying that one must be. */
export function needOpen({ model, words }: SlashContext): OpenConversation | null {
  if (model.view.open === null) model.tell('info', words.chat.sendNobody);
  return model.view.open;
}

/** The group that is open; null after saying that it must be one. */
export function needGroup(context: SlashContext): OpenConversation | null {
  const open = needOpen(context);
  if (open === null || open.kind === 'group') return open;
  context.model.tell('info', context.words.chat.onlyGroups);
  return null;
}

/** Does something with the group that is open. */
export async function withGroup(
  context: SlashContext,
  action: (client: ChatClient, group: ConversationId) => Promise<unknown>,
): Promise<void> {
  const group = needGroup(context);
  if (group !== null) await changeGroup(context, (client) => action(client, group.id));
}

/**
 * Takes a moment, which is told: members have to be asked for keys, and the relay has to accept it. Resolves to whether it
 * worked.
 */
export async function changeGroup(
  { model, words }: Pick<SlashContext, 'model' | 'words'>,
  action: (client: ChatClient) => Promise<unknown>,
): Promise<boolean> {
  model.tell('info', words.chat.working);
  const { notice } = model.view;
  let isAllowed = true;
  const hasWorked = await model.attempt(async (client) => {
    try {
      await action(client);
    } catch (error) {
      if (!(error instanceof SirdasError) || error.code !== 'NOT_ALLOWED') throw error;
      isAllowed = false;
      model.tell('error', words.chat.notYourRole);
    }
  });
  if (model.view.notice === notice) model.forgetNotice();
  return hasWorked && isAllowed;
}

/** Does something about one person: who was named, else the other one of a direct conversation. */
export async function withPerson(
  context: SlashContext,
  name: string,
  action: (client: ChatClient, nickname: Nickname) => Promise<void>,
): Promise<void> {
  const { model } = context;
  if (name === '') {
    const nickname = needOpen(context)?.with ?? null;
    if (nickname !== null) await model.attempt((client) => action(client, nickname));
    return;
  }
  const known = [...model.view.contacts.keys()].find((nickname) => nickname === name);
  await model.attempt(async (client) => action(client, known ?? (await client.lookUp(name)).nickname));
}
