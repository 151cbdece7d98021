// What programs use of the SDK; runs in Node and in browsers. Vaults and the TCP transport are platform-bound: see
// client/node and client/browser.
export type { ConversationId, DeviceId, InviteId, InviteLink, MessageId, Nickname } from '@sirdas/protocol';
export { formatInviteLink, fromHex, parseInviteLink, prepareNickname, toHex } from '@sirdas/protocol';
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export type { ColouredPerson, VisionCorrection } from './colour.ts';
export { colourOf, contrastOf, hueOfName, MIN_CONTRAST } from './colour.ts';
export type { ClientErrorCode } from './errors.ts';
export { SirdasError } from './errors.ts';
export type { EventOf, SirdasEventType } from './events.ts';
export type { InviteToMake, NewInvite } from './invites.ts';
export type {
  Account,
  Contact,
  Conversation,
  DeliveryState,
  Invite,
  LinkState,
  Message,
  MessageBody,
  OnlinePerson,
  PresenceDifference,
  Profile,
  RelayAddress,
  SirdasEvent,
} from './model.ts';
export type { Language } from './sentences/describe-error.ts';
export { describeError } from './sentences/describe-error.ts';
export type { ErrorSentence } from './sentences/sentence.ts';
export type { JoinOptions, SirdasOptions, Waiting } from './sirdas.ts';
export { Sirdas } from './sirdas.ts';
export type { Channel, ChannelHandlers, Transport } from './transport/transport.ts';
export type { Vault } from './vault/vault.ts';
