// A new device and an old one at a fake relay: what is handed over, and that nothing is unless both persons confirm. What a hostile
// relay can do, and what is left on both sides after every way to stop.
import { restoreAccount } from '@sirdas/crypto';
import { LIMITS } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { SirdasError } from '../errors.ts';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meet, openPerson, type Person, readTexts, until, untilSeen } from '../people.testkit.ts';
import { VaultMemory } from '../vault/memory-vault.testkit.ts';
import { type End, LinkingRelay, startLinking } from './linking-relay.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let channel: LinkingRelay;
let laptop: Person;
let bob: Person;
let phone: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [laptop, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
  await bob.sirdas.send('alice', 'merhaba');
  await untilSeen(laptop, 'message');
  await laptop.sirdas.markRead(laptop.sirdas.conversationWith('bob'));
  const { id } = await laptop.sirdas.send('bob', 'selam');
  await laptop.sirdas.waitUntilAccepted(id);
  await laptop.sirdas.markVerified('bob', laptop.sirdas.safetyNumber('bob'));
  phone = await openPerson(relay, clock, new VaultMemory());
  channel = new LinkingRelay(relay);
});

const both = () => ({ old: laptop, new: phone });
const recordsOf = (nickname: string) => relay.needAccount(nickname).records;
const devicesOf = (nickname: string) => {
  const head = recordsOf(nickname).at(-1);
  return head ? restoreAccount({ record: head.record, publishedOtherSuite: false }).record.devices : [];
};
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'succeeded',
    (cause: { code?: string }) => cause.code ?? String(cause),
  );

/** Both ended without a device, and both can begin again. */
async function expectNothingHappened(): Promise<void> {
  expect(devicesOf('alice').map(({ name }) => name)).toEqual(['test']);
  expect(phone.memory.account).toBeNull();
  expect(phone.memory.messages.size).toBe(0);
  channel = new LinkingRelay(relay);
  const { linked, approved } = await startLinking(relay, both());
  expect(await approved).toMatchObject({ name: 'phone' });
  await linked;
}

describe('linking', () => {
  it('hands over account, contacts, conversations and recent messages, and the new device talks at once', async () => {
    const { linked, approved, digits } = await startLinking(relay, both());
    const [account, device] = await Promise.all([linked, approved]);
    expect(digits.old).toEqual([expect.stringMatching(/^\d{7}$/)]);
    expect(digits.new).toEqual(digits.old);
    expect(account).toMatchObject({ nickname: 'alice', deviceName: 'phone', device: device.id });
    expect(device).toMatchObject({ name: 'phone', isThis: false });
    expect(await readTexts(phone, 'bob')).toEqual(['merhaba', 'selam']);
    expect(phone.sirdas.conversations()).toMatchObject([{ with: 'bob', unread: 0 }]);
    expect(phone.sirdas.contacts()).toMatchObject([{ nickname: 'bob', verifiedMs: clock.nowMs() }]);
    await phone.sirdas.connect();
    expect(relay.connectionOf('alice').device).toBe(account.device);
    expect(phone.memory.account?.restoredFrom).toBeNull();
    expect(laptop.sirdas.devices.list()).toMatchObject([{ isThis: true }, { id: device.id, isThis: false }]);
    const { id } = await phone.sirdas.send('bob', 'from the phone');
    await phone.sirdas.waitUntilAccepted(id);
    await untilSeen(bob, 'message', 3);
    expect(await readTexts(bob, 'alice')).toEqual(['merhaba', 'selam', 'from the phone']);
    await untilSeen(laptop, 'message', 3);
  });

  it('leaves messages behind when the person wants that, and those of more than 30 days always', async () => {
    const { linked } = await startLinking(relay, both(), { old: { history: false } });
    await linked;
    expect(phone.memory.messages.size).toBe(0);
    expect(phone.sirdas.contacts()).toMatchObject([{ nickname: 'bob' }]);
    clock.setTime(clock.nowMs() + 29 * 86_400_000);
    const { id } = await laptop.sirdas.send('bob', 'a month later');
    await laptop.sirdas.waitUntilAccepted(id);
    clock.setTime(clock.nowMs() + 2 * 86_400_000);
    const tablet = await openPerson(relay, clock, new VaultMemory());
    channel = new LinkingRelay(relay);
    await (await startLinking(relay, { old: laptop, new: tablet })).linked;
    expect(await readTexts(tablet, 'bob')).toEqual(['a month later']);
  });

  it('tells how far it is', async () => {
    const [atOld, atNew]: [number[], number[]] = [[], []];
    const { linked } = await startLinking(relay, both(), {
      old: { onProgress: (fraction) => atOld.push(fraction) },
      new: { onProgress: (fraction) => atNew.push(fraction) },
    });
    await linked;
    expect(atNew.length).toBeGreaterThan(1);
    expect(atNew.at(-1)).toBe(1);
    expect(atOld).toEqual(atNew);
    expect(atNew).toEqual(atNew.toSorted((one, other) => one - other));
  });

  it('hands over as many bytes whatever was written, within a bucket', async () => {
    await (await startLinking(relay, both())).linked;
    const count = channel.countFrom('old');
    const { id } = await laptop.sirdas.send('bob', 'x'.repeat(5000));
    await laptop.sirdas.waitUntilAccepted(id);
    const tablet = await openPerson(relay, clock, new VaultMemory());
    channel = new LinkingRelay(relay);
    await (await startLinking(relay, { old: laptop, new: tablet })).linked;
    expect(channel.countFrom('old')).toBe(count);
  });
});

describe('nothing is handed over', () => {
  it('when the digits are not confirmed on the old device', async () => {
    const { linked, approved } = await startLinking(relay, both(), { old: { confirm: async () => false } });
    expect(await codeOf(approved)).toBe('LINKING_REFUSED');
    expect(await codeOf(linked)).toBe('LINKING_REFUSED');
    await expectNothingHappened();
  });

  it('when they are not confirmed on the new device, whose question ends the one on the old device', async () => {
    let signal: AbortSignal | null = null;
    const { linked, approved } = await startLinking(relay, both(), {
      new: { confirm: async () => false },
      old: {
        confirm: (_digits, asked) => {
          signal = asked;
          return new Promise(() => {});
        },
      },
    });
    expect(await codeOf(linked)).toBe('LINKING_REFUSED');
    expect(await codeOf(approved)).toBe('LINKING_REFUSED');
    expect(signal).toMatchObject({ aborted: true });
    await expectNothingHappened();
  });

  it('CLI-090 when the person at the old device does not prove that the vault is theirs', async () => {
    const { linked, approved } = await startLinking(relay, both(), { old: { authorise: async () => false } });
    expect(await codeOf(approved)).toBe('LINKING_REFUSED');
    expect(await codeOf(linked)).toBe('LINKING_REFUSED');
    await expectNothingHappened();
  });

  it('while nobody answers: the channel expires on both sides', async () => {
    const { linked, approved } = await startLinking(relay, both(), {
      old: { confirm: () => new Promise(() => {}) },
      new: { confirm: () => new Promise(() => {}) },
    });
    await until(
      () => channel.countFrom('old'),
      (count) => count === 3,
    );
    relay.mischief.rewrite = (frame) => (frame.kind === 'linkingEnded' ? null : frame);
    clock.advance(LIMITS.LINKING_TTL_MS);
    expect(await codeOf(linked)).toBe('LINKING_EXPIRED');
    expect(await codeOf(approved)).toBe('LINKING_EXPIRED');
    relay.mischief.rewrite = (frame) => frame;
    // So long without a word from this fake relay was too long for the connection as well.
    laptop.sirdas.retryNow();
    await laptop.sirdas.connect();
    await expectNothingHappened();
  });

  it.each(['old', 'new'] as const)('when the %s device is told to stop', async (end) => {
    const stopper = new AbortController();
    const asked = Promise.withResolvers<void>();
    const stop = {
      signal: stopper.signal,
      confirm: () => {
        asked.resolve();
        return new Promise<boolean>(() => {});
      },
    };
    const { linked, approved } = await startLinking(relay, both(), { [end]: stop });
    await asked.promise;
    stopper.abort();
    const [ownOutcome, otherOutcome] = end === 'old' ? [approved, linked] : [linked, approved];
    expect(await codeOf(ownOutcome)).toBe('ABORTED');
    expect(await codeOf(otherOutcome)).toBe('LINKING_ENDED');
    await expectNothingHappened();
  });

  it('CLI-087 to a device at another relay, for anything that is no offer, or for one that is over', async () => {
    const approval = { confirm: async () => true, authorise: async () => true, history: true };
    const approve = (offer: string) => codeOf(laptop.sirdas.devices.approve(offer, approval));
    expect(await approve('')).toBe('BAD_OFFER');
    expect(await approve(relay.inviteLink())).toBe('BAD_OFFER');
    const other = await FakeRelay.start(clock);
    new LinkingRelay(other);
    const stranger = await openPerson(other, clock, new VaultMemory());
    const shown = Promise.withResolvers<string>();
    const stopper = new AbortController();
    const linking = stranger.sirdas.linkDevice(other.address, {
      ...{ deviceName: 'x', onOffer: shown.resolve, confirm: async () => true, signal: stopper.signal },
    });
    expect(await approve(await shown.promise)).toBe('OTHER_RELAY');
    stopper.abort();
    expect(await codeOf(linking)).toBe('ABORTED');
    const { offer, linked } = await startLinking(relay, both());
    await linked;
    expect(await approve(offer)).toBe('LINKING_EXPIRED');
  });

  it('CLI-093 for two devices at the same time, and for more than an account may have', async () => {
    const { offer, linked, approved } = await startLinking(relay, both(), {
      old: { confirm: () => new Promise(() => {}) },
    });
    const approval = { confirm: async () => true, authorise: async () => true, history: true };
    expect(await codeOf(laptop.sirdas.devices.approve(offer, approval))).toBe('LINKING_BUSY');
    await phone.sirdas.close();
    expect(await codeOf(linked)).not.toBe('succeeded');
    expect(await codeOf(approved)).toBe('LINKING_ENDED');
    for (let i = 1; i < LIMITS.MAX_DEVICES; i++) {
      channel = new LinkingRelay(relay);
      const next = await openPerson(relay, clock, new VaultMemory());
      await (await startLinking(relay, { old: laptop, new: next })).approved;
    }
    const last = await openPerson(relay, clock, new VaultMemory());
    channel = new LinkingRelay(relay);
    const full = await startLinking(relay, { old: laptop, new: last });
    expect(await codeOf(full.approved)).toBe('TOO_MANY_DEVICES');
  });
});

describe('a relay that changes what passes', () => {
  const flip = (payload: Uint8Array): Uint8Array =>
    payload.with(payload.length >> 1, (payload[payload.length >> 1] ?? 0) ^ 1);
  /** Messages of the old and the new device until everything is handed over and saved. */
  const STEPS: readonly [End, number][] = [
    ...([0, 1, 2, 3, 4] as const).map((number): [End, number] => ['old', number]),
    ...([0, 1, 2] as const).map((number): [End, number] => ['new', number]),
  ];

  it.each(STEPS)('CLI-086 is noticed: of the %s device, message %i', async (end, number) => {
    channel.tamper = (payload, from, i) => (from === end && i === number ? flip(payload) : payload);
    const { linked, approved, digits } = await startLinking(relay, both());
    const outcomes = await Promise.all([codeOf(linked), codeOf(approved)]);
    expect(outcomes).toContain('LINKING_TAMPERED');
    // Persons who confirm without looking are not helped before, but what they were shown differs by then.
    const isExchange = end === 'old' ? number < 3 : number < 2;
    const wereShownTheSame = digits.old.length === 1 && digits.old[0] === digits.new[0];
    expect(wereShownTheSame).toBe(!isExchange);
    await expectNothingHappened();
  });

  it('that keeps back the last word leaves a device that works, and one that was told to look', async () => {
    channel.tamper = (payload, from, i) => (from === 'new' && i === 3 ? null : payload);
    const { linked, approved } = await startLinking(relay, both());
    const account = await linked;
    expect(await codeOf(approved)).toBe('LINKING_ENDED');
    await phone.sirdas.connect();
    expect(laptop.sirdas.devices.list().map(({ id }) => id)).toContain(account.device);
  });
});

describe('when the vault of the new device cannot be written', () => {
  it('the old device takes it out of the account again', async () => {
    const { linked, approved } = await startLinking(relay, both(), {
      new: {
        confirm: async () => {
          phone.vault.failNextSave = new SirdasError('DISK_FULL', 'the test filled the disk');
          return true;
        },
      },
    });
    expect(await codeOf(linked)).toBe('DISK_FULL');
    expect(await codeOf(approved)).toBe('LINKING_ENDED');
    await expectNothingHappened();
  });
});
