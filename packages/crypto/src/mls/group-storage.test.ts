// What a vault keeps of a group: enough to go on after every kind of step, little for a message, and nothing that was used.
import { encodeUtf8, fromHex, MLS_SUITES, toHex, X25519_SUITE } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../random.ts';
import { contentsOf, describeGroup, type MlsGroup } from './group.ts';
import { restoreGroup, splitGroup } from './group-storage.ts';
import type { OwnLeaf } from './leaf.ts';
import { follow, makeDevice, makeMembers, toPlan } from './members.testkit.ts';
import { openMessage, sealMessage } from './message.ts';
import { planCommit } from './plan-commit.ts';

const HELLO = encodeUtf8('merhaba');
const ayse = await makeDevice('ayse');
const bora = await makeDevice('bora');
const cem = await makeDevice('cem');

/** What a vault does: keeps parts, replaces those that come, forgets the pages that are too many. */
class Shelf {
  #epochPart = new Uint8Array();
  #pages: Uint8Array[] = [];
  #last: MlsGroup | null = null;

  /** Gives the number of bytes written. */
  save(group: MlsGroup): number {
    const { epochPart, ratchetParts, pageCount } = splitGroup(group, this.#last);
    if (epochPart) this.#epochPart = Uint8Array.from(epochPart);
    for (const { page, bytes } of ratchetParts) this.#pages[page] = bytes;
    this.#pages = this.#pages.slice(0, pageCount);
    this.#last = group;
    return (epochPart?.length ?? 0) + ratchetParts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  restore(own: OwnLeaf): MlsGroup {
    const { signatureKey } = own;
    const parts = {
      epochPart: this.#epochPart,
      ratchetPages: this.#pages,
      signatureKey,
      random: systemRandom,
    };
    this.#last = restoreGroup(parts);
    return this.#last;
  }

  hex(): string {
    return toHex(this.#epochPart) + this.#pages.map(toHex).join('');
  }
}

describe.each(MLS_SUITES)('a group of %s', (suite) => {
  test('goes on after every kind of step from what was written', async () => {
    const shelf = new Shelf();
    let [first, second] = await makeMembers(suite, [ayse, bora, cem]);
    if (!first || !second) throw new Error('somebody is missing');
    const keep = (group: MlsGroup) => {
      shelf.save(group);
      const restored = shelf.restore(ayse);
      expect(describeGroup(restored)).toEqual(describeGroup(group));
      return restored;
    };
    first = keep(first);
    const sent = await sealMessage(first, HELLO);
    first = keep(sent.group);
    second = (await openMessage(second, sent.message)).group;
    const answer = await sealMessage(second, HELLO);
    const opened = await openMessage(first, answer.message);
    first = keep(opened.group);
    second = answer.group;
    const theirs = await planCommit(second, toPlan({}));
    first = keep(await follow(first, theirs));
    second = theirs.next;
    const ours = await planCommit(first, toPlan({ remove: [2] }));
    keep(ours.spent);
    first = keep(ours.next);
    second = await follow(second, ours);
    const last = await sealMessage(first, HELLO);
    expect((await openMessage(second, last.message)).content).toEqual(HELLO);
  });
});

describe('what is written', () => {
  test('for a message is one page, without the epoch part', async () => {
    const devices = await Promise.all(Array.from({ length: 50 }, (_, i) => makeDevice(`user${i}`, i + 1)));
    const [first] = await makeMembers(X25519_SUITE, devices);
    if (!first) throw new Error('nobody');
    const shelf = new Shelf();
    const own = devices[0];
    if (!own) throw new Error('nobody');
    const whole = shelf.save(first);
    const { group } = await sealMessage(shelf.restore(own), HELLO);
    const parts = splitGroup(group, first);
    expect(parts.pageCount).toBe(4);
    const message = shelf.save(group);
    // 16 leaves with two ratchets of 38 bytes and a byte that says that they are there.
    expect(message).toBe(16 * 77);
    expect(whole).toBeLessThan(40_000);
    expect(splitGroup(group, group)).toEqual({ epochPart: null, ratchetParts: [], pageCount: 4 });
  });

  test('holds no secret that was used, neither to send nor to open', async () => {
    const [first, second] = await makeMembers(X25519_SUITE, [ayse, bora]);
    if (!first || !second) throw new Error('somebody is missing');
    const ratchetHex = (group: MlsGroup, leaf: number) =>
      toHex(contentsOf(group).ratchets[0]?.[leaf]?.application.secret ?? new Uint8Array());
    const shelf = new Shelf();
    shelf.save(second);
    const sent = await sealMessage(first, HELLO);
    const received = await openMessage(second, sent.message);
    const secrets = [ratchetHex(first, 0), ratchetHex(second, 0)];
    expect(shelf.hex()).toContain(secrets[1]);
    shelf.save(received.group);
    for (const secret of secrets) expect(shelf.hex()).not.toContain(secret);
    const own = new Shelf();
    own.save(first);
    own.save(sent.group);
    for (const secret of secrets) expect(own.hex()).not.toContain(secret);
  });

  test('holds of a gap the keys that were skipped, and nothing from which the others follow', async () => {
    const [first, second] = await makeMembers(X25519_SUITE, [ayse, bora]);
    if (!first || !second) throw new Error('somebody is missing');
    const states = [first];
    const messages: Uint8Array[] = [];
    for (let i = 0; i < 5; i++) {
      const sealed = await sealMessage(states.at(-1) ?? first, HELLO);
      states.push(sealed.group);
      messages.push(sealed.message);
    }
    const { group } = await openMessage(second, messages[4] ?? HELLO);
    const shelf = new Shelf();
    shelf.save(group);
    for (const state of states.slice(0, 5)) {
      const { secret } = contentsOf(state).ratchets[0]?.[0]?.application ?? { secret: new Uint8Array(1) };
      expect(shelf.hex()).not.toContain(toHex(secret));
    }
    expect((await openMessage(shelf.restore(bora), messages[2] ?? HELLO)).generation).toBe(2);
  });

  test('holds of an epoch that is over no secret at all', async () => {
    const [first, second] = await makeMembers(X25519_SUITE, [ayse, bora]);
    if (!first || !second) throw new Error('somebody is missing');
    const old = contentsOf(second).epoch;
    const after = await follow(second, await planCommit(first, toPlan({})));
    const shelf = new Shelf();
    shelf.save(second);
    shelf.save(after);
    const { initSecret, senderDataSecret, exporterSecret } = old.secrets;
    for (const secret of [initSecret, senderDataSecret, exporterSecret]) {
      expect(shelf.hex()).not.toContain(toHex(secret));
    }
  });

  test('does not hold the device key', async () => {
    const [first] = await makeMembers(X25519_SUITE, [ayse]);
    if (!first) throw new Error('nobody');
    const shelf = new Shelf();
    shelf.save(first);
    // The seed that makeDevice gives to ayse.
    expect(shelf.hex()).not.toContain(toHex(encodeUtf8('ayse')).padEnd(60, '0'));
  });
});

describe('what cannot be restored', () => {
  test('parts that do not belong together, or another device', async () => {
    const [first] = await makeMembers(X25519_SUITE, [ayse, bora]);
    const [three] = await makeMembers(X25519_SUITE, [ayse, bora, cem]);
    if (!first || !three) throw new Error('somebody is missing');
    const { epochPart, ratchetParts } = splitGroup(first, null);
    const others = splitGroup(three, null).ratchetParts.map(({ bytes }) => bytes);
    const good = {
      epochPart: epochPart ?? new Uint8Array(),
      ratchetPages: ratchetParts.map(({ bytes }) => bytes),
      signatureKey: ayse.signatureKey,
      random: systemRandom,
    };
    expect(describeGroup(restoreGroup(good)).epoch).toBe(1);
    const bad = [
      { ...good, ratchetPages: [] },
      { ...good, ratchetPages: others },
      { ...good, ratchetPages: [new Uint8Array(3).fill(1)] },
      { ...good, signatureKey: bora.signatureKey },
      { ...good, epochPart: good.epochPart.subarray(1) },
      // Another format: the first part is one byte.
      { ...good, epochPart: good.epochPart.with(4, 2) },
      { ...good, epochPart: fromHex('00') },
    ];
    for (const parts of bad) {
      expect(() => restoreGroup(parts)).toThrow(expect.objectContaining({ code: 'BAD_STATE' }));
    }
  });

  test('a group does not show what is in it', async () => {
    const [first] = await makeMembers(X25519_SUITE, [ayse]);
    expect(JSON.stringify({ first })).toBe('{"first":"[redacted]"}');
  });
});
