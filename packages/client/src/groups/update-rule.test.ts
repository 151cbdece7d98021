// When the own leaf is refreshed: 500 messages or 7 days after the last time, whatever epochs came in between (SPEC §11.5).
import {
  createGroup,
  generateSignatureSeed,
  importSignatureKey,
  type MlsGroup,
  sealMessage,
  systemRandom,
} from '@sirdas/crypto';
import { parseNickname, toConversationId, toDeviceId, toLogId, X25519_SUITE } from '@sirdas/protocol';
import { beforeAll, expect, it } from 'vitest';
import type { GroupRecord } from '../vault/vault.ts';
import { isUpdateDue } from './update-rule.ts';

const DAY_MS = 86_400_000;
const START_MS = 1_800_000_000_000;
const log = toLogId(new Uint8Array(16).fill(1));

let group: MlsGroup;

beforeAll(async () => {
  const signatureKey = await importSignatureKey(generateSignatureSeed(systemRandom));
  const nickname = parseNickname('alice');
  group = await createGroup({
    ...{ log, suite: X25519_SUITE, random: systemRandom },
    own: {
      ...{ nickname, signatureKey, recordIndex: 0, relayFingerprint: new Uint8Array(32) },
      device: toDeviceId(new Uint8Array(16).fill(2)),
    },
    state: {
      ...{ conversation: new Uint8Array(16).fill(3), generation: 0, direct: false, name: '' },
      members: [{ nickname, identityKey: signatureKey.publicKey, role: 'owner' }],
    },
  });
  for (let i = 0; i < 3; i++) ({ group } = await sealMessage(group, new Uint8Array(256)));
});

function recordWith(change: Partial<GroupRecord>): GroupRecord {
  return {
    ...{
      log,
      conversation: toConversationId(new Uint8Array(16).fill(3)),
      generation: 0,
      suite: X25519_SUITE,
    },
    ...{ logEpoch: 0, epoch: 0, leaving: [], epochPart: null, pending: null },
    ...{ updatedMs: START_MS, sealedSinceUpdate: 0, ...change },
  };
}

it.each([
  ['nothing', {}, 0, false],
  ['496 messages in earlier epochs and 3 in this one', { sealedSinceUpdate: 496 }, 0, false],
  ['497 messages in earlier epochs and 3 in this one', { sealedSinceUpdate: 497 }, 0, true],
  ['a moment before 7 days', {}, 7 * DAY_MS - 1, false],
  ['7 days', {}, 7 * DAY_MS, true],
] as const)('after %s', (_name, change, laterMs, isDue) => {
  expect(isUpdateDue({ record: recordWith(change), group }, START_MS + laterMs)).toBe(isDue);
});

it('without a state nothing is due', () => {
  expect(isUpdateDue({ record: recordWith({}), group: null }, START_MS + 99 * DAY_MS)).toBe(false);
});
