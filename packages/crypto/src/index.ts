// What the client package uses. Everything here runs in Node and in browsers.
export type {
  AccountCheck,
  AccountName,
  AccountPage,
  AccountPin,
  DevicePeriod,
  SignedRecord,
  VerifiedAccount,
} from './account-record.ts';
export {
  continueAccountChain,
  restoreAccount,
  signAccountRecord,
  verifyAccountChain,
} from './account-record.ts';
export { peekDeviceReport, signDeviceReport, verifyDeviceReport } from './device-report.ts';
export { directConversationId } from './direct-conversation.ts';
export type { CryptoErrorCode } from './errors.ts';
export { CryptoError } from './errors.ts';
export type { UnwrapKey } from './key-wrap.ts';
export { generateUnwrapKey, importUnwrapKey } from './key-wrap.ts';
export type { LinkingKey, LinkingPort } from './linking-channel.ts';
export { agreeAsNewDevice, agreeAsOldDevice, LinkingChannel, makeLinkingKey } from './linking-channel.ts';
export { computeRelayFingerprint, signLogin, verifyRelayProof } from './login.ts';
export type { GroupToCreate } from './mls/create-group.ts';
export { createGroup } from './mls/create-group.ts';
export type { GroupDescription } from './mls/group.ts';
export { describeGroup, exportSecret, MlsGroup } from './mls/group.ts';
export type { GroupParts, GroupToRestore } from './mls/group-storage.ts';
export { restoreGroup, splitGroup } from './mls/group-storage.ts';
export type { KeyPackageCheck, KeyPackageToMake, MadeKeyPackage } from './mls/key-package.ts';
export { makeKeyPackage, readKeyPackage } from './mls/key-package.ts';
export type { Leaf, LeafIdentity, LeafUse, LeafVerifier, OwnLeaf } from './mls/leaf.ts';
export type { OpenedMessage, PeekedMessage, SealedMessage } from './mls/message.ts';
export { openMessage, peekMessage, sealMessage } from './mls/message.ts';
export type { CommitCheck, OpenedCommit } from './mls/open-commit.ts';
export { openCommit } from './mls/open-commit.ts';
export type { CommitToPlan, PlannedCommit } from './mls/plan-commit.ts';
export { planCommit } from './mls/plan-commit.ts';
export type { GroupToJoin, JoinedGroup } from './mls/welcome.ts';
export { joinGroup, listWelcomeReferences } from './mls/welcome.ts';
export type { OpenedLetter, ReceivedLetter, VerifiedLetter } from './open-classic-letter.ts';
export { openClassicLetter, receiveClassicLetter, verifyClassicLetter } from './open-classic-letter.ts';
export type { ProofOfWorkTask } from './proof-of-work.ts';
export { solveProofOfWork } from './proof-of-work.ts';
export type { RandomSource } from './random.ts';
export { systemRandom } from './random.ts';
export { computeSafetyNumber } from './safety-number.ts';
export type { LetterToSeal } from './seal-classic-letter.ts';
export { sealClassicLetter } from './seal-classic-letter.ts';
export type { OpenedSignal, SignalToSeal } from './sealed-signal.ts';
export { openSignal, sealSignal } from './sealed-signal.ts';
export { SecretBytes } from './secret-bytes.ts';
export type { SignatureKey } from './signature-key.ts';
export { generateSignatureSeed, importSignatureKey } from './signature-key.ts';
