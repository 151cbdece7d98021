// What the terminal programs need of the SDK: the part of `Sirdas` that chat uses, named here so that tests can stand
// in for it. Methods reject with SirdasError.
import type {
  Account,
  Contact,
  Conversation,
  ConversationId,
  LinkState,
  Message,
  Nickname,
  OnlinePerson,
  SirdasEvent,
} from '@sirdas/client';

export interface ChatClient {
  readonly account: Account;
  readonly link: LinkState;
  readonly online: readonly OnlinePerson[];
  conversations(): Promise<readonly Conversation[]>;
  contacts(): Promise<readonly Contact[]>;
  /** Newest first, those before `before`. */
  messages(conversation: ConversationId, before: number | null, limit: number): Promise<readonly Message[]>;
  markRead(conversation: ConversationId, position: number): Promise<void>;
  lookUp(nickname: Nickname): Promise<Contact>;
  conversationWith(nickname: Nickname): ConversationId;
  send(recipient: Nickname, text: string): Promise<Message>;
  safetyNumber(nickname: Nickname): Promise<string>;
  markVerified(nickname: Nickname): Promise<void>;
  acceptKeyChange(nickname: Nickname): Promise<void>;
  setColour(colour: number | null): Promise<void>;
  setVisible(visible: boolean): Promise<void>;
  /** An invite for one person within 7 days, as a link. */
  createInvite(): Promise<string>;
  onEvent(listener: (event: SirdasEvent) => void): () => void;
}
