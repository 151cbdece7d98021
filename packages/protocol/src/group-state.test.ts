import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8, concatBytes } from './bytes.ts';
import { GroupStateSchema } from './gen/sirdas_pb.ts';
import {
  decodeGroupState,
  decodeMlsCredential,
  encodeGroupState,
  encodeMlsCredential,
  type GroupRole,
  type GroupState,
  type MlsCredential,
} from './group-state.ts';
import type { Nickname } from './ids.ts';
import { LIMITS } from './limits.ts';
import { prepareNickname } from './nickname.ts';
import { encodePlain } from './plain-message.ts';

const member = (nickname: string, role: GroupRole) => ({
  nickname: prepareNickname(nickname),
  identityKey: new Uint8Array(32).fill(nickname.length),
  role,
});
const group: GroupState = {
  conversation: new Uint8Array(16).fill(1),
  generation: 2,
  direct: false,
  name: 'Aile 👪',
  members: [member('ali', 'owner'), member('ayşe', 'admin'), member('mehmet', 'member')],
};
const direct: GroupState = {
  ...group,
  direct: true,
  name: '',
  members: [member('ali', 'owner'), member('ayşe', 'owner')],
};
const WIRE_ROLES = { member: 0, admin: 1, owner: 2 };
const badState = expect.objectContaining({ code: 'BAD_GROUP_STATE' });

/** Members in order, as many as wanted. */
const crowd = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    member(`m${String(i).padStart(4, '0')}`, i === 0 ? 'owner' : 'member'),
  );

/** As somebody would who does not keep to the rules. */
function encodeUnchecked(state: GroupState): Uint8Array {
  const members = state.members.map((one) => ({ ...one, role: WIRE_ROLES[one.role] }));
  return encodePlain(GroupStateSchema, { ...state, members });
}

describe('group states', () => {
  test.each([
    ['a group', group],
    ['a direct conversation', direct],
    ['notes to oneself', { ...direct, members: [member('ali', 'owner')] }],
    ['a group of one, without a name', { ...group, name: '', members: [member('ali', 'owner')] }],
    ['the largest group', { ...group, members: crowd(LIMITS.MAX_GROUP_MEMBERS) }],
    ['the longest name', { ...group, name: 'ğ'.repeat(LIMITS.MAX_GROUP_NAME_BYTES / 2) }],
  ])('%s survives encoding and decoding', (_, state) => {
    expect(decodeGroupState(encodeGroupState(state))).toEqual(state);
  });

  test.each<[string, GroupState]>([
    ['no members', { ...group, members: [] }],
    ['nobody in a direct conversation', { ...direct, members: [] }],
    ['too many members', { ...group, members: crowd(LIMITS.MAX_GROUP_MEMBERS + 1) }],
    ['members out of order', { ...group, members: group.members.toReversed() }],
    ['a member twice', { ...group, members: [member('ali', 'owner'), member('ali', 'owner')] }],
    ['no owner', { ...group, members: [member('ali', 'admin'), member('ayşe', 'member')] }],
    ['a name that is too long', { ...group, name: 'x'.repeat(LIMITS.MAX_GROUP_NAME_BYTES + 1) }],
    ['a control character in the name', { ...group, name: 'a\u001b[31m' }],
    ['a bidirectional control in the name', { ...group, name: 'a\u202eb' }],
    [
      'three in a direct conversation',
      { ...group, direct: true, name: '', members: [...direct.members, member('mehmet', 'owner')] },
    ],
    ['a direct conversation with a name', { ...direct, name: 'x' }],
    [
      'a direct conversation with a plain member',
      { ...direct, members: [member('ali', 'owner'), member('ayşe', 'member')] },
    ],
  ])('PRO-014 refuses %s, on both sides', (_, state) => {
    expect(() => encodeGroupState(state)).toThrow(badState);
    expect(() => decodeGroupState(encodeUnchecked(state))).toThrow(badState);
  });

  test('PRO-014 refuses a role of a later version', () => {
    const members = [
      { ...member('ali', 'owner'), role: 2 },
      { ...member('ayşe', 'member'), role: 3 },
    ];
    expect(() => decodeGroupState(encodePlain(GroupStateSchema, { ...group, members }))).toThrow(badState);
  });

  test('the order of the members is that of the bytes, not that of UTF-16', () => {
    // U+FA0E sorts after U+10428 in UTF-16; both are letters of nicknames.
    const names = ['\u{10428}abc', '\ufa0eabc'].map((name) => prepareNickname(name));
    const members = names
      .toSorted(compareUtf8)
      .map((name) => ({ ...member('ali', 'owner'), nickname: name }));
    expect(members[0]?.nickname.codePointAt(0)).toBe(0xfa0e);
    expect(decodeGroupState(encodeGroupState({ ...group, members })).members).toEqual(members);
    expect(() => encodeGroupState({ ...group, members: members.toReversed() })).toThrow(badState);
  });

  test('PRO-007 refuses a member whose nickname is not canonical', () => {
    const members = [{ ...member('ali', 'owner'), nickname: 'Ali' as Nickname }];
    expect(() => decodeGroupState(encodeUnchecked({ ...group, members }))).toThrow(
      expect.objectContaining({ code: 'BAD_NICKNAME' }),
    );
  });

  test('PRO-003 refuses an identity key or a conversation of another length', () => {
    const malformed = expect.objectContaining({ code: 'MALFORMED' });
    const members = [{ ...member('ali', 'owner'), identityKey: new Uint8Array(31) }];
    expect(() => decodeGroupState(encodeUnchecked({ ...group, members }))).toThrow(malformed);
    const conversation = new Uint8Array(0);
    expect(() => decodeGroupState(encodeUnchecked({ ...group, conversation }))).toThrow(malformed);
  });

  test('PRO-002 PRO-014 no truncation is taken for the same state', () => {
    const bytes = encodeGroupState(group);
    for (let length = 0; length < bytes.length; length++) {
      expectOtherOrRefused(() => decodeGroupState(bytes.subarray(0, length)), group);
    }
  });

  test('PRO-006 whatever is accepted encodes to exactly the bytes it came from', () => {
    const bytes = encodeGroupState(group);
    const change = fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const mutated = bytes.slice();
        for (const { at, value } of changes) mutated[at] = value;
        let decoded: GroupState;
        try {
          decoded = decodeGroupState(mutated);
        } catch (error) {
          expect(error).toHaveProperty('name', 'ProtocolError');
          return;
        }
        expect(encodeGroupState(decoded)).toEqual(mutated);
      }),
      { numRuns: 2000 },
    );
  });

  test('PRO-006 refuses an unknown field', () => {
    const extended = concatBytes([encodeGroupState(group), Uint8Array.of(0xf8, 0x3f, 0x01)]);
    expect(() => decodeGroupState(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  });
});

describe('leaf names', () => {
  const credential: MlsCredential = {
    relayFingerprint: new Uint8Array(32).fill(1),
    nickname: prepareNickname('ayşe'),
    device: new Uint8Array(16).fill(2),
    recordIndex: 3,
  };

  test('survive encoding and decoding', () => {
    expect(decodeMlsCredential(encodeMlsCredential(credential))).toEqual(credential);
  });

  test('PRO-002 PRO-003 no truncation is taken for the same name', () => {
    const bytes = encodeMlsCredential(credential);
    for (let length = 0; length < bytes.length; length++) {
      expectOtherOrRefused(() => decodeMlsCredential(bytes.subarray(0, length)), credential);
    }
  });

  test('PRO-003 PRO-006 PRO-007 refuse wrong lengths, unknown fields, nicknames that are not canonical', () => {
    const short = { ...credential, device: new Uint8Array(15) };
    expect(() => decodeMlsCredential(encodeMlsCredential(short))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
    const extended = concatBytes([encodeMlsCredential(credential), Uint8Array.of(0xf8, 0x3f, 0x01)]);
    expect(() => decodeMlsCredential(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
    const shouting = { ...credential, nickname: 'AYŞE' as Nickname };
    expect(() => decodeMlsCredential(encodeMlsCredential(shouting))).toThrow(
      expect.objectContaining({ code: 'BAD_NICKNAME' }),
    );
  });
});

function expectOtherOrRefused(decode: () => unknown, original: unknown): void {
  let decoded: unknown;
  try {
    decoded = decode();
  } catch (error) {
    expect(error).toHaveProperty('name', 'ProtocolError');
    return;
  }
  expect(decoded).not.toEqual(original);
}
