// A model over the client that stands in for the SDK, and slash commands run on it, for the tests of this folder.
import type { Message } from '@sirdas/client';
import { ChatModel } from '../chat/chat-model.ts';
import { FakeClient } from '../chat/fake-client.testkit.ts';
import { AYSE, NOON } from '../chat/message.testkit.ts';
import { createPanelWriter } from '../chat/panel-writer.ts';
import { createTimeWriter } from '../chat/time-writer.ts';
import { wordsIn } from '../words/catalogue.ts';
import { runSlashCommand } from './slash-commands.ts';
import type { SlashContext } from './slash-context.ts';

/** A conversation with ayşe, who said "a"; nothing is open. */
export function startSlash() {
  const words = wordsIn('en');
  const client = new FakeClient();
  client.fill(AYSE, ['a']);
  const state = {
    hasQuit: false,
    savedSound: true,
    copied: '',
    replying: null as Message | null,
    editing: null as Message | null,
  };
  const model = ChatModel.start({
    client,
    words,
    language: 'en',
    isSoundOn: true,
    playSound: () => {},
    saveSound: (isOn) => {
      state.savedSound = isOn;
    },
    now: () => NOON,
  });
  const context: Omit<SlashContext, 'picked'> = {
    model,
    words,
    panels: createPanelWriter({
      words,
      times: createTimeWriter('en', words, () => NOON),
      surface: { depth: 'none', isDark: true },
      colourOfName: () => 0xffffff,
    }),
    copy: (text) => {
      state.copied = text;
    },
    quit: () => {
      state.hasQuit = true;
    },
    now: () => NOON,
    beginReply: (message) => {
      state.replying = message;
    },
    beginEdit: (message) => {
      state.editing = message;
    },
  };
  const run = (line: string, picked: Message | null = null) => runSlashCommand(line, { ...context, picked });
  const panelText = () =>
    (model.view.panel?.lines ?? []).map(({ label = '', text }) => `${label}${text}`).join('\n');
  return { client, model, run, state, panelText };
}
