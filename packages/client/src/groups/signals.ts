// Hints of what somebody does at this moment, on their way through a group: sealed with its present epoch, opened only when they
// are from a device of it and from now. Nothing of them is stored, answered or told when it is wrong. Called by client-parts.ts;
// how often one is sent and how long it is shown is the business of messages/activities.ts. SPEC §6.7.
import { CryptoError, describeGroup, openSignal, type RandomSource, sealSignal } from '@sirdas/crypto';
import {
  type ConversationId,
  type DeviceId,
  type Frame,
  fromId,
  LIMITS,
  type LogId,
  type Nickname,
  toLogId,
} from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Activity } from '../model.ts';
import type { OwnAccount } from '../own-account.ts';
import type { Session } from '../session.ts';
import type { GroupStore } from './group-store.ts';
import { findUndecided } from './key-change.ts';
import type { OwnLeafSource } from './own-leaf.ts';

const MAX_SKEW_MS = 2 * LIMITS.MAX_CLOCK_SKEW_MS;
/** A member's device that signals faster than this is not listened to. */
const SHORTEST_GAP_MS = 500;
/** Signals that wait for a group which is busy; what comes beyond is too late anyway. */
const MAX_WAITING = 64;

export interface SignalsOptions {
  readonly own: Pick<OwnAccount, 'need'>;
  readonly ownLeaf: Pick<OwnLeafSource, 'signatureKey'>;
  readonly store: Pick<GroupStore, 'get' | 'presentOf' | 'use'>;
  readonly contacts: Pick<Contacts, 'get'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onActivity: (conversation: ConversationId, from: Nickname, activity: Activity) => void;
}

interface Heard {
  /** As its sender dates it. */
  readonly timeMs: number;
  readonly heardMs: number;
}

export class Signals {
  readonly #options: SignalsOptions;
  /** The last one of each device in each log. */
  readonly #heard = new Map<string, Heard>();
  #waiting = 0;

  constructor(options: SignalsOptions) {
    this.#options = options;
  }

  /** Nothing happens where there is no group, or one to which nothing may be sent. */
  async send(conversation: ConversationId, activity: Activity, session: Session): Promise<void> {
    const { own, ownLeaf, store, contacts, clock, random } = this.#options;
    const log = store.presentOf(conversation)?.log;
    if (!log) return;
    const payload = await store.use(log, async (inUse) => {
      if (!inUse?.group) return null;
      if (findUndecided(describeGroup(inUse.group).state.members, contacts)) return null;
      const content = { device: fromId(own.need().device), timeMs: clock.nowMs(), activity };
      return sealSignal(inUse.group, { content, deviceKey: await ownLeaf.signatureKey(), random });
    });
    if (payload) session.send({ kind: 'signal', log: fromId(log), payload });
  }

  /** Whatever is wrong with it, it is dropped. */
  async receive({ log: logBytes, payload }: Frame<'signal'>): Promise<void> {
    const { store } = this.#options;
    const log = toLogId(logBytes);
    const conversation = store.get(log)?.conversation;
    if (!conversation || this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    try {
      const opened = await store.use(log, async (inUse) =>
        inUse?.group ? await openQuietly(inUse.group, payload) : null,
      );
      if (!opened) return;
      const { leaf, content } = opened;
      if (leaf.nickname === this.#options.own.need().nickname) return;
      if (this.#isTimely(log, leaf.device, content.timeMs)) {
        this.#options.onActivity(conversation, leaf.nickname, content.activity);
      }
    } finally {
      this.#waiting--;
    }
  }

  /** CLI-067: from now, later than the one before, and not too often. */
  #isTimely(log: LogId, device: DeviceId, timeMs: number): boolean {
    const heardMs = this.#options.clock.nowMs();
    const key = `${log} ${device}`;
    const before = this.#heard.get(key);
    if (Math.abs(timeMs - heardMs) > MAX_SKEW_MS) return false;
    if (before && timeMs <= before.timeMs) return false;
    const isTooFast = before !== undefined && heardMs - before.heardMs < SHORTEST_GAP_MS;
    if (!isTooFast) this.#heard.set(key, { timeMs, heardMs });
    return !isTooFast;
  }
}

async function openQuietly(...opening: Parameters<typeof openSignal>): ReturnType<typeof openSignal> {
  try {
    return await openSignal(...opening);
  } catch (cause) {
    if (cause instanceof CryptoError) return null;
    throw cause;
  }
}
