// Three people in a group, each behind a proxy of their own; a member who has changed the program and works with the state in the own
// vault; and a relay that shows one of them another log than the others. Used by hostile-groups.test.ts and what stands beside it.
import { randomBytes } from 'node:crypto';
import type { ConversationId } from '@sirdas/client';
import { type CommitToPlan, describeGroup, type MlsGroup, planCommit, sealMessage } from '@sirdas/crypto';
import {
  type Content,
  type Envelope,
  encodeContent,
  encodeEnvelope,
  equalBytes,
  type Frame,
  fromId,
  type LogId,
  toLogId,
} from '@sirdas/protocol';
import { type FrameProxy, type ProxiedLink, startFrameProxy } from './frame-proxy.testkit.ts';
import { joinPerson, type Person, waitUntil } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { VaultCopy } from './vault-copy.testkit.ts';
import { logInWire, type WireAccount } from './wire-account.testkit.ts';
import type { WireConnection } from './wire-connection.testkit.ts';

export type LogEntry = Frame<'deliver'>['entries'][number];
/** As it stands in a log; its number is given by whoever keeps the log. */
export type ForgedEntry = Pick<LogEntry, 'envelope' | 'epoch' | 'commit'>;

export interface Guest {
  readonly person: Person;
  readonly proxy: FrameProxy;
}

export interface Circle {
  readonly relay: RelayProcess;
  readonly alice: Guest;
  readonly bob: Guest;
  readonly carol: Guest;
  /** The group of all three; Alice has made it. */
  readonly id: ConversationId;
  readonly log: LogId;
  /** What Alice has read. */
  readonly tap: LogTap;
}

/** Alice, Bob and Carol in a group that works. */
export async function gatherCircle(): Promise<Circle> {
  const relay = await startRelay({ plaintext: true });
  const [alice, bob, carol] = [
    await joinGuest(relay, 'alice'),
    await joinGuest(relay, 'bob'),
    await joinGuest(relay, 'carol'),
  ];
  const tap = new LogTap(alice.proxy);
  const { id } = await alice.person.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] });
  for (const { person } of [bob, carol]) {
    await waitUntil(() => isIn(person, id), `${person.nickname} is in`, 60_000);
  }
  const { log } = (await VaultCopy.of(alice.person)).groupOf(id);
  await say(alice.person, id, 'hello', [bob.person, carol.person]);
  return { relay, alice, bob, carol, id, log, tap };
}

export async function joinGuest(relay: RelayProcess, nickname: string): Promise<Guest> {
  const proxy = await startFrameProxy(relay.address);
  return { proxy, person: await joinPerson(await relay.inviteLink(proxy.port), nickname) };
}

export function isIn({ sirdas }: Person, id: ConversationId): boolean {
  return sirdas.conversations().some((one) => one.id === id && one.state === 'active');
}

/** Resolves when the relay has it and all readers show it. */
export async function say(writer: Person, id: ConversationId, text: string, readers: readonly Person[]) {
  const sent = await writer.sirdas.sendTo(id, text);
  await writer.sirdas.waitUntilAccepted(sent.id);
  for (const reader of readers) await untilShown(reader, id, `${writer.nickname}: ${text}`);
}

export async function untilShown(reader: Person, id: ConversationId, line: string): Promise<void> {
  await waitUntil(() => shownIn(reader, id).includes(line), `${reader.nickname} has "${line}"`, 60_000);
}

/** `bob: hello`, in the order in which they were shown; events of the group as `bob (renamed)`. */
export function shownIn({ events }: Person, id: ConversationId): string[] {
  return events.flatMap((event) => {
    if (event.type !== 'message' || event.message.conversation !== id) return [];
    const { sender, body, direction } = event.message;
    if (body.kind === 'event') return [`${sender} (${body.event.what})`];
    return direction === 'in' && body.kind === 'text' ? [`${sender}: ${body.text}`] : [];
  });
}

/** Everything that a client got of every log, by the numbers that the relay gave. */
export class LogTap {
  readonly #entries = new Map<LogId, Map<number, LogEntry>>();

  constructor(proxy: FrameProxy) {
    proxy.toClient = (frame) => {
      if (frame.kind === 'deliver') this.#note(frame);
      return [frame];
    };
  }

  logs(): LogId[] {
    return [...this.#entries.keys()];
  }

  entriesOf(log: LogId): LogEntry[] {
    return [...(this.#entries.get(log)?.values() ?? [])].sort((a, b) => a.seq - b.seq);
  }

  #note({ log, entries }: Frame<'deliver'>): void {
    const known = this.#entries.get(toLogId(log)) ?? new Map<number, LogEntry>();
    for (const entry of entries) known.set(entry.seq, entry);
    this.#entries.set(toLogId(log), known);
  }
}

/** What a lying relay shows one member of a group's log, from where that member has read so far. */
export class ForgedLog {
  readonly #log: Uint8Array;
  readonly #entries: LogEntry[] = [];
  readonly #begin: number;
  #epoch: number;
  #link: ProxiedLink | null = null;
  #acknowledged: number;
  /** Of what the victim sends to this log, when it is not to reach the relay: what it gets. */
  onCommit: ((frame: Frame<'commit'>) => void) | null = null;

  constructor(proxy: FrameProxy, log: LogId, from: { readonly seq: number; readonly epoch: number }) {
    this.#log = fromId(log);
    this.#begin = from.seq;
    this.#acknowledged = from.seq;
    this.#epoch = from.epoch;
    proxy.toRelay = (frame, link) => (this.#answers(frame, link) ? [] : [frame]);
  }

  deliver(...entries: readonly ForgedEntry[]): void {
    for (const entry of entries) {
      this.#entries.push({ ...entry, seq: this.head + 1, timeMs: Date.now() });
      if (entry.commit) this.#epoch = entry.epoch + 1;
    }
    this.#send(this.head - entries.length + 1);
  }

  get head(): number {
    return this.#begin + this.#entries.length;
  }

  async whenSettled(): Promise<void> {
    await waitUntil(() => this.#acknowledged >= this.head, 'the victim has read everything', 60_000);
  }

  #answers(frame: Frame, link: ProxiedLink): boolean {
    if (!('log' in frame) || !equalBytes(frame.log, this.#log)) return false;
    if (frame.kind === 'ack') this.#acknowledged = Math.max(this.#acknowledged, frame.seq);
    if (frame.kind === 'read') {
      this.#link = link;
      const place = { first: 1, epoch: this.#epoch, acknowledged: this.#acknowledged };
      link.sendToClient({ request: frame.request, kind: 'reading', head: this.head, ...place });
      this.#send(frame.after + 1);
    }
    if (frame.kind === 'commit' && this.onCommit) {
      link.sendToClient({ request: frame.request, kind: 'accepted', seq: this.head + 1 });
      this.onCommit(frame);
      return true;
    }
    // Its own messages come back to it, as they do from an honest relay.
    if (frame.kind === 'append')
      this.deliver({ envelope: frame.envelope, epoch: frame.epoch, commit: false });
    return frame.kind === 'ack' || frame.kind === 'read';
  }

  #send(firstSeq: number): void {
    const entries = this.#entries.filter(({ seq }) => seq >= firstSeq);
    for (let start = 0; start < entries.length; start += 100) {
      const some = entries.slice(start, start + 100);
      this.#link?.sendToClient({ request: 0, kind: 'deliver', log: this.#log, entries: some });
    }
  }
}

/** A member who speaks with a program of its own: its client is closed for good, its device goes on. */
export class ChangedProgram {
  readonly account: WireAccount;
  readonly log: LogId;
  readonly id: ConversationId;
  readonly connection: WireConnection;
  group: MlsGroup;
  #logEpoch: number;
  #counter = 1000;

  private constructor(
    copy: { readonly log: LogId; readonly logEpoch: number; readonly group: MlsGroup },
    parts: Pick<ChangedProgram, 'account' | 'id' | 'connection'>,
  ) {
    this.account = parts.account;
    this.id = parts.id;
    this.connection = parts.connection;
    this.log = copy.log;
    this.group = copy.group;
    this.#logEpoch = copy.logEpoch;
  }

  static async takeOver(
    { person }: Guest,
    { relay, id }: Pick<Circle, 'relay' | 'id'>,
  ): Promise<ChangedProgram> {
    await person.sirdas.close();
    const copy = await VaultCopy.of(person);
    const account = await copy.wireAccount();
    const { connection } = await logInWire(relay.address, account);
    return new ChangedProgram(copy.groupOf(id), { account, id, connection });
  }

  /** The envelope of a message, sealed as the program likes. */
  async seal(text: string, changes: Partial<Content> = {}): Promise<Uint8Array> {
    const content: Content = {
      messageId: randomBytes(16),
      timeMs: Date.now(),
      conversation: fromId(this.id),
      device: fromId(this.account.device),
      counter: ++this.#counter,
      body: { case: 'text', value: { text, expiresAfterMs: 0 } },
      ...changes,
    };
    const { message, group } = await sealMessage(this.group, encodeContent(content));
    this.group = group;
    return envelopeOf({ case: 'mlsMessage', value: message });
  }

  /** Puts anything at all into the group's log. */
  async append(...envelopes: readonly Uint8Array[]): Promise<void> {
    const appends = envelopes.map((envelope) =>
      this.connection.demand(
        { kind: 'append', log: fromId(this.log), envelope, epoch: this.#logEpoch },
        'accepted',
      ),
    );
    await Promise.all(appends);
  }

  /** Makes a commit and sends it, whatever the policy says; the welcomes go to these inboxes. Gives what would follow. */
  async commit(
    plan: Partial<Omit<CommitToPlan, 'verifier' | 'nowMs'>>,
    inboxes: readonly Uint8Array[] = [],
  ): Promise<MlsGroup> {
    const planned = await planCommit(this.group, {
      ...{ add: [], remove: [], state: null, ...plan },
      ...{ verifier: { verify: async () => true }, nowMs: Date.now() },
    });
    this.group = planned.spent;
    const envelope = envelopeOf({ case: 'mlsMessage', value: planned.commit });
    const deliveries = planned.welcomes.map(({ welcome }) => ({
      inboxes,
      envelope: envelopeOf({
        case: 'mlsWelcome',
        value: { suite: describeGroup(this.group).suite, log: fromId(this.log), welcome },
      }),
    }));
    const readers = describeGroup(planned.next).leaves.map(({ device }) => fromId(device));
    const log = fromId(this.log);
    await this.connection.demand(
      { kind: 'commit', log, epoch: this.#logEpoch, envelope, deliveries, readers },
      'accepted',
    );
    this.#logEpoch++;
    return planned.next;
  }
}

export function envelopeOf(kind: Envelope['kind']): Uint8Array {
  return encodeEnvelope({ kind });
}
