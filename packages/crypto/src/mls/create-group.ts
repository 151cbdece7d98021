// A new group with this device alone in it, in epoch 0 (SPEC §11.4, RFC 9420 §11). Everybody else comes in by a commit.
import { fromId, type GroupState, type LogId, type MlsSuite } from '@sirdas/protocol';
import { createGroup as createLibraryGroup } from 'ts-mls/clientState.js';
import { generateKeyPackageWithKey } from 'ts-mls/keyPackage.js';
import type { RandomSource } from '../random.ts';
import { MlsGroup, makeExtensions, pickSecrets, readLeaves } from './group.ts';
import { makeCapabilities, makeCredential, type OwnLeaf } from './leaf.ts';
import { LIBRARY_CONFIG } from './library-state.ts';
import { toPages } from './ratchet.ts';
import { loadSuite } from './suite.ts';

export interface GroupToCreate {
  readonly log: LogId;
  readonly suite: MlsSuite;
  readonly own: OwnLeaf;
  readonly state: GroupState;
  readonly random: RandomSource;
}

/** The first leaf has no lifetime that matters: the first commit replaces it. */
const UNLIMITED = { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn };

export async function createGroup(toCreate: GroupToCreate): Promise<MlsGroup> {
  const { own, suite, random, state } = toCreate;
  const keys = { signatureKey: own.signatureKey, random };
  const impl = loadSuite(suite, keys);
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    makeCredential(own),
    makeCapabilities(suite),
    UNLIMITED,
    [],
    { signKey: new Uint8Array(), publicKey: own.signatureKey.publicKey },
    impl,
  );
  const made = await createLibraryGroup(
    fromId(toCreate.log),
    publicPackage,
    privatePackage,
    makeExtensions(state),
    impl,
    LIBRARY_CONFIG,
  );
  const leaves = readLeaves(made.ratchetTree, { suite, relayFingerprint: own.relayFingerprint });
  if (!leaves) throw new Error('the own leaf is not one that anybody would accept');
  return new MlsGroup({
    suite,
    relayFingerprint: own.relayFingerprint,
    keys,
    ratchets: toPages(made.ratchetTree, made.secretTree),
    epoch: {
      context: made.groupContext,
      tree: made.ratchetTree,
      secrets: pickSecrets(made.keySchedule),
      confirmationTag: made.confirmationTag,
      privatePath: made.privatePath,
      leaves,
      state,
    },
  });
}
