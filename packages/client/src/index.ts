export type { ConversationId, DeviceId, InviteId, InviteLink, MessageId, Nickname } from '@sirdas/protocol';
export { fromHex, parseInviteLink, prepareNickname, toHex } from '@sirdas/protocol';
export type { ColouredPerson, VisionCorrection } from './colour.ts';
export { colourOf, contrastOf, hueOfName, MIN_CONTRAST } from './colour.ts';
export type { ClientErrorCode } from './errors.ts';
export { SirdasError } from './errors.ts';
export type {
  Account,
  Contact,
  Conversation,
  DeliveryState,
  LinkState,
  Message,
  MessageBody,
  OnlinePerson,
  PresenceDifference,
  RelayAddress,
  SirdasEvent,
} from './model.ts';
export type { Language } from './sentences/describe-error.ts';
export { describeError } from './sentences/describe-error.ts';
export type { ErrorSentence } from './sentences/sentence.ts';
