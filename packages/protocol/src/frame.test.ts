import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from './bytes.ts';
import { decodeClientFrame, decodeFrame, encodeFrame, encodePresence, type Frame } from './frame.ts';
import { FrameSchema } from './gen/sirdas_pb.ts';
import { encodePresenceList } from './hot-frames.ts';
import { LIMITS } from './limits.ts';

const id = new Uint8Array(16).fill(1);
const other = new Uint8Array(16).fill(6);
const key = new Uint8Array(32).fill(2);
const signature = new Uint8Array(64).fill(3);
const inviteId = new Uint8Array(8).fill(4);
const record = { record: Uint8Array.of(5), signature };
const presence = { nickname: 'ayşe', colour: 0, recordIndex: 4 };

/** One of every kind: the compiler fails when a kind of sirdas.proto is missing. */
const EXAMPLES: { [Kind in Frame['kind']]: Frame<Kind> } = {
  hello: {
    request: 0,
    kind: 'hello',
    minVersion: 1,
    maxVersion: 1,
    relayKey: new Uint8Array(91),
    nonce: key,
    timeMs: 1_790_000_000_000,
    proofOfWorkBits: 20,
    limits: { maxFrameBytes: 1, maxEnvelopeBytes: 2, pingIntervalMs: 3, maxDevices: 4 },
  },
  claim: { request: 1, kind: 'claim', record, admission: { case: 'inviteToken', value: id } },
  login: {
    request: 2,
    kind: 'login',
    version: 1,
    nickname: 'ayşe',
    device: id,
    nonce: key,
    channelBound: true,
    signature,
    visible: true,
  },
  loggedIn: {
    request: 2,
    kind: 'loggedIn',
    relaySignature: signature,
    inbox: id,
    recordIndex: 1,
    recordHash: key,
    mayInvite: true,
  },
  error: { request: 3, kind: 'error', code: 9, detail: 'slow down', retryAfterMs: 500 },
  done: { request: 4, kind: 'done' },
  ping: { request: 0, kind: 'ping' },
  pong: { request: 0, kind: 'pong' },
  goodbye: { request: 0, kind: 'goodbye', reconnectAfterMs: 1000 },
  append: { request: 5, kind: 'append', log: id, envelope: Uint8Array.of(1), epoch: 0 },
  accepted: { request: 5, kind: 'accepted', seq: 2 ** 53 - 1 },
  read: { request: 6, kind: 'read', log: id, after: 0 },
  reading: { request: 6, kind: 'reading', head: 7, first: 1, epoch: 3, acknowledged: 5 },
  deliver: {
    request: 0,
    kind: 'deliver',
    log: id,
    entries: [{ seq: 1, timeMs: 2, envelope: Uint8Array.of(9), epoch: 4, commit: true }],
  },
  ack: { request: 0, kind: 'ack', log: id, seq: 12 },
  lookUp: { request: 7, kind: 'lookUp', nickname: 'ali', fromIndex: 0 },
  account: {
    request: 7,
    kind: 'account',
    nickname: 'ali',
    inbox: id,
    entries: [{ directoryIndex: 0, record }],
    headIndex: 0,
  },
  publishRecord: { request: 8, kind: 'publishRecord', record },
  watchPresence: { request: 9, kind: 'watchPresence' },
  presenceList: { request: 9, kind: 'presenceList', online: [presence] },
  presenceChange: { request: 0, kind: 'presenceChange', presence, online: false },
  setVisibility: { request: 10, kind: 'setVisibility', visible: false },
  createInvite: { request: 11, kind: 'createInvite', uses: 1, ttlMs: 1000, grantsInvites: false },
  inviteCreated: { request: 11, kind: 'inviteCreated', token: id, id: inviteId },
  listInvites: { request: 12, kind: 'listInvites' },
  inviteList: {
    request: 12,
    kind: 'inviteList',
    invites: [{ id: inviteId, usesLeft: 1, expiresMs: 5, grantsInvites: true }],
  },
  revokeInvite: { request: 13, kind: 'revokeInvite', id: inviteId },
  createLog: { request: 14, kind: 'createLog', log: id },
  commit: {
    request: 15,
    kind: 'commit',
    log: id,
    epoch: 9,
    envelope: Uint8Array.of(1),
    deliveries: [{ inboxes: [id, other], envelope: Uint8Array.of(2) }],
    readers: [id, other],
  },
  signal: { request: 0, kind: 'signal', log: id, payload: Uint8Array.of(7) },
  publishKeyPackages: {
    request: 16,
    kind: 'publishKeyPackages',
    keyPackages: [{ suite: 'mls-xwing-1', keyPackage: Uint8Array.of(1), expiresMs: 5, lastResort: true }],
    replace: true,
  },
  keyPackageCounts: {
    request: 16,
    kind: 'keyPackageCounts',
    counts: [{ suite: 'mls-xwing-1', count: 3, hasLastResort: true }],
  },
  claimKeyPackages: {
    request: 17,
    kind: 'claimKeyPackages',
    nickname: 'ali',
    suite: 'mls-x25519-1',
    devices: [id, other],
  },
  claimedKeyPackages: {
    request: 17,
    kind: 'claimedKeyPackages',
    claimed: [{ device: id, keyPackage: Uint8Array.of(1), lastResort: false }],
  },
  openLinking: { request: 18, kind: 'openLinking' },
  linkingOpened: { request: 18, kind: 'linkingOpened', channel: id, ttlMs: 600_000 },
  joinLinking: { request: 19, kind: 'joinLinking', channel: id },
  linkingMessage: { request: 20, kind: 'linkingMessage', channel: id, payload: Uint8Array.of(1) },
  linkingEnded: { request: 0, kind: 'linkingEnded', channel: id },
};

describe('frames', () => {
  for (const frame of Object.values(EXAMPLES)) {
    test(`${frame.kind} survives encoding and decoding`, () => {
      expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
    });

    test(`PRO-002 ${frame.kind}: no truncation is taken for a whole frame of the same content`, () => {
      const bytes = encodeFrame(frame);
      for (let length = 0; length < bytes.length; length++) {
        try {
          expect(decodeFrame(bytes.subarray(0, length))).not.toEqual(frame);
        } catch (error) {
          expect(error).toHaveProperty('name', 'ProtocolError');
        }
      }
    });
  }

  test('PRO-002 whatever bytes come in, the outcome is a frame or a ProtocolError; frames encode again to themselves', () => {
    const seeds = fc.constantFrom(...Object.values(EXAMPLES).map(encodeFrame));
    const mutated = fc.tuple(seeds, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }));
    fc.assert(
      fc.property(mutated, ([seed, changes]) => {
        const bytes = seed.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const frame = decodeOrNull(bytes);
        if (frame) expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
      { numRuns: 2000 },
    );
  });

  test('PRO-003 a field of the wrong length is refused', () => {
    const wrong: Frame[] = [
      { ...EXAMPLES.hello, nonce: new Uint8Array(31) },
      { ...EXAMPLES.login, device: new Uint8Array(17) },
      { ...EXAMPLES.claim, admission: { case: 'proofOfWork', value: new Uint8Array(9) } },
      { ...EXAMPLES.append, log: new Uint8Array(0) },
      { ...EXAMPLES.commit, readers: [id, new Uint8Array(15)] },
      { ...EXAMPLES.commit, deliveries: [{ inboxes: [new Uint8Array(17)], envelope: Uint8Array.of(1) }] },
      { ...EXAMPLES.claimKeyPackages, devices: [new Uint8Array(0)] },
      { ...EXAMPLES.linkingMessage, payload: new Uint8Array(LIMITS.MAX_LINKING_MESSAGE_BYTES + 1) },
      { ...EXAMPLES.ack, log: new Uint8Array(15) },
      {
        ...EXAMPLES.deliver,
        entries: [{ seq: 1, timeMs: 1, envelope: new Uint8Array(0), epoch: 0, commit: false }],
      },
    ];
    for (const frame of wrong) {
      expect(() => decodeFrame(encodeFrame(frame))).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    }
  });

  test('PRO-004 an integer beyond 2^53 - 1 is refused', () => {
    for (const seq of [2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = toBinary(
        FrameSchema,
        create(FrameSchema, { request: 1, kind: { case: 'accepted', value: { seq } } }),
      );
      expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    }
  });

  test('PRO-005 a kind of a later version is told apart, with the request to answer', () => {
    const laterKind = [0xfa, 0x3f, 0x02, 0x08, 0x01]; // field 1023, length-delimited
    expect(() => decodeFrame(Uint8Array.of(0x08, 0x2a, ...laterKind))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_KIND', request: 42 }),
    );
    expect(() => decodeFrame(new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_KIND', request: 0 }),
    );
  });
});

test('a list of people put together from encoded entries is the one that the generated code makes', () => {
  const online = [presence, { nickname: 'ali', recordIndex: 0 }, { ...presence, nickname: 'x'.repeat(200) }];
  for (const list of [[], online, Array.from({ length: 1000 }, () => presence)]) {
    const expected = encodeFrame({ request: 300, kind: 'presenceList', online: list });
    expect(encodePresenceList(300, list.map(encodePresence))).toEqual(expected);
  }
});

describe('frames at a relay', () => {
  const malformed = expect.objectContaining({ code: 'MALFORMED' });
  const tooLarge = expect.objectContaining({ code: 'TOO_LARGE' });

  test('those of a client are decoded as everywhere, those of a relay not at all', () => {
    const kindsOfClients = [
      ...[
        'claim',
        'login',
        'ping',
        'pong',
        'append',
        'read',
        'ack',
        'lookUp',
        'publishRecord',
        'watchPresence',
      ],
      ...['setVisibility', 'createInvite', 'listInvites', 'revokeInvite', 'createLog', 'commit', 'signal'],
      ...['publishKeyPackages', 'claimKeyPackages', 'openLinking', 'joinLinking'],
      ...['linkingMessage', 'linkingEnded'],
    ];
    for (const frame of Object.values(EXAMPLES)) {
      const decoded = decodeClientFrame(encodeFrame(frame));
      expect(decoded).toEqual(kindsOfClients.includes(frame.kind) ? frame : null);
    }
    // presence_list (field 61) with a body that is no protobuf: nobody has looked at it.
    expect(decodeClientFrame(Uint8Array.of(0xea, 0x03, 0x02, 0xff, 0xff))).toBeNull();
  });

  test('PRO-012 of two kinds, or with many fields, are refused', () => {
    const ping = encodeFrame(EXAMPLES.ping);
    const presenceList = encodeFrame(EXAMPLES.presenceList);
    const laterField = Uint8Array.of(0xf8, 0x3f, 0x01);
    expect(decodeClientFrame(concatBytes([ping, laterField]))).toEqual(EXAMPLES.ping);
    for (const bytes of [
      concatBytes([presenceList, ping]),
      concatBytes([ping, ping]),
      concatBytes([ping, ...Array<Uint8Array>(16).fill(laterField)]),
      concatBytes(Array<Uint8Array>(17).fill(laterField)),
      // A group around a field, in front of a ping.
      concatBytes([Uint8Array.of(0xfb, 0x3f, 0x08, 0x01, 0xfc, 0x3f), ping]),
    ]) {
      expect(() => decodeClientFrame(bytes)).toThrow(malformed);
    }
  });

  test('PRO-013 a request larger than any has reason to be is refused, an envelope of the usual size is not', () => {
    const nickname = 'x'.repeat(LIMITS.MAX_REQUEST_BYTES);
    expect(() => decodeClientFrame(encodeFrame({ ...EXAMPLES.lookUp, nickname }))).toThrow(tooLarge);
    const append = { ...EXAMPLES.append, envelope: new Uint8Array(LIMITS.MAX_ENVELOPE_BYTES) };
    const laterField = Uint8Array.of(0xf8, 0x3f, 0x01);
    for (const bytes of [encodeFrame(append), concatBytes([encodeFrame(append), laterField])]) {
      expect(decodeClientFrame(bytes)).toEqual(append);
    }
  });

  const { MAX_REQUEST_BYTES, MAX_KEY_PACKAGES_AT_ONCE } = LIMITS;
  const keyPackage = (sizeBytes: number) => ({
    ...{ suite: 'mls-xwing-1', expiresMs: 1, lastResort: false },
    keyPackage: new Uint8Array(sizeBytes),
  });
  const largest: [Frame, number][] = [
    [
      {
        ...EXAMPLES.commit,
        envelope: new Uint8Array(LIMITS.MAX_COMMIT_BYTES),
        deliveries: [{ inboxes: [id], envelope: new Uint8Array(LIMITS.MAX_WELCOME_BYTES) }],
        readers: Array<Uint8Array>(LIMITS.MAX_READERS).fill(id),
      },
      LIMITS.MAX_COMMIT_BYTES + LIMITS.MAX_WELCOME_BYTES,
    ],
    // Everybody of the largest group at once, each with a welcome of their own.
    [
      {
        ...EXAMPLES.commit,
        envelope: new Uint8Array(LIMITS.MAX_COMMIT_BYTES),
        deliveries: Array.from({ length: LIMITS.MAX_GROUP_MEMBERS }, () => ({
          inboxes: [id],
          envelope: new Uint8Array(LIMITS.MAX_WELCOME_BYTES / LIMITS.MAX_GROUP_MEMBERS),
        })),
        readers: Array<Uint8Array>(LIMITS.MAX_READERS).fill(id),
      },
      LIMITS.MAX_COMMIT_BYTES + LIMITS.MAX_WELCOME_BYTES,
    ],
    [
      {
        ...EXAMPLES.publishKeyPackages,
        keyPackages: Array.from({ length: MAX_KEY_PACKAGES_AT_ONCE }, () =>
          keyPackage(LIMITS.MAX_KEY_PACKAGE_BYTES),
        ),
      },
      MAX_KEY_PACKAGES_AT_ONCE * LIMITS.MAX_KEY_PACKAGE_BYTES,
    ],
    [
      { ...EXAMPLES.linkingMessage, payload: new Uint8Array(LIMITS.MAX_LINKING_MESSAGE_BYTES) },
      LIMITS.MAX_LINKING_MESSAGE_BYTES,
    ],
    [{ ...EXAMPLES.append, envelope: new Uint8Array(LIMITS.MAX_ENVELOPE_BYTES) }, LIMITS.MAX_ENVELOPE_BYTES],
  ];
  test.each(largest)('PRO-013 $kind: as much as it may carry passes, more does not', (frame, bulkBytes) => {
    const bytes = encodeFrame(frame);
    expect(decodeClientFrame(bytes)).toEqual(frame);
    // A field of a later version fills the frame to one byte below, at and beyond the limit.
    const limit = bulkBytes + MAX_REQUEST_BYTES;
    expect(decodeClientFrame(withLaterField(bytes, limit))).toEqual(frame);
    expect(() => decodeClientFrame(withLaterField(bytes, limit + 1))).toThrow(tooLarge);
  });

  test('PRO-021 what is large may be one thing only: not many small ones, which cost more to decode than to send', () => {
    const many = <Item>(count: number, item: Item) => Array<Item>(count).fill(item);
    const nothing = new Uint8Array();
    const empty = { inboxes: [], envelope: nothing };
    const emptyPackage = { suite: '', keyPackage: nothing, expiresMs: 0, lastResort: false };
    const frames: Frame[] = [
      { ...EXAMPLES.commit, deliveries: many(9000, empty) },
      { ...EXAMPLES.commit, deliveries: [{ inboxes: many(9000, nothing), envelope: Uint8Array.of(1) }] },
      { ...EXAMPLES.commit, readers: many(9000, nothing) },
      { ...EXAMPLES.publishKeyPackages, keyPackages: many(9000, emptyPackage) },
      { ...EXAMPLES.publishKeyPackages, keyPackages: [{ ...emptyPackage, suite: 'x'.repeat(17_000) }] },
    ];
    for (const frame of frames) expect(() => decodeClientFrame(encodeFrame(frame))).toThrow(tooLarge);
    // Not even when something broken comes behind it.
    const commit = encodeFrame({ ...EXAMPLES.commit, deliveries: many(100_000, empty) });
    expect(() => decodeClientFrame(commit.fill(0xff, -9))).toThrow(tooLarge);
    // What is broken before it is too large is broken.
    const broken = encodeFrame({ ...EXAMPLES.commit, envelope: new Uint8Array(20_000) }).fill(0xff, 6, 9);
    expect(() => decodeClientFrame(broken)).toThrow(malformed);
  });

  test('PRO-013 kinds without bulk get none: a signal, a claim of key packages, the end of a channel', () => {
    for (const frame of [EXAMPLES.signal, EXAMPLES.claimKeyPackages, EXAMPLES.linkingEnded]) {
      const bytes = encodeFrame(frame);
      expect(decodeClientFrame(withLaterField(bytes, MAX_REQUEST_BYTES))).toEqual(frame);
      expect(() => decodeClientFrame(withLaterField(bytes, MAX_REQUEST_BYTES + 1))).toThrow(tooLarge);
    }
  });
});

/** The frame with an unknown field behind it, so that it has `sizeBytes` in all. */
function withLaterField(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  // Field 1023, its length in three bytes.
  const payload = sizeBytes - bytes.length - 5;
  const length = [(payload & 0x7f) | 0x80, ((payload >> 7) & 0x7f) | 0x80, payload >> 14];
  return concatBytes([bytes, Uint8Array.of(0xfa, 0x3f, ...length), new Uint8Array(payload)]);
}

function decodeOrNull(bytes: Uint8Array): Frame | null {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    expect(error).toHaveProperty('name', 'ProtocolError');
    return null;
  }
}
