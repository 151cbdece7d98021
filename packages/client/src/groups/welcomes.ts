// Welcomes from the inbox: joined only with a key package of this device, into a group that is what it says, by somebody who may add
// it; otherwise refused without a trace. The private half of the key package goes in the same transaction. Called by the inbox.
// SPEC §11.7, §11.9.
import {
  describeGroup,
  type GroupDescription,
  type JoinedGroup,
  joinGroup,
  listWelcomeReferences,
  type MlsGroup,
  splitGroup,
} from '@sirdas/crypto';
import { MLS_SUITES, type MlsWelcome, type Nickname, toConversationId, toLogId } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import { type ClientErrorCode, SirdasError } from '../errors.ts';
import { MessageComposer } from '../messages/message-composer.ts';
import type { ConversationEvent } from '../model.ts';
import type { Session } from '../session.ts';
import type { GroupRecord, KeyPackageSecret, VaultChange } from '../vault/vault.ts';
import { describeNewList } from './commit-events.ts';
import { describeConversation } from './group-conversation.ts';
import { drawLineId } from './group-draft.ts';
import { changeRecord, comparePrecedence } from './group-store.ts';
import type { GroupTools } from './group-tools.ts';
import { judgeWelcome, type WelcomeKind } from './welcome-judge.ts';

export type WelcomeOutcome =
  | { readonly outcome: 'joined'; readonly record: GroupRecord; readonly kind: WelcomeKind }
  /** This device is in the group already; it goes over to the new leaf where the log says so. */
  | { readonly outcome: 'kept' }
  /** For another device of this account, or used before. */
  | { readonly outcome: 'not-for-us' }
  | { readonly outcome: 'refused'; readonly error: ClientErrorCode }
  /** Somebody's identity key has changed and the person has not accepted that yet. */
  | { readonly outcome: 'held'; readonly sender: Nickname };

type WithIt = Pick<VaultChange, 'cursors' | 'releaseLettersOf'>;

export class Welcomes {
  readonly #tools: GroupTools;

  constructor(tools: GroupTools) {
    this.#tools = tools;
  }

  /**
   * `withIt` is saved together with what comes of it; for everything but `joined` nothing is saved here. Throws what keeps it from
   * being judged now: UNREACHABLE, or what the relay answers to a look-up.
   */
  async settle(welcome: MlsWelcome, session: Session | null, withIt: WithIt): Promise<WelcomeOutcome> {
    if (!MLS_SUITES.some((name) => name === welcome.suite)) return refused('UNSUPPORTED_ENVELOPE');
    const keys = await this.#findKeys(welcome.welcome);
    if (!keys) return refused('WELCOME_REFUSED');
    if (keys.size === 0) return { outcome: 'not-for-us' };
    return this.#tools.store.use(toLogId(welcome.log), async (inUse) => {
      const joined = await this.#join(welcome, keys, session);
      if (!joined) return refused('WELCOME_REFUSED');
      const verdict = this.#judge(joined, welcome.suite);
      if (verdict.outcome === 'refused') return refused('WELCOME_REFUSED');
      if (verdict.outcome === 'held') return verdict;
      const isUsedUp = keys.get(joined.reference)?.lastResort === false;
      const change = { ...withIt, removeKeyPackages: isUsedUp ? [joined.reference] : [] };
      if (inUse?.group && this.#canStillRead(inUse.record)) {
        return this.#saveForLater(inUse.record, inUse.group, joined, change);
      }
      return this.#save(joined, verdict.kind, change);
    });
  }

  /** Those that this device still has; null for something that is no Welcome. */
  async #findKeys(welcome: Uint8Array): Promise<Map<string, KeyPackageSecret> | null> {
    const keys = new Map<string, KeyPackageSecret>();
    for (const reference of listReferences(welcome) ?? []) {
      const key = await this.#tools.keyPackages.take(reference);
      if (key) keys.set(reference, key);
    }
    return listReferences(welcome) && keys;
  }

  /** CLI-046; null: it does not lead into a group that this device could be in. */
  async #join(
    { log, welcome }: MlsWelcome,
    keys: ReadonlyMap<string, KeyPackageSecret>,
    session: Session | null,
  ): Promise<JoinedGroup | null> {
    const { own, ownLeaf, verifiers, random } = this.#tools;
    try {
      return await joinGroup({
        ...{ welcome, random, log: toLogId(log) },
        secrets: new Map([...keys].map(([reference, { secret }]) => [reference, secret])),
        verifier: verifiers.over(session),
        signatureKey: await ownLeaf.signatureKey(),
        relayFingerprint: own.need().relay.fingerprint,
      });
    } catch (cause) {
      // The verifier's own word that it cannot judge now; whatever else goes wrong with a Welcome is the fault of the Welcome.
      if (cause instanceof SirdasError) throw cause;
      return null;
    }
  }

  #judge({ group, addedBy }: JoinedGroup, suite: string) {
    const { own, contacts, conversations, store } = this.#tools;
    const described = describeGroup(group);
    const id = toConversationId(described.state.conversation);
    return judgeWelcome(
      { group: described, addedBy, suite },
      {
        relayFingerprint: own.need().relay.fingerprint,
        own: { nickname: own.need().nickname, identityKey: own.needVerified().record.identityKey },
        keysOf: (nickname) => {
          const contact = contacts.get(nickname);
          if (!contact) return null;
          const changed = contact.changed?.account.record.identityKey ?? null;
          return { pinned: contact.account.record.identityKey, changed };
        },
        conversation: conversations.find(id),
        groups: store.listOf(id),
      },
    );
  }

  /** Nothing has gone wrong here: what is still to be read was sealed for the leaf that this device has. */
  #canStillRead({ conversation }: GroupRecord): boolean {
    return this.#tools.conversations.find(conversation)?.state === 'active';
  }

  async #saveForLater(
    record: GroupRecord,
    group: MlsGroup,
    joined: JoinedGroup,
    change: VaultChange,
  ): Promise<WelcomeOutcome> {
    const { vault, store, keyPackages } = this.#tools;
    const { epochPart, ratchetParts: pages } = splitGroup(joined.group, null);
    if (!epochPart) throw new Error('a whole group has an epoch part');
    const rejoin = { epoch: describeGroup(joined.group).epoch, epochPart, pages };
    const groupChange = changeRecord({ ...record, rejoin }, group);
    await vault.save({ ...change, groups: [groupChange] });
    store.note(groupChange, group);
    keyPackages.noteUsed(joined.reference);
    return { outcome: 'kept' };
  }

  async #save(joined: JoinedGroup, kind: WelcomeKind, withIt: VaultChange): Promise<WelcomeOutcome> {
    const { vault, store, counters, teller, keyPackages } = this.#tools;
    const record = this.#describeRecord(joined);
    const change = changeRecord(record, joined.group);
    if (!change.record) throw new Error('a group that was joined has a record');
    const composed = this.#compose(joined, kind).finish();
    const saved = await vault.save({
      ...composed,
      ...withIt,
      groups: [change],
      // Where this device stands in the log, the relay says.
      cursors: [...(withIt.cursors ?? []), { log: record.log, seq: 0 }],
    });
    store.note(change, joined.group);
    keyPackages.noteUsed(joined.reference);
    counters.note(composed.counters);
    teller.tell(saved, composed.conversations);
    return { outcome: 'joined', record: change.record, kind };
  }

  #describeRecord({ group }: JoinedGroup): Omit<GroupRecord, 'epochPart' | 'epoch'> {
    const { log, suite, state } = describeGroup(group);
    const { generation } = state;
    const conversation = toConversationId(state.conversation);
    const update = { updatedMs: this.#tools.clock.nowMs(), sealedSinceUpdate: 0 };
    // The log's epoch comes with the first thing that is read.
    return { log, conversation, generation, suite, ...update, logEpoch: 0, leaving: [], pending: null };
  }

  #compose({ group, addedBy }: JoinedGroup, kind: WelcomeKind): MessageComposer {
    const { own, counters, clock, random, store } = this.#tools;
    const nowMs = clock.nowMs();
    const composer = new MessageComposer({ own: own.need(), counters, nowMs });
    const described = describeGroup(group);
    const { id, ...change } = describeConversation(described, own.need().nickname);
    const others = store.listOf(id).filter(({ log }) => log !== described.log);
    const candidate = { log: described.log, generation: described.state.generation };
    const isPresent = others.every((record) => comparePrecedence(candidate, record) < 0);
    composer.change(isPresent ? { id, ...change, state: 'active' } : { id });
    const { nickname: sender, device } = addedBy;
    for (const event of this.#findLines(kind, described)) {
      composer.addEvent({
        ...{ id: drawLineId(random), conversation: id, sender, device, sentMs: nowMs, event },
      });
    }
    const devices = described.leaves.filter(({ index }) => index !== described.ownLeafIndex);
    composer.meetDevices(
      id,
      devices.map((leaf) => ({ sender: leaf.nickname, device: leaf.device })),
    );
    return composer;
  }

  /**
   * A device without a state has missed what was said until now, in a direct conversation as well; that one begins is nothing to be
   * told, nor that a leaf was replaced right behind what this device has read.
   */
  #findLines(kind: WelcomeKind, { log, epoch, state }: GroupDescription): readonly ConversationEvent[] {
    const known = this.#tools.store.get(log);
    const before = this.#tools.conversations.find(toConversationId(state.conversation));
    switch (kind) {
      case 'new':
        return state.direct ? [] : [{ what: 'joined' }];
      case 'repair':
        return known && epoch > known.epoch + 1 ? [{ what: 'joined' }] : [];
      case 'reset':
        return [
          { what: 'reset', reason: 'lost' },
          ...(state.direct || !before ? [] : describeNewList(before.members, state.members)),
        ];
      case 'twin':
        return [];
    }
  }
}

/** Null for something that is no Welcome. */
function listReferences(welcome: Uint8Array): readonly string[] | null {
  try {
    return listWelcomeReferences(welcome);
  } catch (cause) {
    toSirdasError(cause);
    return null;
  }
}

function refused(error: ClientErrorCode): WelcomeOutcome {
  return { outcome: 'refused', error };
}
