// What programs use of the SDK; runs in Node and in browsers. Vaults and the TCP transport are platform-bound: see
// client/node and client/browser.
export type {
  ConversationId,
  DeviceId,
  GroupRole,
  InviteId,
  InviteLink,
  MessageId,
  Nickname,
} from '@sirdas/protocol';
export { formatInviteLink, fromHex, parseInviteLink, prepareNickname, toHex } from '@sirdas/protocol';
export type { Clock } from './clock.ts';
export { systemClock } from './clock.ts';
export type { ColouredPerson, VisionCorrection } from './colour.ts';
export { colourOf, contrastOf, hueOfName, MIN_CONTRAST } from './colour.ts';
export type { DeviceActions } from './devices/device-actions.ts';
export type { Approval } from './devices/linking-old.ts';
export type { LinkOptions, RestoreOptions } from './devices/new-device.ts';
export type { ClientErrorCode } from './errors.ts';
export { SirdasError } from './errors.ts';
export type { EventOf, SirdasEventType } from './events.ts';
export type { GroupActions } from './groups/group-actions.ts';
export type { InviteToMake, NewInvite } from './invites.ts';
export type {
  Account,
  Activity,
  Contact,
  Conversation,
  ConversationEvent,
  DeliveryState,
  Device,
  EpochCheck,
  GroupTrouble,
  Invite,
  LinkState,
  Member,
  Message,
  MessageBody,
  MessageReference,
  OnlinePerson,
  Preferences,
  PresenceDifference,
  Profile,
  Provenance,
  Reaction,
  RelayAddress,
  SirdasEvent,
  Statistics,
} from './model.ts';
export type { Language } from './sentences/describe-error.ts';
export { describeError } from './sentences/describe-error.ts';
export type { ErrorSentence } from './sentences/sentence.ts';
export type { JoinOptions, Replying, SirdasOptions, Waiting } from './sirdas.ts';
export { Sirdas } from './sirdas.ts';
export type { Channel, ChannelHandlers, Transport } from './transport/transport.ts';
export type { Vault } from './vault/vault.ts';
