// Direct conversations and a group over MLS, with the real relay and real clients: begun by nickname, both ways, while somebody is
// away, after restarts of the relay and of the clients. DESIGN §3, SPEC §11.
import type { ConversationId } from '@sirdas/client';
import { expect, test, vi } from 'vitest';
import {
  eventsOf,
  joinPerson,
  type Person,
  readConversation,
  returnPerson,
  shownTexts,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 300_000 });

async function readGroup(person: Person, id: ConversationId): Promise<string[]> {
  const messages = await person.sirdas.messages(id, { limit: 1000 });
  return messages
    .filter(({ body }) => body.kind === 'text')
    .map(textOf)
    .reverse();
}

test('two people and then three talk, whoever is away or restarts', async () => {
  const relay = await startRelay();
  const link = await relay.inviteLink();
  const alice = await joinPerson(link, 'alice');
  const bob = await joinPerson(link, 'bob');
  const carol = await joinPerson(link, 'carol');
  const first = await alice.sirdas.send('bob', 'one');
  await alice.sirdas.waitUntilAccepted(first.id);
  await waitUntil(() => shownTexts(bob).includes('alice: one'), 'bob has it');
  const answer = await bob.sirdas.send('alice', 'two');
  await bob.sirdas.waitUntilAccepted(answer.id);
  await waitUntil(() => shownTexts(alice).includes('bob: two'), 'alice has it');
  const { id } = await alice.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] });
  await waitUntil(() => carol.sirdas.conversations().some((one) => one.id === id), 'carol is in');
  await carol.sirdas.close();
  expect((await relay.stop()).status).toBe(0);
  await relay.start();
  for (const { sirdas } of [alice, bob]) sirdas.retryNow();
  for (const text of ['while carol', 'is away']) {
    const { id: message } = await bob.sirdas.sendTo(id, text);
    await bob.sirdas.waitUntilAccepted(message);
  }
  await alice.sirdas.groups.rename(id, 'family');
  const again = await returnPerson(carol);
  await waitUntil(() => shownTexts(again).includes('bob: is away'), 'carol has read');
  await again.sirdas.sendTo(id, 'back');
  await waitUntil(() => shownTexts(bob).includes('carol: back'), 'bob has it');
  await waitUntil(() => shownTexts(alice).includes('carol: back'), 'alice has it');
  for (const person of [alice, bob, again]) {
    expect(await readGroup(person, id)).toEqual(['while carol', 'is away', 'back']);
    expect(person.sirdas.conversations().find((one) => one.id === id)).toMatchObject({ name: 'family' });
    expect(eventsOf(person, 'refused')).toEqual([]);
  }
  expect((await readConversation(alice.sirdas, 'bob')).map(textOf)).toEqual(['one', 'two']);
  expect((await readConversation(alice.sirdas, 'bob')).map(({ envelope }) => envelope)).toEqual([
    'mls',
    'mls',
  ]);
});
