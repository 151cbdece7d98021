export type { AccountRecord, MlsSuite, SignedRecord } from './account-record.ts';
export {
  accountRecordInput,
  CLASSIC_SUITE,
  decodeAccountRecord,
  decodeSignedRecord,
  encodeAccountRecord,
  encodeSignedRecord,
  isPrintableName,
  MLS_SUITES,
  recordHashInput,
  X25519_SUITE,
  XWING_SUITE,
} from './account-record.ts';
export {
  compareUtf8,
  concatBytes,
  decodeUtf8,
  encodeUint32,
  encodeUtf8,
  equalBytes,
  fromBase64Url,
  fromHex,
  toBase64Url,
  toHex,
} from './bytes.ts';
export type { Content, ContentBody, ContentKind, MessageReference } from './content.ts';
export { decodeContent, encodeContent, isReactionEmoji, isSendableText } from './content.ts';
export type { DeviceReport, ReportReason, ReportStatement } from './device-report.ts';
export {
  decodeReportStatement,
  deviceReportInput,
  encodeReportStatement,
  REPORT_REASONS,
} from './device-report.ts';
export { isUsableEd25519Point } from './ed25519-point.ts';
export type { ClassicHeader, ClassicLetter, Envelope, MlsWelcome } from './envelope.ts';
export {
  classicHeaderInput,
  decodeClassicHeader,
  decodeEnvelope,
  encodeClassicHeader,
  encodeEnvelope,
} from './envelope.ts';
export type { ProtocolErrorCode, WireErrorName } from './errors.ts';
export { nameWireError, ProtocolError, WIRE_ERRORS } from './errors.ts';
export type { Frame, FrameBody, FrameKind } from './frame.ts';
export { decodeClientFrame, decodeFrame, encodeFrame, encodePresence, UnknownKindError } from './frame.ts';
export { FrameSplitter, LENGTH_PREFIX_BYTES, prefixFrame } from './framing.ts';
export type { GroupRole, GroupState, MlsCredential } from './group-state.ts';
export {
  decodeGroupState,
  decodeMlsCredential,
  encodeGroupState,
  encodeMlsCredential,
} from './group-state.ts';
export type { HotEntry } from './hot-frames.ts';
export {
  encodePresenceList,
  sizeOfAccepted,
  sizeOfDeliver,
  writeAccepted,
  writeDeliver,
} from './hot-frames.ts';
export type { ConversationId, DeviceId, InviteId, LogId, MessageId, Nickname } from './ids.ts';
export { fromId, toConversationId, toDeviceId, toInviteId, toLogId, toMessageId } from './ids.ts';
export type { InviteLink } from './invite-link.ts';
export { formatInviteLink, parseInviteLink } from './invite-link.ts';
export type { Label, LoginTranscript } from './labelled-input.ts';
export { LABELS, labelledInput, loginInput, relayProofInput } from './labelled-input.ts';
export { LIMITS, MAX_VERSION, MIN_VERSION } from './limits.ts';
export type { LinkingOffer } from './linking-offer.ts';
export { formatLinkingOffer, parseLinkingOffer } from './linking-offer.ts';
export { parseNickname, prepareNickname } from './nickname.ts';
export { isPrintable } from './printable-text.ts';
export type { SignalActivity, SignalContent } from './signal-content.ts';
export {
  decodeSignalContent,
  encodeSignalContent,
  SIGNAL_ACTIVITIES,
  signalInput,
} from './signal-content.ts';
