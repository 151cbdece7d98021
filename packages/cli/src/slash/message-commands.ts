// The slash commands about one message: the picked one, else the newest that can be meant.
import type { Message } from '@sirdas/client';
import {
  canDelete,
  canEdit,
  isText,
  pickAnswerable,
  pickDeletable,
  pickEditable,
} from '../chat/message-picks.ts';
import { needOpen, type SlashContext } from './slash-context.ts';

/** With a text it is sent at once, else what is written next answers the message. */
export async function reply(context: SlashContext, argument: string): Promise<void> {
  const message = pick(context, pickAnswerable);
  if (message === null || !isText(message)) return;
  if (argument === '') context.beginReply(message);
  else await context.model.send(argument, message);
}

export async function edit(context: SlashContext, argument: string): Promise<void> {
  const { model, words, now } = context;
  const message = pick(context, (messages) => pickEditable(messages, now()));
  if (message === null) return;
  if (!canEdit(message, now())) model.tell('info', words.chat.notYours);
  else if (argument === '') context.beginEdit(message);
  else await model.attempt((client) => client.edit(message.conversation, message.id, argument));
}

/** Asks first: there is no way back. */
export function deleteForAll(context: SlashContext): void {
  const message = pick(context, pickDeletable);
  if (message !== null) askToDelete(context, message);
}

export function askToDelete({ model, words }: Pick<SlashContext, 'model' | 'words'>, message: Message): void {
  if (!canDelete(message)) {
    model.tell('info', words.chat.notYours);
    return;
  }
  model.ask(words.chat.deleteQuestion, async () => {
    await model.attempt((client) => client.deleteForAll(message.conversation, message.id));
  });
}

export async function react(context: SlashContext, argument: string): Promise<void> {
  const { model, words } = context;
  if (argument === '') {
    model.tell('info', words.chat.reactUsage);
    return;
  }
  const message = pick(context, pickAnswerable);
  if (message !== null) await sendReaction(context, message, argument === 'off' ? '' : argument);
}

export async function sendReaction(
  { model }: Pick<SlashContext, 'model'>,
  message: Message,
  emoji: string,
): Promise<void> {
  const { conversation, sender, id } = message;
  await model.attempt((client) => client.react(conversation, { sender, id }, emoji));
}

export async function showInfo(context: SlashContext): Promise<void> {
  const message = pick(context, (messages) => messages.findLast(({ body }) => body.kind !== 'event') ?? null);
  if (message !== null) await showProvenance(context, message);
}

export async function showProvenance(
  { model, panels }: Pick<SlashContext, 'model' | 'panels'>,
  message: Message,
): Promise<void> {
  await model.attempt(async (client) => {
    model.showPanel(panels.info(message, client.provenance(message)));
  });
}

/** Null after saying why. */
function pick(
  context: SlashContext,
  pickNewest: (messages: readonly Message[]) => Message | null,
): Message | null {
  const open = needOpen(context);
  if (open === null) return null;
  const message = context.picked ?? pickNewest(open.loaded.messages);
  if (message === null) context.model.tell('info', context.words.chat.noSuchMessage);
  return message;
}
