// Members of an MLS group for the benchmark: as many devices as asked for, each of an account of its own, all in one process.
import {
  createGroup,
  generateSignatureSeed,
  importSignatureKey,
  joinGroup,
  type LeafVerifier,
  listWelcomeReferences,
  type MadeKeyPackage,
  type MlsGroup,
  makeKeyPackage,
  type OwnLeaf,
  planCommit,
  systemRandom,
} from '@sirdas/crypto';
import {
  encodeUtf8,
  type GroupState,
  type LogId,
  type MlsSuite,
  prepareNickname,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';

const ID_BYTES = 16;
const LIFETIME_MS = 86_400_000;
const relayFingerprint = new Uint8Array(32).fill(7);
/** Who belongs to whom is not what is measured: a real client looks into its vault here. */
export const verifier: LeafVerifier = { verify: async () => true };

export interface BenchMember {
  readonly own: OwnLeaf;
  readonly keyPackage: MadeKeyPackage;
}

export async function makeMember(index: number, suite: MlsSuite): Promise<BenchMember> {
  const own: OwnLeaf = {
    relayFingerprint,
    nickname: prepareNickname(`member${String(index).padStart(4, '0')}`),
    device: toDeviceId(systemRandom(ID_BYTES)),
    recordIndex: 0,
    signatureKey: await importSignatureKey(generateSignatureSeed(systemRandom)),
  };
  return { own, keyPackage: await makeBenchKeyPackage(own, suite) };
}

export function makeBenchKeyPackage(own: OwnLeaf, suite: MlsSuite): Promise<MadeKeyPackage> {
  return makeKeyPackage({ own, suite, nowMs: Date.now(), lifetimeMs: LIFETIME_MS, random: systemRandom });
}

/** Epoch 0, with the first member alone; the state names all. */
export function foundGroup(members: readonly BenchMember[], suite: MlsSuite): Promise<MlsGroup> {
  const [founder] = members;
  if (!founder) throw new Error('a group has a founder');
  const log = toLogId(systemRandom(ID_BYTES));
  return createGroup({ log, suite, own: founder.own, state: makeState(members), random: systemRandom });
}

/** The founder's group behind the commit that adds all others, and what they need to join. */
export async function addMembers(group: MlsGroup, members: readonly BenchMember[]) {
  const add = members.slice(1).map(({ keyPackage }) => keyPackage.keyPackage);
  return planCommit(group, { add, remove: [], state: null, verifier, nowMs: Date.now() });
}

export async function joinAs(
  member: BenchMember,
  welcome: Uint8Array,
  { log, suite }: { readonly log: LogId; readonly suite: MlsSuite },
): Promise<MlsGroup> {
  const { own, keyPackage } = member;
  const [reference] = listWelcomeReferences(welcome);
  if (reference !== keyPackage.reference) throw new Error('a welcome for somebody else');
  const secrets = new Map([[keyPackage.reference, keyPackage.secret]]);
  const { signatureKey } = own;
  const joined = await joinGroup({
    ...{ welcome, log, suite, secrets, verifier, signatureKey, relayFingerprint },
    random: systemRandom,
  });
  return joined.group;
}

function makeState(members: readonly BenchMember[]): GroupState {
  return {
    conversation: systemRandom(ID_BYTES),
    generation: 0,
    direct: false,
    name: 'bench',
    members: members
      .map(({ own }, i) => ({
        nickname: own.nickname,
        identityKey: encodeUtf8(own.nickname.padEnd(32, '.')),
        role: i === 0 ? ('owner' as const) : ('member' as const),
      }))
      .toSorted((a, b) => (a.nickname < b.nickname ? -1 : 1)),
  };
}
