// For the tests of conversations: accounts with several devices that are connected, and logs that they read. Used by
// the tests of handlers/.
import { randomBytes } from 'node:crypto';
import { type Frame, type FrameBody, fromId, type LogId, toLogId } from '@sirdas/protocol';
import {
  enterAsOwner,
  enterInvited,
  makeTestDevice,
  type TestAccount,
  TestClient,
  type TestDevice,
  type TestRelay,
} from './relay.testkit.ts';

/** One device and its connection. */
export interface Member {
  readonly account: TestAccount;
  readonly device: TestDevice;
  readonly client: TestClient;
  readonly inbox: LogId;
}

/** The owner and others, each with one device. */
export async function enterMembers(relay: TestRelay, ...names: readonly string[]): Promise<Member[]> {
  const owner = await enterAsOwner(relay);
  const members = [toMember(owner)];
  for (const name of names) members.push(toMember(await enterInvited(relay, owner.client, name)));
  return members;
}

function toMember({ account, client, inbox }: Pick<Member, 'account' | 'client' | 'inbox'>): Member {
  return { account, client, inbox, device: account.device };
}

/** One more device of the same account, connected. */
export async function enterDevice(relay: TestRelay, { account, client, inbox }: Member): Promise<Member> {
  const device = makeTestDevice();
  account.devices = [...account.devices, device];
  await client.expect('done', { kind: 'publishRecord', record: account.makeRecord() });
  return { account, device, client: await reconnect(relay, { account, device }), inbox };
}

export async function reconnect(
  relay: TestRelay,
  { account, device }: Pick<Member, 'account' | 'device'>,
): Promise<TestClient> {
  const client = await TestClient.overTcp(relay.ports.tcp);
  await client.enter(account, { device });
  return client;
}

/** The log of a conversation with these readers, at epoch 1. */
export async function createConversation(creator: Member, ...others: readonly Member[]): Promise<LogId> {
  const log = toLogId(randomBytes(16));
  await creator.client.expect('done', { kind: 'createLog', log: fromId(log) });
  await creator.client.expect('accepted', makeCommit(log, 0, { readers: [creator, ...others] }));
  return log;
}

export interface CommitParts {
  readonly text?: string;
  readonly readers: readonly Pick<Member, 'device'>[];
  readonly deliveries?: FrameBody<'commit'>['deliveries'];
}

export function makeCommit(log: LogId, epoch: number, parts: CommitParts): FrameBody<'commit'> {
  return {
    kind: 'commit',
    log: fromId(log),
    epoch,
    envelope: Buffer.from(parts.text ?? `commit ${epoch}`),
    deliveries: parts.deliveries ?? [],
    readers: parts.readers.map(({ device }) => device.id),
  };
}

export function makeDelivery(
  text: string,
  ...to: readonly Member[]
): FrameBody<'commit'>['deliveries'][number] {
  return { inboxes: to.map(({ inbox }) => fromId(inbox)), envelope: Buffer.from(text) };
}

export function makeAppend(log: LogId, epoch: number, text: string): FrameBody<'append'> {
  return { kind: 'append', log: fromId(log), epoch, envelope: Buffer.from(text) };
}

export function read(client: TestClient, log: LogId, after = 0): Promise<Frame<'reading'>> {
  return client.expect('reading', { kind: 'read', log: fromId(log), after });
}

/** The next entries that are delivered, in one line each: `seq epoch text`, commits in brackets. */
export async function nextEntries(client: TestClient, count: number): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < count) {
    const { entries } = await client.next('deliver');
    for (const { seq, epoch, envelope, commit } of entries) {
      const text = Buffer.from(envelope).toString();
      lines.push(`${seq} ${epoch} ${commit ? `[${text}]` : text}`);
    }
  }
  return lines;
}
