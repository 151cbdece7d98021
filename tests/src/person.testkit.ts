// A person with the real client: a vault in a temporary folder, the real transport, and everything that the client told.
// Runs in the test's own process; programs/ has those that are killed.
import { join } from 'node:path';
import type { ConversationId, Message, Sirdas, SirdasEvent } from '@sirdas/client';
import { openSirdas } from '@sirdas/client/node';
import { onTestFinished, vi } from 'vitest';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

export interface Person {
  readonly nickname: string;
  readonly folder: string;
  readonly sirdas: Sirdas;
  readonly events: SirdasEvent[];
}

export interface OpenOptions {
  /** Absent: a new temporary one. */
  readonly folder?: string;
  /** Letters only, as in the first version and to clients in other languages. */
  readonly classicOnly?: boolean;
}

/** A new account, connected; closed when the test is over. */
export async function joinPerson(
  inviteLink: string,
  nickname: string,
  options: OpenOptions = {},
): Promise<Person> {
  const folder = options.folder ?? join(await makeTemporaryFolder(), 'vault');
  const { sirdas, events } = await openVaultOf(folder);
  await sirdas.join(inviteLink, { nickname, deviceName: 'test', classicOnly: options.classicOnly ?? false });
  return { nickname, folder, sirdas, events };
}

/** Somebody who has joined before and whose vault nobody has open, connected. */
export async function returnPerson({
  nickname,
  folder,
}: Pick<Person, 'nickname' | 'folder'>): Promise<Person> {
  const { sirdas, events } = await openVaultOf(folder);
  await sirdas.connect();
  return { nickname, folder, sirdas, events };
}

/** Without connecting. */
export async function openVaultOf(folder: string): Promise<Pick<Person, 'sirdas' | 'events'>> {
  const sirdas = await openSirdas({ folder, protection: { kind: 'unprotected' } });
  onTestFinished(() => sirdas.close());
  const events: SirdasEvent[] = [];
  const types: SirdasEvent['type'][] = [
    ...(['link', 'message', 'delivery', 'conversation', 'contact', 'presence'] as const),
    ...(['caught-up', 'refused', 'gap', 'fork', 'changed', 'delayed'] as const),
  ];
  for (const type of types) sirdas.on(type, (event) => events.push(event));
  return { sirdas, events };
}

/** Events of one type so far. */
export function eventsOf<Type extends SirdasEvent['type']>(
  { events }: Pick<Person, 'events'>,
  type: Type,
): Extract<SirdasEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<SirdasEvent, { type: Type }> => event.type === type);
}

/** Resolves when a condition on what the client has told holds. */
export async function waitUntil(holds: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
  const check = () => {
    if (!holds()) throw new Error(`still waiting until ${what}`);
  };
  await vi.waitFor(check, { timeout: timeoutMs, interval: 10 });
}

/** Texts as they were shown one after the other: `burak: merhaba`. */
export function shownTexts(person: Pick<Person, 'events'>): string[] {
  const incoming = eventsOf(person, 'message').filter(({ message }) => message.direction === 'in');
  return incoming.map(({ message }) => `${message.sender}: ${textOf(message)}`);
}

/** The whole conversation with somebody as the vault holds it, oldest first. */
export function readConversation(sirdas: Sirdas, other: string): Promise<Message[]> {
  return readMessages(sirdas, sirdas.conversationWith(other));
}

/** What people said in a conversation, oldest first. */
export async function readTexts(sirdas: Sirdas, conversation: ConversationId): Promise<Message[]> {
  return (await readMessages(sirdas, conversation)).filter(({ body }) => body.kind === 'text');
}

async function readMessages(sirdas: Sirdas, conversation: ConversationId): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const before = messages.at(-1)?.position;
    const page = await sirdas.messages(conversation, {
      limit: 1000,
      ...(before === undefined ? {} : { before }),
    });
    if (page.length === 0) return messages.reverse();
    messages.push(...page);
  }
}

export function textOf({ body }: Message): string {
  return body.kind === 'text' ? body.text : `(${body.kind})`;
}
