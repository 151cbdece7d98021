// Calls from the event loop to the store thread: numbered, answered in their order, bytes of batches and slices change owner
// instead of being copied. Used by sqlite-store.ts; the other end is store-thread.ts.
import { Worker } from 'node:worker_threads';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import type { SqliteDatabase, SqliteOptions } from './sqlite-database.ts';

/** The methods of SqliteDatabase that the other thread may call. */
export type StoreMethod = Exclude<keyof SqliteDatabase, 'checkpointWhenDue'>;

export interface StoreCall<Method extends StoreMethod = StoreMethod> {
  readonly call: number;
  readonly method: Method;
  readonly args: Parameters<SqliteDatabase[Method]>;
}

/** `call` is 0 for the outcome of opening. */
export type StoreReply =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly error: { readonly code: StoreErrorCode; readonly message: string } };

interface OpenCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

// The compiler renames imports, but not this.
const THREAD = new URL(
  import.meta.url.endsWith('.ts') ? './store-thread.ts' : './store-thread.js',
  import.meta.url,
);

export class StoreCalls {
  readonly #worker: Worker;
  readonly #openCalls = new Map<number, OpenCall>();
  #lastCall = 0;
  #failure: StoreError | null = null;

  private constructor(options: SqliteOptions) {
    this.#worker = new Worker(THREAD, { workerData: options, name: 'store' });
    this.#worker.on('message', (reply: StoreReply) => this.#settle(reply));
    this.#worker.on('error', (cause) =>
      this.#fail(new StoreError('FAILED', 'the store thread broke', { cause })),
    );
    this.#worker.on('exit', () => this.#fail(new StoreError('CLOSED', 'the store is closed')));
  }

  /** Starts the thread; throws what opening the database threw. */
  static async open(options: SqliteOptions): Promise<StoreCalls> {
    const calls = new StoreCalls(options);
    await new Promise((resolve, reject) => calls.#openCalls.set(0, { resolve, reject }));
    return calls;
  }

  async call<Method extends StoreMethod>(
    method: Method,
    args: Parameters<SqliteDatabase[Method]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ReturnType<SqliteDatabase[Method]>> {
    if (this.#failure !== null) throw this.#failure;
    const call = ++this.#lastCall;
    const message: StoreCall<Method> = { call, method, args };
    this.#worker.postMessage(message, transfer);
    const result = await new Promise((resolve, reject) => this.#openCalls.set(call, { resolve, reject }));
    return result as ReturnType<SqliteDatabase[Method]>;
  }

  /** Resolves when the database is closed and the thread has ended; at once when it has ended by itself. */
  async close(): Promise<void> {
    if (this.#failure !== null) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    await this.call('close', []);
    await ended;
  }

  #settle(reply: StoreReply): void {
    const openCall = this.#openCalls.get(reply.call);
    this.#openCalls.delete(reply.call);
    if ('result' in reply) openCall?.resolve(reply.result);
    else openCall?.reject(new StoreError(reply.error.code, reply.error.message));
  }

  #fail(failure: StoreError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#openCalls.values()) reject(this.#failure);
    this.#openCalls.clear();
  }
}
