// A process that appends batches until it is killed or the store fails, for the tests of durability. Prints one line for each
// batch when, and only when, the store has said that it is durable: the sequence numbers given in each log.
// node append-process.testkit.ts FOLDER LOGS BATCHES

import { StoreError } from '../store-error.ts';
import { claim, makeEntry, makeLogId, phoneOf, QUOTAS } from '../store-site.testkit.ts';
import { openSqliteStore } from './sqlite-store.ts';

const [folder = '', logCount = '1', batchCount = '1000000'] = process.argv.slice(2);
const logs = Array.from({ length: Number(logCount) }, (_, index) => makeLogId(index + 1));
const heads = new Map(logs.map((log) => [log, 0]));

async function run(): Promise<void> {
  const quotas = { ...QUOTAS, maxLogEntries: 10_000_000, maxLogBytes: 2 ** 40 };
  const store = await openSqliteStore({ folder, quotas });
  for (const [index, log] of logs.entries()) {
    if ((await store.readAfter(log, phoneOf(`user${index}`), 0, { maxEntries: 0, maxBytes: 0 })) === null) {
      await claim(store, `user${index}`, log);
    }
    heads.set(
      log,
      (await store.readAfter(log, phoneOf(`user${index}`), 0, { maxEntries: 0, maxBytes: 0 }))?.head ?? 0,
    );
  }
  for (let batch = 0; batch < Number(batchCount); batch++) {
    const entries = logs.flatMap((log, index) =>
      Array.from({ length: 1 + ((batch + index) % 4) }, (_, entry) => {
        const seq = (heads.get(log) ?? 0) + 1 + entry;
        return makeEntry(log, `${index}:${seq}:${'x'.repeat((seq * 37) % 3000)}`);
      }),
    );
    for (const [index, outcome] of (await store.append(entries)).entries()) {
      const log = entries[index]?.log;
      if (outcome.outcome !== 'stored' || log === undefined) throw new Error('refused');
      heads.set(log, outcome.seq);
    }
    process.stdout.write(`${JSON.stringify([...heads.values()])}\n`);
  }
  await store.close();
}

run().catch((error: unknown) => {
  process.stdout.write(
    `${JSON.stringify({ error: error instanceof StoreError ? error.code : String(error) })}\n`,
  );
  process.exit(1);
});
