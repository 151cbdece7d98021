// A group in the shape in which the library's functions want it. What we do not keep is empty: no past epochs (the relay
// orders a log, so nothing of a past epoch comes any more), no stand-alone proposals, no signature key (suite.ts).
import type { ClientConfig } from 'ts-mls/clientConfig.js';
import type { ClientState } from 'ts-mls/clientState.js';
import { defaultKeyPackageEqualityConfig } from 'ts-mls/keyPackageEqualityConfig.js';
import type { GroupContents } from './group.ts';
import { MAX_FORWARD_GENERATIONS, toLibraryTree } from './ratchet.ts';

const NOTHING = new Uint8Array();

export const LIBRARY_CONFIG: ClientConfig = {
  keyRetentionConfig: {
    retainKeysForGenerations: 0,
    // What it keeps is dropped with the state that it returns; with 0 it would keep everything and fail on our ratchets.
    retainKeysForEpochs: 1,
    maximumForwardRatchetSteps: MAX_FORWARD_GENERATIONS,
  },
  // Checked in key-package.ts, with the caller's clock.
  lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  // What we seal is padded already (SPEC §6.2).
  paddingConfig: { kind: 'alwaysPad', paddingLength: 0 },
  // Leaves are judged in key-package.ts, welcome.ts and open-commit.ts: the library says neither what a credential is
  // judged for nor lets an error of the judge through.
  authService: { validateCredential: async () => true },
};

/** `leaf`: whose ratchets the library is going to use. */
export function toLibraryState({ epoch, ratchets }: GroupContents, leaf: number): ClientState {
  return {
    groupContext: epoch.context,
    ratchetTree: epoch.tree,
    keySchedule: {
      ...epoch.secrets,
      externalSecret: NOTHING,
      confirmationKey: NOTHING,
      membershipKey: NOTHING,
      resumptionPsk: NOTHING,
    },
    privatePath: epoch.privatePath,
    confirmationTag: epoch.confirmationTag,
    secretTree: toLibraryTree(ratchets, leaf),
    signaturePrivateKey: NOTHING,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: 'active' },
    clientConfig: LIBRARY_CONFIG,
  };
}
