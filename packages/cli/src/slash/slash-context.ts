// What a slash command works with: the model, words and panels, the message that the person has picked, and what it may do to
// the line that is being written. Made by chat-screen.tsx for each command.
import type { ConversationId, Message, Nickname } from '@sirdas/client';
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

/** Does something with the group that is open; says so when it is none. Resolves to whether it worked. */
export async function withGroup(
  context: SlashContext,
  action: (client: ChatClient, group: ConversationId) => Promise<unknown>,
): Promise<boolean> {
  const { model, words } = context;
  const open = needOpen(context);
  if (open === null) return false;
  if (open.kind !== 'group') {
    model.tell('info', words.chat.onlyGroups);
    return false;
  }
  return await model.attempt(async (client) => {
    await action(client, open.id);
  });
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
