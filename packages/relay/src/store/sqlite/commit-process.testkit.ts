// A process that commits to a conversation until it is killed, for the tests of durability. Each commit puts an envelope into two
// inboxes and changes who reads. Prints the epoch that has begun when, and only when, the store has said that it is durable.
// node commit-process.testkit.ts FOLDER

import { claim, inbox, makeLogId, NOW_MS, phone, phoneOf, QUOTAS } from '../store-site.testkit.ts';
import { openSqliteStore } from './sqlite-store.ts';

const [folder = ''] = process.argv.slice(2);
const log = makeLogId(10);
const bobsInbox = makeLogId(2);
const bob = phoneOf('bob');

async function run(): Promise<void> {
  const quotas = { ...QUOTAS, maxLogEntries: 10_000_000, maxLogBytes: 2 ** 40 };
  const store = await openSqliteStore({ folder, quotas });
  const nothing = { maxEntries: 0, maxBytes: 0 };
  if ((await store.readAfter(inbox, phone, 0, nothing)) === null) {
    await claim(store, 'alice', inbox);
    await claim(store, 'bob', bobsInbox);
  }
  await store.changeLog({ kind: 'creation', log, creator: phone });
  const begun = (await store.readAfter(log, phone, 0, nothing))?.epoch ?? 0;
  for (let epoch = begun; ; epoch++) {
    const envelope = Buffer.from(`${epoch}:${'x'.repeat((epoch * 37) % 3000)}`);
    const outcome = await store.changeLog({
      ...{ kind: 'commit', log, committer: phone, epoch, timeMs: NOW_MS, envelope },
      deliveries: [{ inboxes: [inbox, bobsInbox], envelope }],
      readers: epoch % 2 === 0 ? [phone, bob] : [phone],
    });
    if (outcome.outcome !== 'stored') throw new Error('refused');
    process.stdout.write(`${epoch + 1}\n`);
  }
}

run().catch((error: unknown) => {
  process.stdout.write(`${String(error)}\n`);
  process.exit(1);
});
