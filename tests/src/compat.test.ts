// Data that version 1 wrote stays usable: a copy of a relay's folder and of two vaults, made once and never again
// (tests/compat/README.md), is opened by the code of today. STYLE: tests; DESIGN §2, tests/.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Sirdas, type SirdasEvent } from '@sirdas/client';
import { openVault, tcpTransport } from '@sirdas/client/node';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readConversation, shownTexts, textOf, waitUntil } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const DATA = join(import.meta.dirname, '../compat/v1');
const PASSPHRASE = 'sürüm 1 için parola';

/** Both can do better than letters from their first login on; what waits was written before. */
test.each([
  ['burak', 'is first, and reads what waits before anybody else is updated'],
  ['ayşe', 'is first, and sends what waits to somebody who is not updated yet'],
])(
  'a relay and two vaults of version 1: history, keys, waiting letters and unsent messages are all there; %s %s',
  async (first) => {
    const folder = await makeTemporaryFolder();
    cpSync(DATA, folder, { recursive: true });
    // The letters in it have waited since the data was made.
    const relay = await startRelay({ dataFolder: join(folder, 'relay'), flags: { retention: '3650d' } });
    const burak = await open(join(folder, 'burak'), relay);
    expect(burak.sirdas.account).toMatchObject({
      nickname: 'burak',
      deviceName: 'masa',
      chosenColour: 0x2266aa,
    });
    expect(await textsOf(burak.sirdas, 'ayşe')).toEqual(['merhaba burak', 'merhaba ayşe']);
    const ayse = await open(join(folder, 'ayse'), relay);
    expect(ayse.sirdas.account).toMatchObject({
      nickname: 'ayşe',
      displayName: 'Ayşe Yılmaz',
      mayInvite: true,
    });
    expect(ayse.sirdas.contacts()).toMatchObject([{ nickname: 'burak', verifiedMs: expect.any(Number) }]);
    if (first === 'burak') {
      await burak.sirdas.connect();
      await waitUntil(() => shownTexts(burak).length === 3, 'the letters that waited have come');
      await ayse.sirdas.connect();
    } else {
      const [unsent] = await ayse.sirdas.messages(ayse.sirdas.conversationWith('burak'), { limit: 1 });
      await ayse.sirdas.connect();
      if (unsent) await ayse.sirdas.waitUntilAccepted(unsent.id);
      await burak.sirdas.connect();
    }
    await waitUntil(() => shownTexts(burak).length === 4, 'what had not been sent has come');
    expect(shownTexts(burak)).toEqual(
      ['bekleyen bir', 'bekleyen iki', 'bekleyen üç', 'henüz gönderilmedi'].map((text) => `ayşe: ${text}`),
    );
    await burak.sirdas.send('ayşe', 'yeni sürümden');
    await waitUntil(() => shownTexts(ayse).includes('burak: yeni sürümden'), 'they can talk');
    const [newest] = await ayse.sirdas.messages(ayse.sirdas.conversationWith('burak'), { limit: 1 });
    expect(newest?.envelope).toBe('mls');
    expect(burak.sirdas.safetyNumber('ayşe')).toBe(ayse.sirdas.safetyNumber('burak'));
  },
);

test('a vault of version 1 does not open with another passphrase', async () => {
  const folder = await makeTemporaryFolder();
  cpSync(join(DATA, 'burak'), folder, { recursive: true });
  const protection = { kind: 'passphrase', passphrase: 'surum 1 icin parola' } as const;
  await expect(openVault({ folder, protection })).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
});

/** Opens a vault whose relay is on another port today. */
async function open(folder: string, relay: RelayProcess): Promise<{ sirdas: Sirdas; events: SirdasEvent[] }> {
  const vault = await openVault({ folder, protection: { kind: 'passphrase', passphrase: PASSPHRASE } });
  const { account } = await vault.load();
  if (account === null) throw new Error('there is no account in the vault');
  await vault.save({ account: { ...account, relay: { ...account.relay, port: relay.port } } });
  const sirdas = await Sirdas.open({ vault, transport: tcpTransport() });
  onTestFinished(() => sirdas.close());
  const events: SirdasEvent[] = [];
  sirdas.on('message', (event) => events.push(event));
  return { sirdas, events };
}

async function textsOf(sirdas: Sirdas, other: string): Promise<string[]> {
  return (await readConversation(sirdas, other)).map(textOf);
}
