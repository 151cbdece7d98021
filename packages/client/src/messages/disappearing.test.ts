// Messages whose time is over go, in their order, whatever happens to the clock or to the disk. What people see of it is in
// message-actions.test.ts.
import { describe, expect, it } from 'vitest';
import { SirdasError } from '../errors.ts';
import { Events } from '../events.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { until } from '../people.testkit.ts';
import { MemoryVault } from '../vault/memory-vault.testkit.ts';
import { bob, sampleMessage, talk } from '../vault/vault-samples.testkit.ts';
import { Disappearing } from './disappearing.ts';

const DAY_MS = 86_400_000;

function start() {
  const clock = new ManualClock(0);
  const vault = new MemoryVault();
  const events = new Events();
  const gone: string[] = [];
  events.on('expired', ({ message }) => gone.push(message.id));
  const conversations = { noteRemoved: async () => {} };
  const disappearing = new Disappearing({ vault, clock, events, conversations });
  const save = async (number: number, expiresMs: number) => {
    const messages = [sampleMessage(number, { expiresAfterMs: 1, expiresMs })];
    disappearing.noteSaved(await vault.save({ messages }));
  };
  return { clock, vault, gone, disappearing, save };
}

const idOf = (number: number) => sampleMessage(number).id;

describe('messages that disappear', () => {
  it('go each in their time, also when a shorter time comes later', async () => {
    const { clock, vault, gone, disappearing, save } = start();
    await disappearing.load([]);
    await save(1, 5000);
    await save(2, 1000);
    await save(3, 10 * DAY_MS);
    clock.advance(1000);
    await until(
      () => gone.length,
      (count) => count === 1,
    );
    expect(gone).toEqual([idOf(2)]);
    clock.advance(4000);
    await until(
      () => gone.length,
      (count) => count === 2,
    );
    expect(await vault.readMessage(bob, idOf(1))).toBeNull();
    expect(await vault.readMessage(bob, idOf(3))).not.toBeNull();
    await disappearing.stop();
    expect(clock.timerCount).toBe(0);
  });

  it('go soon after the clock was set forward, far as their time may have been', async () => {
    const { clock, gone, disappearing, save } = start();
    await disappearing.load([]);
    await save(1, 40 * DAY_MS);
    clock.setTime(41 * DAY_MS);
    clock.advance(3_600_000);
    await until(
      () => gone,
      (all) => all.length === 1,
    );
  });

  it('are gone when loading is done, 1,200 at a time', async () => {
    const { clock, vault, gone, disappearing } = start();
    const messages = Array.from({ length: 1200 }, (_, i) =>
      sampleMessage(i, { expiresAfterMs: 1, expiresMs: 2000 - i }),
    );
    await vault.save({ messages });
    clock.setTime(5000);
    await disappearing.load((await vault.load()).expiring);
    expect(gone).toHaveLength(1200);
    expect(gone[0]).toBe(idOf(1199));
    expect(await vault.readMessages(talk, null, 10)).toEqual([]);
  });

  it('go later when the disk is full', async () => {
    const { clock, vault, gone, disappearing, save } = start();
    await disappearing.load([]);
    await save(1, 1000);
    vault.failNextSave = new SirdasError('DISK_FULL', 'the disk is full');
    clock.advance(1000);
    await until(
      () => vault.failNextSave,
      (failure) => failure === null,
    );
    expect(gone).toEqual([]);
    await until(
      () => clock.timerCount,
      (count) => count === 1,
    );
    clock.advance(60_000);
    await until(
      () => gone,
      (all) => all.length === 1,
    );
  });
});
