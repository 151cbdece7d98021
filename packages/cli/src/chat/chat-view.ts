// Everything there is to draw, as one value that the model replaces with every change; compose-screen.ts draws it.
import type {
  Account,
  Contact,
  Conversation,
  ConversationId,
  Device,
  LinkState,
  Member,
  Nickname,
} from '@sirdas/client';
import type { ActivityBoard } from './activity-board.ts';
import { type ListEntry, titleOf } from './conversation-list.ts';
import type { Panel } from './panel.ts';
import type { LoadedMessages } from './scrollback.ts';

export interface ChatView {
  readonly account: Account;
  readonly link: LinkState;
  readonly entries: readonly ListEntry[];
  readonly open: OpenConversation | null;
  readonly notice: Notice | null;
  readonly question: Question | null;
  readonly panel: Panel | null;
  readonly activities: ActivityBoard;
  readonly contacts: ReadonlyMap<Nickname, Contact>;
  /** Of the own account. */
  readonly devices: readonly Device[];
  readonly isSoundOn: boolean;
  /** 0xRRGGBB of everybody known who chose one; the same object until one changes. */
  readonly chosenColours: ChosenColours;
}

export type ChosenColours = ReadonlyMap<Nickname, number>;

export interface OpenConversation {
  readonly id: ConversationId;
  readonly kind: Conversation['kind'];
  /** Direct ones: the other person. */
  readonly with: Nickname | null;
  /** Safe text. */
  readonly title: string;
  /** The own account as well; the same object until one changes. */
  readonly members: readonly Nickname[];
  /** Of groups. */
  readonly roles: readonly Member[];
  /** Null: nothing was sent yet, so nobody knows. */
  readonly protection: 'classic' | 'forward-secret' | 'post-quantum' | null;
  readonly expiresAfterMs: number;
  readonly state: Conversation['state'];
  /** To whom the relay has shown another history. */
  readonly forkSeenBy: Nickname | null;
  readonly loaded: LoadedMessages;
}

export interface Notice {
  readonly kind: 'error' | 'info';
  readonly text: string;
}

/** Asked before something that cannot be undone. */
export interface Question {
  readonly text: string;
}

/** Where a conversation is opened that has no message yet. */
export interface Beginning {
  readonly id: ConversationId;
  readonly with: Nickname;
}

type OpenFacts = Omit<OpenConversation, 'loaded' | 'forkSeenBy'>;

/** What is known of a conversation, for the pane that shows it. */
export function describeOpen(conversation: Conversation, self: Nickname, unnamedGroup: string): OpenFacts {
  const { id, kind, with: nickname, members, expiresAfterMs, state } = conversation;
  return {
    id,
    kind,
    with: nickname,
    title: titleOf(conversation, unnamedGroup),
    members: nickname === null ? members.map((member) => member.nickname) : [self, nickname],
    roles: members,
    protection: protectionOf(conversation),
    expiresAfterMs,
    state,
  };
}

export function describeBeginning({ id, with: nickname }: Beginning, account: Account): OpenFacts {
  return {
    id,
    kind: 'direct',
    with: nickname,
    title: nickname,
    members: [account.nickname, nickname],
    roles: [],
    protection: account.classicOnly ? 'classic' : null,
    expiresAfterMs: 0,
    state: 'active',
  };
}

/** The same list of members as long as they are the same: rows are laid out anew for another one. */
export function keepMembers<Facts extends Pick<OpenConversation, 'members'>>(
  open: OpenConversation,
  facts: Facts,
): Facts {
  const isSame =
    facts.members.length === open.members.length &&
    facts.members.every((nickname, index) => open.members[index] === nickname);
  return isSame ? { ...facts, members: open.members } : facts;
}

function protectionOf({ forwardSecret, postQuantum }: Conversation): OpenConversation['protection'] {
  if (!forwardSecret) return 'classic';
  return postQuantum ? 'post-quantum' : 'forward-secret';
}
