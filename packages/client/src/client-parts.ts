// Puts the parts of a client together, each given what it needs and nothing more, and says what happens when the link comes
// and goes. Called by sirdas.ts, which is the only one to see all of them.
import type { RandomSource } from '@sirdas/crypto';
import type { Frame, Nickname } from '@sirdas/protocol';
import { collectBackup } from './backup.ts';
import type { Clock } from './clock.ts';
import { Contacts } from './contacts.ts';
import { Conversations } from './conversations.ts';
import { toSirdasError } from './convert-error.ts';
import { Counters } from './counters.ts';
import { DeviceActions } from './devices/device-actions.ts';
import { Events } from './events.ts';
import type { GroupActions } from './groups/group-actions.ts';
import { GroupEngine } from './groups/group-engine.ts';
import { Inbox } from './inbox.ts';
import { LetterReader } from './letter-reader.ts';
import { LetterSealer } from './letter-sealer.ts';
import { LetterSender } from './letter-sender.ts';
import { LetterSettler } from './letter-settler.ts';
import { Link } from './link.ts';
import { LogReader } from './log-reader.ts';
import { MessageParts } from './messages/message-parts.ts';
import { MessageTeller } from './messages/message-teller.ts';
import type { LinkState, Statistics } from './model.ts';
import { Outbox } from './outbox.ts';
import { OwnAccount } from './own-account.ts';
import { OwnRecords } from './own-records.ts';
import { Presence } from './presence.ts';
import { SerialQueue } from './serial-queue.ts';
import type { RelayEvent, Session } from './session.ts';
import type { Transport } from './transport/transport.ts';
import type { Vault } from './vault/vault.ts';

export interface ClientTools {
  readonly vault: Vault;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** See GroupEngineOptions. */
  readonly keyPackageTarget?: number | undefined;
}

export class ClientParts {
  readonly events = new Events();
  readonly own: OwnAccount;
  readonly records: OwnRecords;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly presence: Presence;
  readonly outbox: Outbox;
  readonly messages: MessageParts;
  readonly inbox: Inbox;
  readonly link: Link;
  readonly devices: DeviceActions;
  readonly groups: GroupActions;
  readonly #engine: GroupEngine;
  readonly #reader: LogReader;
  readonly #vault: Vault;
  readonly #teller: MessageTeller;
  readonly #counters: Counters;

  constructor(tools: ClientTools) {
    const { vault, clock, random } = tools;
    const { events } = this;
    const own = new OwnAccount(vault);
    const records = new OwnRecords(own, clock, () => this.#noteOwnRecord());
    const contacts = new Contacts({
      ...{ vault, events, clock },
      relayFingerprint: () => own.need().relay.fingerprint,
      onSettled: (nickname) => this.#resume(nickname),
    });
    const conversations = new Conversations({ vault, events, own });
    const counters = new Counters();
    const teller = new MessageTeller({ events, conversations });
    const sealer = new LetterSealer({ own, counters, clock, random });
    const tasks = new SerialQueue();
    this.#vault = vault;
    this.#teller = teller;
    this.#counters = counters;
    this.own = own;
    this.records = records;
    this.contacts = contacts;
    this.conversations = conversations;
    this.presence = new Presence(events, contacts);
    this.outbox = new Outbox({
      ...{ own, vault, clock, events, teller },
      letters: new LetterSender({ own, vault, contacts, sealer, counters }),
      groups: () => this.#engine.groups.sender,
    });
    const { outbox } = this;
    this.messages = new MessageParts({
      ...{ own, vault, clock, random, events, conversations, teller, outbox },
      sendActivity: (conversation, activity) =>
        this.#engine.sendActivity(conversation, activity, this.sessionOrNull),
    });
    this.#reader = new LogReader({
      ...{ vault, clock, events, tasks },
      onVaultRolledBack: (log, session) => this.#engine.noteRollback(log, session),
      onUnreadable: (log) => this.#engine.groups.noteUnreadable(log),
    });
    this.#engine = this.#makeEngine(tools, { counters, teller });
    this.groups = this.#engine.actions;
    this.inbox = new Inbox({
      letters: new LetterSettler({
        ...{ own, vault, counters, clock, events, contacts, teller },
        reader: new LetterReader({ vault, own, records, contacts, clock }),
      }),
      ...{ vault, events, contacts, tasks },
      ...{ welcomes: this.#engine.groups, troubles: this.#engine.troubles },
    });
    this.devices = this.#makeDevices(tools);
    this.link = this.#makeLink(tools);
    // Members' records say which devices belong into groups.
    events.on('contact', ({ contact }) => this.#engine.noteAccount(contact.nickname));
  }

  async load(): Promise<void> {
    const contents = await this.#vault.load();
    this.own.load(contents);
    this.#counters.load(contents.counters);
    await this.contacts.load(contents.contacts);
    await this.messages.load(contents);
    await this.conversations.load(contents.conversations);
    this.outbox.load(contents.outbox);
    this.#engine.load(contents);
    this.#reader.load(contents.cursors);
  }

  statistics(): Statistics {
    return { ...this.#engine.statistics(), ignored: this.#teller.ignored };
  }

  /** Hangs up; what waits is in the vault. */
  async stop(): Promise<void> {
    await this.link.stop();
    await this.messages.stop();
    this.events.close();
  }

  /** The session when there is one: for what can also wait. */
  get sessionOrNull(): Session | null {
    return this.link.state.state === 'online' ? this.link.session : null;
  }

  #makeEngine(
    { vault, clock, random, keyPackageTarget }: ClientTools,
    parts: { readonly counters: Counters; readonly teller: MessageTeller },
  ): GroupEngine {
    const { own, records, events, contacts, conversations, outbox } = this;
    return new GroupEngine({
      ...{ own, records, vault, clock, random, events, contacts, conversations, outbox, ...parts },
      ...{ reader: this.#reader, keyPackageTarget },
      session: () => this.link.session,
      isOnline: (nickname) => this.presence.list().some((person) => person.nickname === nickname),
      reload: () => this.load(),
      onActivity: (conversation, from, activity) =>
        this.messages.activities.receive(conversation, from, activity),
    });
  }

  #makeDevices({ vault, clock, random }: ClientTools): DeviceActions {
    const { own, records } = this;
    return new DeviceActions({
      ...{ own, records, clock, random },
      session: () => this.link.session,
      collect: (history) =>
        collectBackup(vault, own.need(), { classicOnly: own.isClassicOnly, history, nowMs: clock.nowMs() }),
    });
  }

  #makeLink({ transport, clock, random }: ClientTools): Link {
    return new Link({
      ...{ transport, clock, random },
      identify: () => this.own.identify(),
      bringUp: (session, loggedIn) => this.#bringUp(session, loggedIn),
      onEvent: (event, session) => this.#receive(event, session),
      onRefused: () => this.own.explainRefusal(),
      onStateChange: (state) => this.#follow(state),
    });
  }

  /** Resolves when others can begin conversations with this device; at once where there is no connection. */
  async offer(): Promise<void> {
    const session = this.sessionOrNull;
    if (session) await this.#engine.offer(session);
  }

  async #bringUp(session: Session, loggedIn: Frame<'loggedIn'>): Promise<'ready' | 'log-in-again'> {
    if ((await this.records.synchronise(session, loggedIn)) === 'log-in-again') return 'log-in-again';
    const { inbox } = this.own.need();
    if (!inbox) throw new Error('a logged-in account has an inbox');
    await this.#reader.start(session, { log: inbox, settler: this.inbox }, this.#engine.groups.listLogs());
    await this.presence.start(session);
    for (const nickname of this.contacts.listSettledWithLetters()) this.#resume(nickname);
    return 'ready';
  }

  #receive(event: RelayEvent, session: Session): void {
    switch (event.kind) {
      case 'deliver':
        this.#reader.receive(event, session);
        break;
      case 'signal':
      case 'keyPackageCounts':
        this.#engine.receive(event, session);
        break;
      case 'presenceChange':
        this.presence.receive(event, session);
        break;
      case 'goodbye':
        this.link.noteGoodbye(event.reconnectAfterMs);
        break;
      case 'linkingMessage':
      case 'linkingEnded':
        this.devices.hear(event);
        break;
    }
  }

  #follow(state: LinkState): void {
    if (state.state === 'online') {
      this.outbox.start(this.link.session);
      this.#engine.start(this.link.session);
    } else {
      this.outbox.stop();
      this.#engine.stop();
      this.#reader.stop();
      this.presence.stop();
    }
    this.events.emit({ type: 'link', link: state });
  }

  #noteOwnRecord(): void {
    this.events.emit({ type: 'devices', devices: this.devices.list() });
    this.#engine.noteAccount(this.own.need().nickname);
  }

  /** Nothing stands between the own account and this contact any more. */
  #resume(nickname: Nickname): void {
    this.outbox.unblock(({ recipient }) => recipient === nickname || recipient === null);
    this.inbox.release(nickname, this.sessionOrNull).catch((cause: unknown) => {
      // Letters that cannot be read now stay held back until the next connection.
      this.link.reconnect(toSirdasError(cause));
    });
  }
}
