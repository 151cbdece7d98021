// A sender of the fault tests, in a process of its own so that it can be killed: sends numbered messages as fast as they are
// accepted, going on with the number after the last one that its vault holds. Arguments: vault folder, recipient (#: the only group),
// number to stop at (0: none). Prints `accepted N` for each message that the relay has, and `done`. A line on stdin: stop after what is saved.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Message } from '@sirdas/client';
import { openSirdas } from '@sirdas/client/node';

const MAX_WAITING = 4;

const [folder = '', recipient = '', last = '0'] = process.argv.slice(2);
const sirdas = await openSirdas({ folder, protection: { kind: 'unprotected' } });
sirdas.on('link', ({ link }) => {
  // The usual back-off would only make the test longer.
  if (link.state === 'offline' && link.retryAtMs !== null) setTimeout(() => sirdas.retryNow(), 50);
});
let isStopping = false;
createInterface(process.stdin).once('line', () => {
  isStopping = true;
});

const waiting = new Set<number>();
let wake = () => {};
sirdas.on('delivery', ({ message }) => {
  if (message.body.kind !== 'text') return;
  if (message.delivery === 'failed') print(`failed ${numberOf(message)} ${message.failure}`);
  if (message.delivery === 'accepted') print(`accepted ${numberOf(message)}`);
  waiting.delete(numberOf(message));
  wake();
});
const group = recipient === '#' ? sirdas.conversations().find(({ kind }) => kind === 'group')?.id : undefined;
const stored = (await sirdas.messages(group ?? sirdas.conversationWith(recipient), { limit: 200 })).filter(
  ({ direction, body }) => direction === 'out' && body.kind === 'text',
);
for (const message of stored) if (message.delivery === 'queued') waiting.add(numberOf(message));
let next = stored[0] ? numberOf(stored[0]) + 1 : 1;
const end = Number(last) || Number.POSITIVE_INFINITY;
print('ready');
void sirdas.connect().catch(() => {});

while (waiting.size > 0 || (!isStopping && next <= end)) {
  if (!isStopping && next <= end && waiting.size < MAX_WAITING) {
    waiting.add(next);
    await (group ? sirdas.sendTo(group, `${next}`) : sirdas.send(recipient, `${next}`));
    next++;
  } else {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
await sirdas.close();
print('done');
process.exit(0);

function numberOf({ body }: Message): number {
  return body.kind === 'text' ? Number(body.text) : Number.NaN;
}

/** At once: what a killed process had printed must be there. */
function print(line: string): void {
  writeSync(1, `${line}\n`);
}
