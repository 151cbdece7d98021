// A relay that lies about letters: a real one behind a proxy that answers in its name (frame-proxy). Its victim's inbox is whatever the
// test says; everything that it does not lie about comes from the real relay. Used by the hostile-*.test.ts files.
import type { Frame } from '@sirdas/protocol';
import { type FrameProxy, type ProxiedLink, startFrameProxy } from './frame-proxy.testkit.ts';
import { eventsOf, joinPerson, type Person, waitUntil } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';

/** What a lying relay keeps as somebody's inbox: any envelopes in any order, numbered as an honest one would. */
export class ForgedInbox {
  readonly #envelopes: Uint8Array[] = [];
  #reader: { readonly link: ProxiedLink; readonly log: Uint8Array } | null = null;
  /** The newest sequence number that the victim has acknowledged. */
  acknowledged = 0;

  constructor(proxy: FrameProxy) {
    proxy.toRelay = (frame, link) => (this.#answers(frame, link) ? [] : [frame]);
  }

  /** Delivers at once when the victim reads, else as soon as it does. */
  deliver(...envelopes: readonly Uint8Array[]): void {
    const first = this.#envelopes.length + 1;
    this.#envelopes.push(...envelopes);
    this.#send(first);
  }

  /** Says anything at all about the log that the victim reads. */
  say(compose: (log: Uint8Array) => Frame): void {
    if (!this.#reader) throw new Error('nobody reads');
    this.#reader.link.sendToClient(compose(this.#reader.log));
  }

  get head(): number {
    return this.#envelopes.length;
  }

  /** Resolves when the victim has dealt with everything delivered so far. */
  async whenSettled(): Promise<void> {
    await waitUntil(() => this.acknowledged >= this.head, `everything up to ${this.head} is acknowledged`);
  }

  #answers(frame: Frame, link: ProxiedLink): boolean {
    if (frame.kind === 'ack') this.acknowledged = Math.max(this.acknowledged, frame.seq);
    if (frame.kind === 'ack') return true;
    if (frame.kind !== 'read') return false;
    this.#reader = { link, log: frame.log };
    const place = { first: 1, epoch: 0, acknowledged: this.acknowledged };
    link.sendToClient({ request: frame.request, kind: 'reading', head: this.head, ...place });
    this.#send(frame.after + 1);
    return true;
  }

  #send(firstSeq: number): void {
    if (!this.#reader) return;
    const { link, log } = this.#reader;
    const entries = this.#envelopes.map((envelope, i) => ({
      ...{ seq: i + 1, timeMs: Date.now(), envelope, epoch: 0, commit: false },
    }));
    for (let start = firstSeq - 1; start < entries.length; start += 100) {
      link.sendToClient({ request: 0, kind: 'deliver', log, entries: entries.slice(start, start + 100) });
    }
  }
}

/** A liar with two people who write letters to each other: Ayşe, who is served honestly, and Burak, who is lied to. They have exchanged a message each. */
export interface Deception {
  readonly relay: RelayProcess;
  readonly ayse: Person;
  readonly burak: Person;
  readonly proxyOfBurak: FrameProxy;
  readonly inboxOfBurak: ForgedInbox;
  /** Envelopes that Ayşe has sent to Burak since, in order; none of them has been delivered. */
  write(...texts: readonly string[]): Promise<Uint8Array[]>;
}

export async function startDeception(): Promise<Deception> {
  const relay = await startRelay({ plaintext: true });
  const [proxyOfAyse, proxyOfBurak] = [
    await startFrameProxy(relay.address),
    await startFrameProxy(relay.address),
  ];
  const inboxOfBurak = new ForgedInbox(proxyOfBurak);
  const classicOnly = true;
  const ayse = await joinPerson(await relay.inviteLink(proxyOfAyse.port), 'ayşe', { classicOnly });
  const burak = await joinPerson(await relay.inviteLink(proxyOfBurak.port), 'burak', { classicOnly });
  const envelopes: Uint8Array[] = [];
  proxyOfAyse.toRelay = (frame) => {
    if (frame.kind === 'append') envelopes.push(frame.envelope);
    return [frame];
  };
  const write = async (...texts: readonly string[]) => {
    envelopes.length = 0;
    for (const text of texts) await sendAndWait(ayse, 'burak', text);
    return [...envelopes];
  };
  inboxOfBurak.deliver(...(await write('selam')));
  await inboxOfBurak.whenSettled();
  await sendAndWait(burak, 'ayşe', 'sana da');
  return { relay, ayse, burak, proxyOfBurak, inboxOfBurak, write };
}

export async function sendAndWait(from: Person, to: string, text: string): Promise<void> {
  const { id } = await from.sirdas.send(to, text);
  await from.sirdas.waitUntilAccepted(id);
}

/** Why the link was lost, each time. */
export function lossesOf(person: Person): string[] {
  return eventsOf(person, 'link').flatMap(({ link }) =>
    link.state === 'offline' && link.error ? [link.error] : [],
  );
}

export function refusalsOf(person: Person): string[] {
  return eventsOf(person, 'refused').map(({ error }) => error);
}

/** Cuts the connection and lets the client come back at once, without the usual wait. */
export async function reconnect(person: Person, proxy: FrameProxy): Promise<void> {
  const lossesBefore = lossesOf(person).length;
  proxy.cutAll();
  await waitUntil(() => lossesOf(person).length > lossesBefore, `${person.nickname} has noticed`);
  await comeBack(person);
}

/** After a loss: back at once. */
export async function comeBack(person: Person): Promise<void> {
  person.sirdas.retryNow();
  await waitUntil(() => person.sirdas.link.state === 'online', `${person.nickname} is back`);
}
