// Who is online, as the relay says (SPEC §3.1, watch_presence). Presence proves nothing about a person; it is shown, and a
// newer record index in it is a reason to look a contact up again.
import { type Frame, type FrameBody, type Nickname, ProtocolError, parseNickname } from '@sirdas/protocol';
import type { Contacts } from './contacts.ts';
import { toSirdasError } from './convert-error.ts';
import { SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { OnlinePerson } from './model.ts';
import type { Session } from './session.ts';

type WirePresence = FrameBody<'presenceList'>['online'][number];

const MAX_COLOUR = 0xffffff;

interface Person extends OnlinePerson {
  readonly recordIndex: number;
}

export class Presence {
  readonly #events: Events;
  readonly #contacts: Contacts;
  readonly #online = new Map<Nickname, Person>();
  #session: Session | null = null;
  /** Changes that come before the list has been taken in; null once it has. */
  #early: Frame<'presenceChange'>[] | null = null;

  constructor(events: Events, contacts: Contacts) {
    this.#events = events;
    this.#contacts = contacts;
  }

  list(): OnlinePerson[] {
    return [...this.#online.values()].map(describe);
  }

  async start(session: Session): Promise<void> {
    this.#session = session;
    this.#early = [];
    const { online } = await session.request({ kind: 'watchPresence' });
    if (this.#session !== session) return;
    this.#online.clear();
    for (const presence of online) this.#add(readPresence(presence));
    this.#tell(null);
    const early = this.#early ?? [];
    this.#early = null;
    for (const change of early) this.#apply(change);
  }

  /** Without a connection nobody is known to be online. */
  stop(): void {
    this.#session = null;
    if (this.#online.size === 0) return;
    this.#online.clear();
    this.#tell(null);
  }

  receive(change: Frame<'presenceChange'>, session: Session): void {
    // CLI-025
    if (session !== this.#session) {
      session.close(new SirdasError('PROTOCOL_VIOLATION', 'the relay tells of presence that nobody watches'));
    } else if (this.#early) this.#early.push(change);
    else this.#apply(change);
  }

  #apply({ presence, online }: Frame<'presenceChange'>): void {
    const session = this.#session;
    if (!session) return;
    try {
      const person = readPresence(presence);
      const { nickname } = person;
      // The relay also tells a new colour of somebody who was there already, or what is known.
      const isChange = this.#online.has(nickname) !== online;
      if (online) this.#add(person);
      else this.#online.delete(nickname);
      this.#tell(isChange ? { nickname, online } : null);
    } catch (cause) {
      session.close(toSirdasError(cause));
    }
  }

  #add(person: Person): void {
    this.#online.set(person.nickname, person);
    const known = this.#contacts.get(person.nickname);
    const isNewer = known && known.account.record.index < person.recordIndex;
    if (isNewer && this.#session) void this.#refresh(this.#session, person.nickname);
  }

  /** In the background: a look-up that fails now is made up for when the contact is next needed. */
  async #refresh(session: Session, nickname: Nickname): Promise<void> {
    try {
      await this.#contacts.refresh(session, nickname);
    } catch (cause) {
      toSirdasError(cause);
    }
  }

  #tell(change: { nickname: Nickname; online: boolean } | null): void {
    this.#events.emit({ type: 'presence', online: this.list(), change });
  }
}

function readPresence(presence: WirePresence | undefined): Person {
  const colour = presence?.colour ?? null;
  try {
    // CLI-029
    if (!presence || (colour !== null && colour > MAX_COLOUR)) throw malformed();
    return {
      nickname: parseNickname(presence.nickname),
      chosenColour: colour,
      recordIndex: presence.recordIndex,
    };
  } catch (cause) {
    throw cause instanceof ProtocolError ? malformed(cause) : cause;
  }
}

function describe({ nickname, chosenColour }: Person): OnlinePerson {
  return { nickname, chosenColour };
}

function malformed(cause?: unknown): SirdasError {
  return new SirdasError('PROTOCOL_VIOLATION', 'the relay names somebody in an impossible way', { cause });
}
