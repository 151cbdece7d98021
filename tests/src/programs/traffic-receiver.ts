// The receiver of the fault tests, in a process of its own so that it can be killed. Arguments: vault folder. Prints
// `shown SENDER TEXT` for every message event: what a screen would show; of what happens in a group only what could not be read.
import { writeSync } from 'node:fs';
import { openSirdas } from '@sirdas/client/node';

const [folder = ''] = process.argv.slice(2);
const sirdas = await openSirdas({ folder, protection: { kind: 'unprotected' } });
sirdas.on('link', ({ link }) => {
  // The usual back-off would only make the test longer.
  if (link.state === 'offline' && link.retryAtMs !== null) setTimeout(() => sirdas.retryNow(), 50);
});
sirdas.on('message', ({ message }) => {
  const { body, sender } = message;
  if (body.kind === 'text') writeSync(1, `shown ${sender} ${body.text}\n`);
  else if (body.kind !== 'event') writeSync(1, `shown ${sender} (${body.kind})\n`);
  else if (body.event.what === 'undecryptable') writeSync(1, `undecryptable ${body.event.cause}\n`);
});
sirdas.on('refused', ({ error }) => writeSync(1, `refused ${error}\n`));
sirdas.on('gap', ({ reason, count }) => writeSync(1, `gap ${reason} ${count}\n`));
writeSync(1, 'ready\n');
await sirdas.connect().catch(() => {});
