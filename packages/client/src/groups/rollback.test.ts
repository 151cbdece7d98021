// How often a device believes that its vault was set back: a relay could say so with every login.
import { systemRandom } from '@sirdas/crypto';
import { expect, it } from 'vitest';
import { Events } from '../events.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Session } from '../session.ts';
import { MemoryVault } from '../vault/memory-vault.testkit.ts';
import { Rollback } from './rollback.ts';

const DAY_MS = 86_400_000;

it('CLI-066 three times in a week; then the relay is not believed, and nothing is thrown away', async () => {
  const clock = new ManualClock();
  const vault = new MemoryVault();
  let devices = 0;
  const rollback = new Rollback({
    own: {
      describe: () => null,
      update: async () => {
        devices++;
      },
    },
    store: { list: () => [], use: async () => Promise.reject(new Error('no groups')), note: () => {} },
    ...{ vault, clock, events: new Events(), random: systemRandom, reload: async () => {} },
  });
  const reasons: string[] = [];
  const session = { close: ({ code }: { code: string }) => reasons.push(code) } as unknown as Session;
  for (let i = 0; i < 5; i++) await rollback.becomeNewDevice(session);
  expect(devices).toBe(3);
  expect(reasons).toEqual([...Array(3).fill('VAULT_ROLLED_BACK'), ...Array(2).fill('PROTOCOL_VIOLATION')]);
  clock.advance(7 * DAY_MS);
  await rollback.becomeNewDevice(session);
  expect(devices).toBe(4);
});
