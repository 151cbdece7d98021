// The thread on which SQLite runs: a commit waits for the disk, and the event loop of the relay must not. Started by
// store-calls.ts with SqliteOptions; answers its calls one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { SqliteDatabase, type SqliteOptions } from './sqlite-database.ts';
import type { StoreCall, StoreReply } from './store-calls.ts';

if (parentPort === null) throw new Error('store-thread.ts runs as a worker thread only');
const port = parentPort;

const database = open();
if (database !== null) serve(database);

function open(): SqliteDatabase | null {
  try {
    const opened = new SqliteDatabase(workerData as SqliteOptions);
    reply({ call: 0, result: null });
    return opened;
  } catch (cause) {
    reply(describeError(0, cause));
    return null;
  }
}

function serve(opened: SqliteDatabase): void {
  port.on('message', (storeCall: StoreCall) => {
    reply(answer(opened, storeCall));
    if (storeCall.method === 'close') port.close();
    // The answer is on its way: only what comes next waits for the checkpoint.
    else opened.checkpointWhenDue();
  });
}

function answer(opened: SqliteDatabase, { call, method, args }: StoreCall): StoreReply {
  try {
    const run = opened[method] as (...args: unknown[]) => unknown;
    return { call, result: run.apply(opened, args) };
  } catch (cause) {
    return describeError(call, cause);
  }
}

function describeError(call: number, cause: unknown): StoreReply {
  if (!(cause instanceof StoreError)) throw cause;
  return { call, error: { code: cause.code, message: cause.message } };
}

function reply(message: StoreReply): void {
  const bytes = 'result' in message ? bytesOf(message.result) : null;
  port.postMessage(message, bytes === null ? [] : [bytes]);
}

/** The buffer of a slice or of an append's outcomes: made for this answer only, so it may change owner. */
function bytesOf(result: unknown): ArrayBuffer | null {
  const bytes = result !== null && typeof result === 'object' && 'bytes' in result ? result.bytes : result;
  return ArrayBuffer.isView(bytes) && bytes.buffer instanceof ArrayBuffer ? bytes.buffer : null;
}
