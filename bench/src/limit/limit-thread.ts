// The thread of the limit's variant that keeps SQLite off the event loop.
import { parentPort, workerData } from 'node:worker_threads';
import { LimitStore, type Removal } from './limit-store.ts';

export type ThreadCall =
  | { readonly kind: 'commit'; readonly batch: Uint8Array; readonly removals: readonly Removal[] }
  | { readonly kind: 'readMailbox'; readonly recipient: number };

const store = new LimitStore(String(workerData));

parentPort?.on('message', (call: ThreadCall) => {
  if (call.kind === 'readMailbox') {
    parentPort?.postMessage(store.readMailbox(call.recipient));
    return;
  }
  const { buffer, byteOffset, byteLength } = call.batch;
  store.commit(Buffer.from(buffer, byteOffset, byteLength), call.removals);
  parentPort?.postMessage(null);
});
