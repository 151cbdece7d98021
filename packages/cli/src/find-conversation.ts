// Finds the group and the message that a person named on the command line. A group may have arrived while this computer was
// away: what waits at the relay is fetched before one is said not to be there.
import {
  type Conversation,
  type ConversationId,
  type Message,
  type MessageReference,
  type Sirdas,
  SirdasError,
} from '@sirdas/client';
import { connectOnce, readTimeoutMs } from './account.ts';
import type { Options } from './commands/command.ts';
import { CommandError } from './errors.ts';
import { toSafeName } from './terminal/safe-text.ts';

const PAGE_SIZE = 200;

/** By id, or by name as it is or as it is shown. Throws UNKNOWN_GROUP or AMBIGUOUS_GROUP. */
export function findGroup(sirdas: Sirdas, given: string): Conversation {
  const groups = listGroups(sirdas);
  const named = groups.filter(({ name }) => name === given || toSafeName(name, '') === given);
  const found = groups.filter(({ id }) => id === given);
  const [group, ...others] = found.length > 0 ? found : named;
  if (group === undefined) throw new CommandError('UNKNOWN_GROUP', given);
  if (others.length > 0) throw new CommandError('AMBIGUOUS_GROUP', given);
  return group;
}

/** In the order of their names. */
export function listGroups(sirdas: Sirdas): readonly Conversation[] {
  const groups = sirdas.conversations().filter(({ kind }) => kind === 'group');
  return [...groups].sort((one, other) => one.name.localeCompare(other.name, 'tr'));
}

/** Connects, and waits until everything that waited at the relay is here. Throws as connectOnce does, and UNREACHABLE in time. */
export async function connectAndCatchUp(sirdas: Sirdas, options: Options): Promise<void> {
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>();
  const stop = sirdas.on('caught-up', () => resolve());
  try {
    await connectOnce(sirdas, options);
    await withTimeout(caughtUp, readTimeoutMs(options));
  } finally {
    stop();
  }
}

/** The newest message with this id. Throws UNKNOWN_MESSAGE. */
export async function findMessage(
  sirdas: Sirdas,
  conversation: ConversationId,
  id: string,
): Promise<MessageReference> {
  let before: number | undefined;
  for (;;) {
    const page: readonly Message[] = await sirdas.messages(conversation, {
      limit: PAGE_SIZE,
      ...(before === undefined ? {} : { before }),
    });
    const found = page.find((message) => message.id === id);
    if (found !== undefined) return { sender: found.sender, id: found.id };
    before = page.at(-1)?.position;
    if (before === undefined) throw new SirdasError('UNKNOWN_MESSAGE', 'no message here has this id');
  }
}

async function withTimeout(promise: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new SirdasError('UNREACHABLE', 'the relay did not answer in time')),
      timeoutMs,
    );
  });
  try {
    await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
