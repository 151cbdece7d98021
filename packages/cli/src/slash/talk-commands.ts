// The slash commands about talking: to whom, who is there, and what one does.
import { splitFirst } from './arguments.ts';
import { needOpen, type SlashContext } from './slash-context.ts';

export async function talk({ model, words }: SlashContext, argument: string): Promise<void> {
  const [name, text] = splitFirst(argument);
  if (name === '') model.tell('info', words.chat.nameUsage('/msg'));
  else if ((await model.talkTo(name)) && text !== '') await model.send(text);
}

/** Travels as text, as everywhere since IRC; clients show it as an action. */
export async function describeAction({ model }: SlashContext, argument: string): Promise<void> {
  if (argument !== '') await model.send(`/me ${argument}`);
}

export function showNames({ model, panels }: SlashContext): void {
  model.showPanel(panels.names(model.view));
}

export function showMembers(context: SlashContext): void {
  const open = needOpen(context);
  if (open !== null) context.model.showPanel(context.panels.members(open, context.model.view));
}

/** Good for a week. */
const FOR_ONE_PERSON = { uses: 1, ttlMs: 7 * 86_400_000, grantsInvites: false };

export async function invite({ model, panels, copy }: SlashContext): Promise<void> {
  await model.attempt(async (client) => {
    const { link } = await client.createInvite(FOR_ONE_PERSON);
    model.showPanel(panels.invite(link));
    copy(link);
  });
}
