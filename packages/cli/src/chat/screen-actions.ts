// Carries out what a key asked for: on the model, or back on the line that is being written. Called by chat-screen.tsx.
import type { Message } from '@sirdas/client';
import { askToDelete, sendReaction, showProvenance } from '../slash/message-commands.ts';
import { runSlashCommand } from '../slash/slash-commands.ts';
import type { SlashContext } from '../slash/slash-context.ts';
import type { Composing, ScreenAction } from './key-outcome.ts';

export interface ActionContext {
  /** Without what depends on the command. */
  readonly slash: Omit<SlashContext, 'picked'>;
  /** Puts a text that could not be sent back where it was written. */
  readonly restore: (text: string, composing: Composing | null) => void;
  /** Draws everything again, where another program has written over it. */
  readonly redraw: () => void;
}

export function carryOut(action: ScreenAction, context: ActionContext): void {
  const { slash, redraw } = context;
  const { model } = slash;
  switch (action.type) {
    case 'submit':
      model.forgetNotice();
      void submit(action, context);
      return;
    case 'open':
      void model.open(action.conversation);
      return;
    case 'answer':
      void model.answer(action.isYes);
      return;
    case 'react':
      void sendReaction(slash, action.message, action.emoji);
      return;
    case 'delete':
      askToDelete(slash, action.message);
      return;
    case 'info':
      void showProvenance(slash, action.message);
      return;
    case 'close-panel':
      model.showPanel(null);
      return;
    case 'dismiss':
      model.forgetNotice();
      return;
    case 'redraw':
      redraw();
      return;
    case 'quit':
      slash.quit();
      return;
  }
}

/** The new text of a message, a command, a message, or while no conversation is open a name. */
async function submit(
  { text, composing, picked }: Extract<ScreenAction, { type: 'submit' }>,
  { slash, restore }: ActionContext,
): Promise<void> {
  const { model } = slash;
  if (composing?.kind === 'edit') {
    if (!(await changeText(composing.message, text.trimEnd(), slash))) restore(text, composing);
  } else if (text.startsWith('/')) await runSlashCommand(text, { ...slash, picked });
  else if (model.view.open === null) await model.talkTo(text);
  else {
    model.showPanel(null);
    if (!(await model.send(text.trimEnd(), composing?.message ?? null))) restore(text, composing);
  }
}

async function changeText(
  message: Message,
  text: string,
  { model }: ActionContext['slash'],
): Promise<boolean> {
  const { body, conversation, id } = message;
  if (body.kind === 'text' && body.text === text) return true;
  return await model.attempt((client) => client.edit(conversation, id, text));
}
