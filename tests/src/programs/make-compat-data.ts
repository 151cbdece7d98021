// How tests/compat/v1 was made: a relay and two accounts as version 1 writes them. Run once for each version, never again for an
// old one: what it wrote is what people have on their disks. Argument: the folder to fill.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseInviteLink } from '@sirdas/client';
import { openSirdas } from '@sirdas/client/node';
import { makeRelayConfig, startRelay } from '@sirdas/relay';

/** Stands in tests/compat/README.md as well. */
const PASSPHRASE = 'sürüm 1 için parola';

const [folder = ''] = process.argv.slice(2);
const root = resolve(folder);
rmSync(root, { recursive: true, force: true });
mkdirSync(root, { recursive: true });
const config = makeRelayConfig({
  ...{ data: join(root, 'relay'), host: '127.0.0.1', publicHost: '127.0.0.1', tcpPort: 0 },
  ...{ webPort: null, webTlsPort: null, metricsPort: null, logLevel: 'warn' },
});
const relay = await startRelay(config);
const [ayse, burak] = [await open('ayse'), await open('burak')];
await ayse.join(relay.ownerInvite ?? '', { nickname: 'ayşe', displayName: 'Ayşe', deviceName: 'defter' });
const invite = await ayse.createInvite({ uses: 1, ttlMs: 3_600_000, grantsInvites: false });
await burak.join(invite.link, { nickname: 'burak', deviceName: 'masa', chosenColour: 0x2266aa });
const arrived = new Promise((resolve) => burak.on('message', resolve));
await say(ayse, 'burak', 'merhaba burak');
await arrived;
await say(burak, 'ayşe', 'merhaba ayşe');
await ayse.markVerified('burak', ayse.safetyNumber('burak'));
await ayse.setProfile({ displayName: 'Ayşe Yılmaz', chosenColour: 0xaa2266 });
await burak.close();
for (const text of ['bekleyen bir', 'bekleyen iki', 'bekleyen üç']) await say(ayse, 'burak', text);
await ayse.disconnect();
await ayse.send('burak', 'henüz gönderilmedi');
await ayse.close();
await relay.close();
console.info(`relay ${parseInviteLink(invite.link).tcpPort} and two vaults in ${root}`);

function open(name: string) {
  const protection = { kind: 'passphrase', passphrase: PASSPHRASE } as const;
  return openSirdas({ folder: join(root, name), protection });
}

async function say(from: Awaited<ReturnType<typeof open>>, to: string, text: string): Promise<void> {
  const { id } = await from.send(to, text);
  await from.waitUntilAccepted(id);
}
