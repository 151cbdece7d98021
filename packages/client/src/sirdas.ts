// The SDK's front door: one account on one device. Programs open it over a vault and a transport, join a relay once, connect,
// send, and follow events; everything that has to survive a crash is in the vault before a method resolves.
// What each method throws is a SirdasError with one of the codes that its comment names; besides those every method throws
// CLOSED after `close`, DISK_FULL and VAULT_CORRUPT where the vault is needed, and ABORTED when its signal says so.
import { computeSafetyNumber, type RandomSource, systemRandom } from '@sirdas/crypto';
import type { ConversationId, InviteId, MessageId } from '@sirdas/protocol';
import { checkAborted, untilAborted } from './abort.ts';
import { AccountSetup } from './account-setup.ts';
import type { BackupOptions } from './backup.ts';
import { ClientParts } from './client-parts.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DeviceActions } from './devices/device-actions.ts';
import type { LinkOptions, RestoreOptions } from './devices/new-device.ts';
import { SirdasError } from './errors.ts';
import type { EventOf, SirdasEventType } from './events.ts';
import type { GroupActions } from './groups/group-actions.ts';
import { createInvite, type InviteToMake, listInvites, type NewInvite, revokeInvite } from './invites.ts';
import type {
  Account,
  Activity,
  Contact,
  Conversation,
  Invite,
  LinkState,
  Message,
  MessageReference,
  OnlinePerson,
  Preferences,
  Profile,
  Provenance,
  RelayAddress,
  SirdasEvent,
  Statistics,
} from './model.ts';
import { describeProvenance } from './provenance.ts';
import { type PersonToJoin, readInvite, readNickname, readProfile, readText } from './read-input.ts';
import type { Transport } from './transport/transport.ts';
import type { Vault } from './vault/vault.ts';

const DEFAULT_PAGE = 50;

export interface SirdasOptions {
  /** Belongs to this client from now on and is closed with it. */
  readonly vault: Vault;
  readonly transport: Transport;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests. */
  readonly random?: RandomSource;
  /** For tests: how many key packages of each suite the relay shall have. */
  readonly keyPackageTarget?: number;
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal;
}

export interface Waiting {
  readonly signal?: AbortSignal;
}

export interface Replying {
  readonly replyTo?: MessageReference;
}

export interface JoinOptions extends PersonToJoin, Waiting {
  /** Classic letters only, for ever: the original scheme, without forward secrecy. */
  readonly classicOnly?: boolean;
}

export class Sirdas {
  readonly #parts: ClientParts;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #setup: AccountSetup;
  readonly #closed = new AbortController();
  #closing: Promise<void> | null = null;

  private constructor(options: SirdasOptions) {
    const { vault, transport, clock = systemClock, random = systemRandom, keyPackageTarget } = options;
    this.#vault = vault;
    this.#clock = clock;
    this.#parts = new ClientParts({ vault, transport, clock, random, keyPackageTarget });
    this.#setup = new AccountSetup({ parts: this.#parts, vault, transport, clock, random });
  }

  /** Reads what the vault holds; connects nowhere. */
  static async open(options: SirdasOptions): Promise<Sirdas> {
    checkAborted(options.signal);
    const sirdas = new Sirdas(options);
    await sirdas.#parts.load();
    options.signal?.addEventListener('abort', () => void sirdas.close(), { once: true });
    return sirdas;
  }

  /** Null before `join` has succeeded once. */
  get account(): Account | null {
    return this.#parts.own.describe();
  }

  /** A `join` was interrupted and its claim may have arrived: `connect` brings it to an end, and so does `join`. */
  get hasUnfinishedJoin(): boolean {
    return this.#parts.own.hasUnfinishedJoin;
  }

  get groups(): GroupActions {
    return this.#parts.groups;
  }

  get devices(): DeviceActions {
    return this.#parts.devices;
  }

  get preferences(): Preferences {
    return this.#parts.messages.preferences.current;
  }

  get link(): LinkState {
    return this.#parts.link.state;
  }

  /**
   * Takes a nickname at the relay of an invite and connects. Keys are saved before anything is sent, so that after a crash
   * the same call, or `connect`, goes on where it stopped. When it fails the vault can be used for another try.
   * Throws BAD_INVITE, BAD_NICKNAME, BAD_NAME, ACCOUNT_EXISTS; UNREACHABLE, WRONG_RELAY_KEY, PLAINTEXT_REFUSED, CLOCK_SKEW,
   * UNSUPPORTED_VERSION, WORK_TOO_HARD; INVITE_REQUIRED, INVITE_INVALID, INVITE_EXPIRED, INVITE_USED_UP, NICKNAME_TAKEN,
   * NICKNAME_FORBIDDEN, NICKNAME_CONFUSABLE, RATE_LIMITED and what else the relay answers.
   */
  async join(inviteLink: string, options: JoinOptions): Promise<Account> {
    checkAborted(options.signal);
    if (this.#parts.own.claimed) {
      throw new SirdasError('ACCOUNT_EXISTS', 'this vault holds an account already');
    }
    return this.#setup.join(readInvite(inviteLink, options), options.signal);
  }

  /**
   * Connects and stays connected until `disconnect`, coming back by itself after every loss. Resolves when online. Throws
   * NO_ACCOUNT, and the error of the link when trying again cannot help (`link.retryAtMs` null). With `firstFailure` it throws
   * as soon as one attempt fails; the link goes on trying all the same.
   */
  async connect(options: Waiting & { readonly firstFailure?: boolean } = {}): Promise<void> {
    const { own, link } = this.#parts;
    this.#checkOpen();
    checkAborted(options.signal);
    if (!own.claimed && !own.hasUnfinishedJoin) throw new SirdasError('NO_ACCOUNT', 'join a relay first');
    link.start();
    await link.waitUntilOnline({ signal: options.signal, firstFailure: options.firstFailure ?? false });
  }

  /** Hangs up; messages that are not accepted yet stay in the vault. */
  async disconnect(): Promise<void> {
    await this.#parts.link.stop();
  }

  /** Does not wait any longer: connects again at once, and sends what had to wait. */
  retryNow(): void {
    this.#checkOpen();
    this.#parts.link.retryNow();
    this.#parts.outbox.retryNow();
  }

  /**
   * Resolves when the message is saved; how far it got is told by `delivery` events. To an account that speaks MLS it goes in a
   * group, to any other as a classic letter. The own nickname makes a note to oneself.
   * Throws NO_ACCOUNT, BAD_NICKNAME, TEXT_EMPTY, TEXT_TOO_LARGE, CONVERSATION_OVER.
   */
  async send(nickname: string, text: string, options: Waiting & Replying = {}): Promise<Message> {
    checkAborted(options.signal);
    return this.#parts.messages.actions.sendToPerson(readNickname(nickname), readText(text), options.replyTo);
  }

  /** As `send`, into any conversation. Throws UNKNOWN_CONVERSATION as well. */
  async sendTo(
    conversation: ConversationId,
    text: string,
    options: Waiting & Replying = {},
  ): Promise<Message> {
    checkAborted(options.signal);
    return this.#parts.messages.actions.send(conversation, readText(text), options.replyTo);
  }

  /** A message of this account, for a day. Throws TEXT_EMPTY, TEXT_TOO_LARGE, NOT_YOURS, TOO_LATE, and as `sendTo` does. */
  async edit(conversation: ConversationId, message: MessageId, text: string): Promise<void> {
    await this.#parts.messages.actions.edit(conversation, message, readText(text));
  }

  /** A message of this account: others are asked to forget it too. Throws NOT_YOURS, and as `sendTo` does. */
  async deleteForAll(conversation: ConversationId, message: MessageId): Promise<void> {
    await this.#parts.messages.actions.deleteForAll(conversation, message);
  }

  /** One emoji takes the place of the one before, none takes it back. Throws UNKNOWN_MESSAGE, BAD_REACTION, and as `sendTo` does. */
  async react(conversation: ConversationId, message: MessageReference, emoji: string): Promise<void> {
    await this.#parts.messages.actions.react(conversation, message, emoji);
  }

  /** What is sent from now on disappears so long after it was read; 0: stays. Throws BAD_TIMER, and as `sendTo` does. */
  async setTimer(conversation: ConversationId, expiresAfterMs: number): Promise<void> {
    await this.#parts.messages.actions.setTimer(conversation, expiresAfterMs);
  }

  /** A hint for those who are there; rare, lost without a connection, and none where the person does not want it. */
  setActivity(conversation: ConversationId, activity: Activity): void {
    this.#parts.messages.activities.set(conversation, activity);
  }

  /**
   * Resolves when the relay holds the message durably. Throws UNKNOWN_MESSAGE, and why the message failed for good:
   * UNKNOWN_ACCOUNT, NO_USABLE_KEY, DOWNGRADE_REFUSED, ENVELOPE_TOO_LARGE, DIRECTORY_FORGED or what else the relay answers.
   */
  async waitUntilAccepted(id: MessageId, options: Waiting = {}): Promise<void> {
    await this.#parts.outbox.waitUntilAccepted(id, options.signal);
  }

  /** The one with the newest message first. */
  conversations(): readonly Conversation[] {
    return this.#parts.conversations.list();
  }

  /** The conversation with a person, whether there is a message in it or not. Throws NO_ACCOUNT, BAD_NICKNAME. */
  conversationWith(nickname: string): ConversationId {
    return this.#parts.conversations.identify(readNickname(nickname));
  }

  /** Newest first: up to `limit` messages with positions below `before`. */
  async messages(
    conversation: ConversationId,
    options: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<readonly Message[]> {
    return this.#vault.readMessages(conversation, options.before ?? null, options.limit ?? DEFAULT_PAGE);
  }

  /** Up to a position, or everything. Never goes back. Authors may be told, and what disappears begins to. */
  async markRead(conversation: ConversationId, position?: number): Promise<void> {
    await this.#parts.messages.actions.markRead(conversation, position ?? null);
  }

  /** From whom and which device a message is, and how far that is certain. Throws NO_ACCOUNT. */
  provenance(message: Message): Provenance {
    return describeProvenance(message, this.#parts);
  }

  async setPreferences(change: Partial<Preferences>): Promise<void> {
    await this.#parts.messages.preferences.set(change);
  }

  /** Since this client was opened. */
  statistics(): Statistics {
    return this.#parts.statistics();
  }

  /** Everybody whose keys are pinned. */
  contacts(): readonly Contact[] {
    return this.#parts.contacts.list();
  }

  /** Who is online, as the relay says; empty while there is no connection. */
  online(): readonly OnlinePerson[] {
    return this.#parts.presence.list();
  }

  /**
   * Asks the directory about a person and pins them. Throws BAD_NICKNAME, UNREACHABLE, UNKNOWN_ACCOUNT, DIRECTORY_FORGED.
   */
  async lookUp(nickname: string, options: Waiting = {}): Promise<Contact> {
    const { contacts, link } = this.#parts;
    const name = readNickname(nickname);
    await untilAborted(contacts.refresh(link.session, name), options.signal);
    return contacts.describe(name);
  }

  /**
   * 12 groups of 5 digits, to be compared over another channel; for a changed key that is not accepted yet, the number with
   * that key. Throws NO_ACCOUNT, BAD_NICKNAME, UNKNOWN_ACCOUNT (never looked up).
   */
  safetyNumber(nickname: string): string {
    const { own, contacts } = this.#parts;
    const compared = contacts.comparedAccount(readNickname(nickname));
    return computeSafetyNumber(own.needVerified().record, compared.record);
  }

  /**
   * The person has compared `safetyNumber`, as this client showed it, and it matched; accepts a changed key that it belongs to.
   * Throws KEY_CHANGED when the number is another one by now, BAD_NICKNAME, UNKNOWN_ACCOUNT.
   */
  async markVerified(nickname: string, safetyNumber: string): Promise<void> {
    const { contacts } = this.#parts;
    const name = readNickname(nickname);
    const compared = contacts.comparedAccount(name);
    // CLI-022
    if (this.safetyNumber(name) !== safetyNumber) {
      throw new SirdasError('KEY_CHANGED', 'the safety number is another one by now');
    }
    await contacts.markVerified(name, compared.record.identityKey);
  }

  /**
   * The person has seen that the key of a contact changed and goes on with `identityKey` (`Contact.changedKey`): what waited is
   * sent, what was held back is shown. Throws KEY_CHANGED when that is not the changed key, VERIFICATION_REQUIRED for a contact
   * that was verified (use `markVerified`), BAD_NICKNAME, UNKNOWN_ACCOUNT.
   */
  async acceptKeyChange(nickname: string, identityKey: Uint8Array): Promise<void> {
    await this.#parts.contacts.acceptKeyChange(readNickname(nickname), identityKey);
  }

  /** Saved at once, published now or with the next connection. Throws NO_ACCOUNT, BAD_NAME. */
  async setProfile(profile: Profile): Promise<void> {
    const { records, own, sessionOrNull } = this.#parts;
    own.need();
    await records.setProfile(readProfile(profile), sessionOrNull);
  }

  /** Whether others see this account online; kept for later connections. Throws NO_ACCOUNT. */
  async setVisible(visible: boolean): Promise<void> {
    const { own, sessionOrNull } = this.#parts;
    own.need();
    await own.setVisible(visible);
    await sessionOrNull?.request({ kind: 'setVisibility', visible });
  }

  /** Throws UNREACHABLE, NOT_ALLOWED. */
  async createInvite(invite: InviteToMake): Promise<NewInvite> {
    const { link, own } = this.#parts;
    return createInvite(link.session, own.need(), this.#clock, invite);
  }

  /** Throws UNREACHABLE, NOT_ALLOWED. */
  async listInvites(): Promise<readonly Invite[]> {
    return listInvites(this.#parts.link.session);
  }

  /** Throws UNREACHABLE, NOT_ALLOWED, UNKNOWN_INVITE. */
  async revokeInvite(id: InviteId): Promise<void> {
    await revokeInvite(this.#parts.link.session, id);
  }

  /**
   * Everything of this account that another device may take over, as an age file (`age -d` opens it). Throws NO_ACCOUNT, and
   * VAULT_LOCKED for an empty passphrase.
   */
  async exportBackup(passphrase: string, options: BackupOptions = {}): Promise<Uint8Array> {
    return this.#setup.exportBackup(passphrase, options);
  }

  /**
   * Fills this vault, in which there is no account yet, from a backup. This becomes a new device of the account with the next
   * `connect`, which ends a connection of the device that the backup came from; then it asks to be let into its groups again.
   * Throws ACCOUNT_EXISTS, WRONG_PASSPHRASE, BAD_EXPORT, BAD_NAME.
   */
  async importBackup(file: Uint8Array, passphrase: string, options: RestoreOptions): Promise<Account> {
    return this.#setup.importBackup(file, passphrase, options);
  }

  /**
   * Makes this vault, in which there is no account yet, a further device of an account that has one elsewhere, and connects. `relay` is an
   * invite link of the relay, good or not, or its address. The other device takes the offer that `onOffer` shows
   * (`devices.approve`), both persons compare the digits, and everything comes over a sealed channel. Throws BAD_INVITE, BAD_NAME,
   * ACCOUNT_EXISTS; LINKING_EXPIRED, LINKING_REFUSED, LINKING_ENDED, LINKING_TAMPERED; UNREACHABLE, WRONG_RELAY_KEY,
   * PLAINTEXT_REFUSED, CLOCK_SKEW, UNSUPPORTED_VERSION and what else the relay answers.
   */
  async linkDevice(relay: RelayAddress | string, options: LinkOptions): Promise<Account> {
    checkAborted(options.signal);
    const signal = AbortSignal.any([this.#closed.signal, ...(options.signal ? [options.signal] : [])]);
    return this.#setup.linkDevice(relay, { ...options, signal });
  }

  /** All events from now on; none is dropped, so read them. Ends with the signal and with `close`. */
  events(options: Waiting = {}): AsyncIterableIterator<SirdasEvent> {
    return this.#parts.events.iterate(options.signal);
  }

  /** Calls the handler for every event of a type from now on; the returned function ends that. */
  on<Type extends SirdasEventType>(type: Type, handler: (event: EventOf<Type>) => void): () => void {
    return this.#parts.events.on(type, handler);
  }

  /** Hangs up, ends all iterators and closes the vault. What waits to be sent is in the vault. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort(new SirdasError('CLOSED', 'this client was closed'));
    await this.#parts.stop();
    await this.#vault.close();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new SirdasError('CLOSED', 'this client was closed');
  }
}
