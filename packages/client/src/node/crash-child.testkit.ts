// The process that crash.test.ts kills: one client over a vault folder. `send` writes numbered messages as fast as it can,
// going on where the vault says it stopped; `listen` only receives. Started as `node … FOLDER send|listen OTHER`.
import { openSirdas } from './open-sirdas.ts';

const [folder = '', role = '', other = ''] = process.argv.slice(2);
const sirdas = await openSirdas({ folder, protection: { kind: 'unprotected' } });
await sirdas.connect();
process.stdout.write('online\n');
if (role === 'send') {
  for (;;) {
    const [newest] = await sirdas.messages(sirdas.conversationWith(other), { limit: 1 });
    const last = newest?.body.kind === 'text' ? Number(newest.body.text) : 0;
    const { id } = await sirdas.send(other, String(last + 1));
    process.stdout.write('saved\n');
    await sirdas.waitUntilAccepted(id);
  }
}
