// What every member signs to with each epoch: who is in the group, with which role, under which name (SPEC §11.4), and what a
// leaf is called (SPEC §11.3). Both are carried inside of MLS structures and are canonical, so that equal means equal bytes.
import type { MessageShape } from '@bufbuild/protobuf';
import { compareUtf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { GroupStateSchema, MlsCredentialSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LIMITS } from './limits.ts';
import { parseNickname } from './nickname.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';
import { isPrintable } from './printable-text.ts';

export type GroupRole = 'member' | 'admin' | 'owner';

type WireGroupState = Plain<MessageShape<typeof GroupStateSchema>>;

export interface GroupState extends Omit<WireGroupState, 'members'> {
  /** In ascending order of the UTF-8 bytes of their nicknames. */
  readonly members: readonly {
    readonly nickname: Nickname;
    /** Ed25519 public key, 32 bytes. */
    readonly identityKey: Uint8Array;
    readonly role: GroupRole;
  }[];
}

/** Fields as in sirdas.proto, `MlsCredential`. */
export type MlsCredential = Omit<Plain<MessageShape<typeof MlsCredentialSchema>>, 'nickname'> & {
  readonly nickname: Nickname;
};

const ROLES: readonly GroupRole[] = ['member', 'admin', 'owner'];

/** Throws BAD_GROUP_STATE for one that nobody would accept. */
export function encodeGroupState(state: GroupState): Uint8Array<ArrayBuffer> {
  checkState(state);
  const members = state.members.map((member) => ({ ...member, role: ROLES.indexOf(member.role) }));
  return encodePlain(GroupStateSchema, { ...state, members });
}

/** Throws MALFORMED, NOT_CANONICAL, BAD_NICKNAME or BAD_GROUP_STATE. */
export function decodeGroupState(bytes: Uint8Array): GroupState {
  const wire = decodeCanonical(GroupStateSchema, bytes);
  const state = {
    ...wire,
    members: wire.members.map(({ nickname, identityKey, role }) => ({
      nickname: parseNickname(nickname),
      identityKey,
      role: ROLES[role] ?? refuse('an unknown role'),
    })),
  };
  checkState(state);
  return state;
}

export function encodeMlsCredential(credential: MlsCredential): Uint8Array<ArrayBuffer> {
  return encodePlain(MlsCredentialSchema, credential);
}

/** Throws MALFORMED, NOT_CANONICAL or BAD_NICKNAME. */
export function decodeMlsCredential(bytes: Uint8Array): MlsCredential {
  const credential = decodeCanonical(MlsCredentialSchema, bytes);
  return { ...credential, nickname: parseNickname(credential.nickname) };
}

/** PRO-014 */
function checkState({ name, direct, members }: GroupState): void {
  if (members.length < 1 || members.length > LIMITS.MAX_GROUP_MEMBERS) refuse('the number of members');
  for (const [i, { nickname }] of members.entries()) {
    const before = members[i - 1];
    if (before && compareUtf8(before.nickname, nickname) >= 0) refuse('the order of the members');
  }
  if (!isPrintable(name, LIMITS.MAX_GROUP_NAME_BYTES)) refuse('the name');
  const isBadDirect = members.length > 2 || name !== '' || members.some(({ role }) => role !== 'owner');
  if (direct ? isBadDirect : !members.some(({ role }) => role === 'owner')) refuse('the roles');
}

function refuse(what: string): never {
  throw new ProtocolError('BAD_GROUP_STATE', `group state: ${what}`);
}
