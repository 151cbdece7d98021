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
import { Activities } from './messages/activities.ts';
import { Disappearing } from './messages/disappearing.ts';
import { MessageActions } from './messages/message-actions.ts';
import { MessageTeller } from './messages/message-teller.ts';
import { PreferenceStore } from './messages/preferences.ts';
import { Receipts } from './messages/receipts.ts';
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
  readonly messages: MessageActions;
  readonly inbox: Inbox;
  readonly link: Link;
  readonly devices: DeviceActions;
  readonly preferences: PreferenceStore;
  readonly activities: Activities;
  readonly groups: GroupActions;
  readonly statistics = { current: (): Statistics => this.#engine.statistics() };
  readonly #engine: GroupEngine;
  readonly #reader: LogReader;
  readonly #receipts: Receipts;
  readonly #disappearing: Disappearing;
  readonly #vault: Vault;
  readonly #counters: Counters;

  constructor({ vault, transport, clock, random, keyPackageTarget }: ClientTools) {
    const { events } = this;
    const own = new OwnAccount(vault);
    const records = new OwnRecords(own, clock, () => this.#tellDevices());
    const contacts = new Contacts({
      vault,
      events,
      clock,
      relayFingerprint: () => own.need().relay.fingerprint,
      onSettled: (nickname) => this.#resume(nickname),
    });
    const conversations = new Conversations({ vault, events, own });
    const counters = new Counters();
    const teller = new MessageTeller({ events, conversations });
    const sealer = new LetterSealer({ own, counters, clock, random });
    const letters = new LetterSettler({
      ...{ own, vault, counters, clock, events, contacts, teller },
      reader: new LetterReader({ vault, own, records, contacts, clock }),
    });
    this.#vault = vault;
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
    const preferences = new PreferenceStore(vault);
    const receipts = new Receipts({ clock, random, conversations, preferences, outbox });
    this.preferences = preferences;
    this.#receipts = receipts;
    this.#disappearing = new Disappearing({ vault, clock, events, conversations });
    this.activities = new Activities({
      clock,
      events,
      conversations,
      preferences,
      send: (conversation, activity) => this.#engine.sendActivity(conversation, activity, this.sessionOrNull),
    });
    this.messages = new MessageActions({
      ...{ own, vault, clock, random, conversations, outbox, teller, receipts },
    });
    teller.follow((saved) => this.#disappearing.noteSaved(saved));
    teller.follow((saved) => receipts.noteSaved(saved));
    teller.follow((saved) => this.activities.noteSaved(saved));
    const tasks = new SerialQueue();
    this.#reader = new LogReader({
      ...{ vault, clock, events, tasks },
      onVaultRolledBack: (log, session) => this.#engine.noteRollback(log, session),
      onUnreadable: (log) => this.#engine.groups.noteUnreadable(log),
    });
    this.#engine = new GroupEngine({
      ...{ own, records, vault, clock, random, events, contacts, conversations, counters, teller, outbox },
      ...{ reader: this.#reader, keyPackageTarget },
      session: () => this.link.session,
      isOnline: (nickname) => this.presence.list().some((person) => person.nickname === nickname),
      reload: () => this.load(),
      onActivity: (conversation, from, activity) => this.activities.receive(conversation, from, activity),
    });
    this.groups = this.#engine.actions;
    this.inbox = new Inbox({
      ...{ vault, events, contacts, letters, tasks },
      ...{ welcomes: this.#engine.groups, troubles: this.#engine.troubles },
    });
    this.devices = new DeviceActions({
      own,
      records,
      clock,
      random,
      session: () => this.link.session,
      collect: (history) =>
        collectBackup(vault, own.need(), { classicOnly: own.isClassicOnly, history, nowMs: clock.nowMs() }),
    });
    this.link = new Link({
      transport,
      clock,
      random,
      identify: () => own.identify(),
      bringUp: (session, loggedIn) => this.#bringUp(session, loggedIn),
      onEvent: (event, session) => this.#receive(event, session),
      onRefused: () => own.explainRefusal(),
      onStateChange: (state) => this.#follow(state),
    });
  }

  async load(): Promise<void> {
    const contents = await this.#vault.load();
    this.own.load(contents);
    this.#counters.load(contents.counters);
    this.preferences.load(contents.settings);
    await this.contacts.load(contents.contacts);
    await this.#disappearing.load(contents.expiring);
    await this.conversations.load(contents.conversations);
    this.outbox.load(contents.outbox);
    this.#engine.load(contents);
    this.#reader.load(contents.cursors);
  }

  /** Hangs up; what waits is in the vault. */
  async stop(): Promise<void> {
    await this.link.stop();
    await this.#receipts.flush();
    this.activities.stop();
    await this.#disappearing.stop();
    this.events.close();
  }

  /** The session when there is one: for what can also wait. */
  get sessionOrNull(): Session | null {
    return this.link.state.state === 'online' ? this.link.session : null;
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

  #tellDevices(): void {
    this.events.emit({ type: 'devices', devices: this.devices.list() });
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
