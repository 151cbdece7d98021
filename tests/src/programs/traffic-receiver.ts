// The receiver of the fault tests, in a process of its own so that it can be killed. Arguments: vault folder. Prints
// `shown SENDER TEXT` for every message event: what a screen would show.
import { writeSync } from 'node:fs';
import { openSirdas } from '@sirdas/client/node';

const [folder = ''] = process.argv.slice(2);
const sirdas = await openSirdas({ folder, protection: { kind: 'unprotected' } });
sirdas.on('link', ({ link }) => {
  // The usual back-off would only make the test longer.
  if (link.state === 'offline' && link.retryAtMs !== null) setTimeout(() => sirdas.retryNow(), 50);
});
sirdas.on('message', ({ message }) => {
  const text = message.body.kind === 'text' ? message.body.text : `(${message.body.kind})`;
  writeSync(1, `shown ${message.sender} ${text}\n`);
});
sirdas.on('refused', ({ error }) => writeSync(1, `refused ${error}\n`));
sirdas.on('gap', ({ reason, count }) => writeSync(1, `gap ${reason} ${count}\n`));
writeSync(1, 'ready\n');
await sirdas.connect().catch(() => {});
