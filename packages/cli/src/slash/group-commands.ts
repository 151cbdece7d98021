// The slash commands about groups: making one, who is in it with which role, its name, leaving it, beginning it anew. What was
// done is told by a line in the conversation, which everybody sees; only what did not work is told here.
import type { GroupRole } from '@sirdas/client';
import { splitWords } from './arguments.ts';
import { changeGroup, needGroup, needOpen, type SlashContext, withGroup } from './slash-context.ts';

export const ROLES: readonly GroupRole[] = ['owner', 'admin', 'member'];

/** `/group NAME people…`, opened at once. */
export async function createGroup(context: SlashContext, argument: string): Promise<void> {
  const [name = '', ...members] = splitWords(argument);
  if (name === '') {
    context.model.tell('info', context.words.chat.groupUsage);
    return;
  }
  await changeGroup(context, async (client) => {
    const { id } = await client.groups.create({ name, members });
    await context.model.open(id);
  });
}

export async function addMembers(context: SlashContext, argument: string): Promise<void> {
  const people = splitWords(argument);
  if (people.length === 0) context.model.tell('info', context.words.chat.peopleUsage('/add'));
  else await withGroup(context, (client, group) => client.groups.add(group, people));
}

export async function removeMember(context: SlashContext, argument: string): Promise<void> {
  const [name, ...others] = splitWords(argument);
  if (name === undefined || others.length > 0) {
    context.model.tell('info', context.words.chat.nameUsage('/remove'));
    return;
  }
  await withGroup(context, (client, group) => client.groups.remove(group, name));
}

export async function renameGroup(context: SlashContext, argument: string): Promise<void> {
  const name = argument.replace(/^["“](.*)["”]$/, '$1');
  if (name === '') context.model.tell('info', context.words.chat.renameUsage);
  else await withGroup(context, (client, group) => client.groups.rename(group, name));
}

export async function setRole(context: SlashContext, argument: string): Promise<void> {
  const [name, given] = splitWords(argument);
  const role = ROLES.find((candidate) => candidate === given);
  if (name === undefined || role === undefined) {
    context.model.tell('info', context.words.chat.roleUsage);
    return;
  }
  await withGroup(context, (client, group) => client.groups.setRole(group, name, role));
}

export function leaveGroup(context: SlashContext): void {
  const { model, words } = context;
  const group = needGroup(context);
  if (group === null) return;
  model.ask(words.chat.leaveQuestion(group.title), async () => {
    await changeGroup(context, (client) => client.groups.leave(group.id));
  });
}

/** Direct conversations as well. */
export function resetConversation(context: SlashContext): void {
  const { model, words } = context;
  const open = needOpen(context);
  if (open === null) return;
  model.ask(words.chat.resetQuestion, async () => {
    if (await changeGroup(context, (client) => client.groups.reset(open.id))) {
      model.tell('info', words.chat.resetDone);
    }
  });
}
