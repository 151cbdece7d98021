// Who is online. A person with several devices is there once; a person of whom one device asks to be invisible is not
// there at all; who comes back within a few seconds was never away. Handlers tell what happens, watchers get the difference to
// what they were told before, all of them the same frames, encoded once. SPEC §3.1 (watch_presence, presence_change).
import { encodeFrame, encodePresence, type FrameBody, type Nickname } from '@sirdas/protocol';

/** Changes within this time leave as one. */
const COALESCE_MS = 50;
/** Entries that surely fit into one frame, with names of the longest kind. */
const MAX_LIST_ENTRIES = 5000;

type PresenceEntry = FrameBody<'presenceList'>['online'][number];

/** What others see of a person. */
export interface Profile {
  /** 0xRRGGBB as chosen; undefined: derived from the nickname by the clients. */
  readonly colour: number | undefined;
  readonly recordIndex: number;
}

/** One logged-in connection. */
export interface Member {
  readonly nickname: Nickname;
  isVisible: boolean;
}

/** Gets whole encoded frames. */
export type Watcher = (frames: readonly Uint8Array[]) => void;

interface Person {
  readonly members: Set<Member>;
  profile: Profile;
  /** Runs while nobody is connected any more but the person is still shown. */
  lingering: NodeJS.Timeout | null;
}

/** Encoded once: on a busy relay everybody who comes asks for everybody who is there. */
interface Announced {
  readonly profile: Profile;
  /** For the list. */
  readonly entry: Uint8Array;
  /** The frame that says "online". */
  readonly frame: Uint8Array;
}

export class Presence {
  readonly #lingerMs: number;
  readonly #people = new Map<Nickname, Person>();
  /** What the watchers know. */
  readonly #announced = new Map<Nickname, Announced>();
  readonly #watchers = new Set<Watcher>();
  readonly #changed = new Set<Nickname>();
  #flushTimer: NodeJS.Timeout | null = null;
  readonly #waitingForFlush: (() => void)[] = [];

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  /** People with a connection, visible or not. */
  get count(): number {
    return this.#people.size;
  }

  enter(member: Member, profile: Profile): void {
    const person = this.#people.get(member.nickname) ?? { members: new Set(), profile, lingering: null };
    this.#people.set(member.nickname, person);
    if (person.lingering) clearTimeout(person.lingering);
    person.lingering = null;
    person.members.add(member);
    person.profile = profile;
    this.#noteChange(member.nickname);
  }

  leave(member: Member): void {
    const person = this.#people.get(member.nickname);
    if (!person?.members.has(member)) return;
    const wasVisible = isVisible(person);
    person.members.delete(member);
    if (person.members.size > 0) this.#noteChange(member.nickname);
    else if (wasVisible && this.#lingerMs > 0) this.#linger(member.nickname, person);
    else this.#forget(member.nickname);
  }

  setVisible(member: Member, visible: boolean): void {
    member.isVisible = visible;
    this.#noteChange(member.nickname);
  }

  /** A new record: the people online shall look it up. */
  update(nickname: Nickname, profile: Profile): void {
    const person = this.#people.get(nickname);
    if (!person) return;
    person.profile = profile;
    this.#noteChange(nickname);
  }

  /**
   * Who is online, as entries for `encodePresenceList`; from then on the watcher is told what changes, and nothing that it
   * knows from here.
   */
  async watch(watcher: Watcher): Promise<readonly Uint8Array[]> {
    // After the changes of the last moments have been told to the others: whoever asks needs not be told them again.
    if (this.#flushTimer) await new Promise<void>((resolve) => this.#waitingForFlush.push(resolve));
    this.#watchers.add(watcher);
    const online = [...this.#announced.values()];
    const rest = online.slice(MAX_LIST_ENTRIES);
    if (rest.length > 0) {
      const frames = rest.map(({ frame }) => frame);
      setImmediate(() => this.#watchers.has(watcher) && watcher(frames));
    }
    return online.slice(0, MAX_LIST_ENTRIES).map(({ entry }) => entry);
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** Nobody is told anything any more. */
  close(): void {
    if (this.#flushTimer) clearTimeout(this.#flushTimer);
    for (const { lingering } of this.#people.values()) if (lingering) clearTimeout(lingering);
    this.#watchers.clear();
  }

  #linger(nickname: Nickname, person: Person): void {
    person.lingering = setTimeout(() => this.#forget(nickname), this.#lingerMs);
  }

  #forget(nickname: Nickname): void {
    this.#people.delete(nickname);
    this.#noteChange(nickname);
  }

  #noteChange(nickname: Nickname): void {
    this.#changed.add(nickname);
    this.#flushTimer ??= setTimeout(() => this.#flush(), COALESCE_MS);
  }

  #flush(): void {
    this.#flushTimer = null;
    const frames: Uint8Array[] = [];
    for (const nickname of this.#changed) {
      const frame = this.#announceChange(nickname);
      if (frame) frames.push(frame);
    }
    this.#changed.clear();
    if (frames.length > 0) for (const watcher of this.#watchers) watcher(frames);
    for (const resolve of this.#waitingForFlush.splice(0)) resolve();
  }

  /** The frame for the watchers; null when they know already. */
  #announceChange(nickname: Nickname): Uint8Array | null {
    const person = this.#people.get(nickname);
    const before = this.#announced.get(nickname);
    if (person && isVisible(person)) {
      const { colour, recordIndex } = person.profile;
      if (before?.profile.colour === colour && before?.profile.recordIndex === recordIndex) return null;
      const announced = announce(nickname, person.profile);
      this.#announced.set(nickname, announced);
      return announced.frame;
    }
    if (!before) return null;
    this.#announced.delete(nickname);
    return encodeChange(toEntry(nickname, before.profile), false);
  }
}

/** A lingering person has no members and was visible before. */
function isVisible(person: Person): boolean {
  for (const member of person.members) if (!member.isVisible) return false;
  return true;
}

function announce(nickname: Nickname, profile: Profile): Announced {
  const presence = toEntry(nickname, profile);
  return { profile, entry: encodePresence(presence), frame: encodeChange(presence, true) };
}

function toEntry(nickname: Nickname, { colour, recordIndex }: Profile): PresenceEntry {
  return colour === undefined ? { nickname, recordIndex } : { nickname, recordIndex, colour };
}

function encodeChange(presence: PresenceEntry, online: boolean): Uint8Array {
  return encodeFrame({ request: 0, kind: 'presenceChange', presence, online });
}
