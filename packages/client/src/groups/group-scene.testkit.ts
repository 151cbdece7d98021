// People in groups at a fake relay, what they see of it, and a member whose program has been changed: it uses the state in its own
// vault to put into the log what no honest client would. For the tests of the engine.
import {
  importSignatureKey,
  type MlsGroup,
  planCommit,
  restoreGroup,
  sealMessage,
  systemRandom,
} from '@sirdas/crypto';
import {
  type Content,
  type ConversationId,
  encodeContent,
  encodeEnvelope,
  fromId,
  type LogId,
  type Nickname,
} from '@sirdas/protocol';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Conversation } from '../model.ts';
import { meetModern, type Person, textOf, until } from '../people.testkit.ts';
import type { GroupRecord } from '../vault/vault.ts';

type CommitToPlan = Parameters<typeof planCommit>[1];

export interface GroupScene {
  readonly clock: ManualClock;
  readonly relay: FakeRelay;
  readonly alice: Person;
  readonly bob: Person;
  readonly carol: Person;
}

export async function makeScene(): Promise<GroupScene> {
  const clock = new ManualClock();
  const relay = await FakeRelay.start(clock);
  const [alice, bob, carol] = await Promise.all([
    meetModern(relay, clock, 'alice'),
    meetModern(relay, clock, 'bob'),
    meetModern(relay, clock, 'carol'),
  ]);
  return { clock, relay, alice, bob, carol };
}

/** A group of all three, which all of them have joined. */
export async function makeGroup({ alice, bob, carol }: GroupScene): Promise<ConversationId> {
  const { id } = await alice.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] });
  for (const person of [bob, carol]) await untilMembers(person, id, ['alice', 'bob', 'carol']);
  return id;
}

export function find(person: Person, id: ConversationId): Conversation | null {
  return person.sirdas.conversations().find((conversation) => conversation.id === id) ?? null;
}

export async function untilMembers(
  person: Person,
  id: ConversationId,
  names: readonly string[],
): Promise<void> {
  await until(
    () => find(person, id)?.members.map(({ nickname }) => nickname) ?? [],
    (members) => JSON.stringify(members) === JSON.stringify(names),
  );
}

/** Oldest first; what happened is `(event)`. */
export async function texts(person: Person, id: ConversationId): Promise<string[]> {
  return (await person.sirdas.messages(id, { limit: 1000 })).map(textOf).reverse();
}

export async function untilSays(person: Person, id: ConversationId, text: string): Promise<void> {
  await until(
    () => texts(person, id),
    (all) => all.includes(text),
  );
}

/** What happened in the conversation, as a person sees it: who, what, oldest first. */
export async function lines(person: Person, id: ConversationId): Promise<(readonly [Nickname, string])[]> {
  const messages = await person.sirdas.messages(id, { limit: 1000 });
  const events = messages.map(({ sender, body }) =>
    body.kind === 'event' ? ([sender, body.event.what] as const) : null,
  );
  return events.filter((line) => line !== null).reverse();
}

/** The present group of a conversation, as somebody's vault has it. */
export function recordOf({ memory }: Person, id: ConversationId): GroupRecord {
  const log = memory.conversations.get(id)?.group;
  const record = log && memory.groups.get(log)?.record;
  if (!record) throw new Error('there is no group');
  return record;
}

/** The state in somebody's vault: what a thief, or a changed program of theirs, works with. */
export async function stealState({ memory }: Person, log: LogId): Promise<MlsGroup> {
  const stored = memory.groups.get(log);
  if (!stored?.record.epochPart || !memory.account) throw new Error('there is no state to steal');
  const pages = [...stored.pages.values()].sort((a, b) => a.page - b.page);
  return restoreGroup({
    epochPart: stored.record.epochPart,
    ratchetPages: pages.map(({ bytes }) => bytes),
    signatureKey: await importSignatureKey(memory.account.deviceSeed),
    random: systemRandom,
  });
}

/** A message sealed with a stolen state; `change` for contents that no client would make. */
export async function sealAs(
  person: Person,
  record: GroupRecord,
  text: string,
  change: Partial<Content> = {},
): Promise<Uint8Array> {
  const group = await stealState(person, record.log);
  const content: Content = {
    messageId: systemRandom(16),
    timeMs: 0,
    conversation: fromId(record.conversation),
    device: fromId(person.memory.account?.device ?? ('' as never)),
    counter: 1000,
    body: { case: 'text', value: { text, expiresAfterMs: 0 } },
    ...change,
  };
  const { message } = await sealMessage(group, encodeContent(content));
  return encodeEnvelope({ kind: { case: 'mlsMessage', value: message } });
}

/** A commit made with a stolen state, whatever the policy says. */
export async function commitAs(
  person: Person,
  log: LogId,
  plan: Partial<Omit<CommitToPlan, 'verifier'>>,
): Promise<Uint8Array> {
  const group = await stealState(person, log);
  const { commit } = await planCommit(group, {
    ...{ add: [], remove: [], state: null, nowMs: 0, verifier: { verify: async () => true } },
    ...plan,
  });
  return encodeEnvelope({ kind: { case: 'mlsMessage', value: commit } });
}

/** All have the same epoch, name and members. */
export async function untilAgreed(people: readonly Person[], id: ConversationId): Promise<void> {
  await until(
    async () =>
      Promise.all(
        people.map(async (person) => {
          const { epoch, digits } = await person.sirdas.groups.check(id);
          return `${epoch} ${digits} ${find(person, id)?.name}`;
        }),
      ),
    (all) => new Set(all).size === 1,
  );
}
