// Linking from both ends, with whoever stands between them: nobody, somebody who changes or repeats messages, and somebody
// who leads two exchanges at once.
import { concatBytes, encodeUtf8, type LinkingOffer } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import {
  agreeAsNewDevice,
  agreeAsOldDevice,
  type LinkingKey,
  type LinkingPort,
  makeLinkingKey,
} from './linking-channel.ts';
import { seededRandom } from './seeded-random.testkit.ts';

const random = seededRandom('linking');

const FAILED = expect.objectContaining({ code: 'LINKING_FAILED' });

type Tamper = (message: Uint8Array, number: number) => Uint8Array;

/** Two ports that are joined; what the old device sends passes through the one, what the new one sends through the other. */
function joinPorts(fromOld: Tamper = (m) => m, fromNew: Tamper = (m) => m) {
  const toNew = new Queue(fromOld);
  const toOld = new Queue(fromNew);
  return {
    old: { send: async (m: Uint8Array) => toNew.put(m), receive: () => toOld.take() },
    new: { send: async (m: Uint8Array) => toOld.put(m), receive: () => toNew.take() },
  };
}

class Queue {
  readonly #waiting: ((message: Uint8Array) => void)[] = [];
  readonly #messages: Uint8Array[] = [];
  readonly #tamper: Tamper;
  #number = 0;

  constructor(tamper: Tamper) {
    this.#tamper = tamper;
  }

  put(message: Uint8Array): void {
    const passed = this.#tamper(Uint8Array.from(message), this.#number++);
    const waiting = this.#waiting.shift();
    if (waiting) waiting(passed);
    else this.#messages.push(passed);
  }

  take(): Promise<Uint8Array> {
    const message = this.#messages.shift();
    return message ? Promise.resolve(message) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function makeOffer(key: LinkingKey): LinkingOffer {
  return {
    host: 'localhost',
    tcpPort: 6000,
    relayFingerprint: new Uint8Array(32).fill(1),
    plaintext: false,
    channel: new Uint8Array(16).fill(2),
    keyHash: key.keyHash,
  };
}

async function link(ports: { old: LinkingPort; new: LinkingPort }) {
  const key = await makeLinkingKey(random);
  const offer = makeOffer(key);
  return Promise.all([
    agreeAsOldDevice(offer, ports.old, random),
    agreeAsNewDevice(key, offer, ports.new, random),
  ]);
}

function flip(message: Uint8Array, at: number): Uint8Array {
  return message.with(at, (message[at] ?? 0) ^ 1);
}

describe('two devices', () => {
  test('show the same seven digits and read each other', async () => {
    const [oldEnd, newEnd] = await link(joinPorts());
    expect(oldEnd.digits).toMatch(/^\d{7}$/);
    expect(newEnd.digits).toBe(oldEnd.digits);
    for (const word of ['one', 'two', 'three']) {
      expect(await newEnd.open(await oldEnd.seal(encodeUtf8(word)))).toEqual(encodeUtf8(word));
      expect(await oldEnd.open(await newEnd.seal(encodeUtf8(word)))).toEqual(encodeUtf8(word));
    }
  });

  test('do not show their keys', async () => {
    const [oldEnd] = await link(joinPorts());
    expect(JSON.stringify({ oldEnd })).toBe('{"oldEnd":"[redacted]"}');
  });

  test('CRY-064 end it when a message has another length, or the version is another', async () => {
    for (const number of [0, 1, 2]) {
      const longer: Tamper = (m, n) => (n === number ? concatBytes([m, Uint8Array.of(0)]) : m);
      const ports = joinPorts(longer);
      const key = await makeLinkingKey(random);
      const offer = makeOffer(key);
      agreeAsOldDevice(offer, ports.old, random).catch(() => {});
      await expect(agreeAsNewDevice(key, offer, ports.new, random)).rejects.toEqual(FAILED);
    }
    await expect(oldEndAlone((m, n) => (n === 1 ? m.subarray(1) : m))).rejects.toEqual(FAILED);
  });

  test('what is too long is not sealed', async () => {
    const [oldEnd] = await link(joinPorts());
    await expect(oldEnd.seal(new Uint8Array(65_536 - 15))).rejects.toEqual(FAILED);
    expect(await oldEnd.seal(new Uint8Array(65_536 - 16))).toHaveLength(65_536);
  });
});

describe('whoever stands between them', () => {
  test('CRY-065 cannot give the old device another key than that of the offer', async () => {
    await expect(oldEndAlone((m, n) => (n === 0 ? flip(m, 700) : m))).rejects.toEqual(FAILED);
  });

  test('CRY-066 cannot give the new device another opening than was committed to', async () => {
    for (const [number, at] of [
      [1, 0],
      [2, 0],
      [2, 1100],
      [2, 1150],
    ] as const) {
      const ports = joinPorts((m, n) => (n === number ? flip(m, at) : m));
      const key = await makeLinkingKey(random);
      const offer = makeOffer(key);
      agreeAsOldDevice(offer, ports.old, random).catch(() => {});
      await expect(agreeAsNewDevice(key, offer, ports.new, random)).rejects.toEqual(FAILED);
    }
  });

  test('who changes the nonce of the new device gives the two of them different digits', async () => {
    const [oldEnd, newEnd] = await link(joinPorts(undefined, (m, n) => (n === 1 ? flip(m, 3) : m)));
    expect(oldEnd.digits).not.toBe(newEnd.digits);
    await expect(newEnd.open(await oldEnd.seal(encodeUtf8('hello')))).rejects.toEqual(FAILED);
  });

  test('who leads an exchange with each of them gives them different digits, and reads only what the new one says', async () => {
    const key = await makeLinkingKey(random);
    const offer = makeOffer(key);
    const [withNew, withOld] = [joinPorts(), joinPorts()];
    const newEnd = agreeAsNewDevice(key, offer, withNew.new, random);
    const attacker = await agreeAsOldDevice(offer, withNew.old, random);
    const oldEnd = agreeAsOldDevice(offer, withOld.old, random);
    await withOld.new.receive();
    await withOld.new.send(key.publicKey);
    await withOld.new.receive();
    await withOld.new.send(random(32));
    expect((await newEnd).digits).toBe(attacker.digits);
    expect((await oldEnd).digits).not.toBe(attacker.digits);
    await expect(attacker.open(await (await oldEnd).seal(encodeUtf8('seed')))).rejects.toEqual(FAILED);
  });

  test('who takes another channel or relay for the same key gives other digits', async () => {
    const key = await makeLinkingKey(random);
    const offer = makeOffer(key);
    const other = { ...offer, channel: new Uint8Array(16).fill(3) };
    const ports = joinPorts();
    const [oldEnd, newEnd] = await Promise.all([
      agreeAsOldDevice(other, ports.old, random),
      agreeAsNewDevice(key, offer, ports.new, random),
    ]);
    expect(oldEnd.digits).not.toBe(newEnd.digits);
  });

  test('CRY-067 can neither reflect, repeat, reorder, leave out nor change a sealed message', async () => {
    const attacks: Record<
      string,
      (sealed: Uint8Array[], reflected: Uint8Array) => (Uint8Array | undefined)[]
    > = {
      reflection: (_, reflected) => [reflected],
      repetition: ([one]) => [one, one],
      reordering: ([one, two]) => [two, one],
      gap: ([, two]) => [two],
      change: ([one]) => [one && flip(one, 2)],
      cut: ([one]) => [one?.subarray(0, 10)],
    };
    for (const attack of Object.values(attacks)) {
      const [oldEnd, newEnd] = await link(joinPorts());
      const sealed = [await oldEnd.seal(encodeUtf8('one')), await oldEnd.seal(encodeUtf8('two'))];
      const reflected = await newEnd.seal(encodeUtf8('one'));
      const opened = async () => {
        for (const message of attack(sealed, reflected)) await newEnd.open(message ?? new Uint8Array());
      };
      await expect(opened()).rejects.toEqual(FAILED);
      // Nothing opens any more, the honest messages neither: one would otherwise be missing unnoticed.
      for (const message of sealed.toReversed()) await expect(newEnd.open(message)).rejects.toEqual(FAILED);
    }
  });
});

/** The old device, with what the new one says changed on the way. */
async function oldEndAlone(fromNew: Tamper): Promise<unknown> {
  const ports = joinPorts(undefined, fromNew);
  const key = await makeLinkingKey(random);
  const offer = makeOffer(key);
  agreeAsNewDevice(key, offer, ports.new, random).catch(() => {});
  return agreeAsOldDevice(offer, ports.old, random);
}
