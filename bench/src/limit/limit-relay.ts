// The bare relay that ours is measured against: sockets, a mailbox for each user, group commit into SQLite, one write for each
// socket and turn. No accounts, no checks, no limits, no quotas, no back-pressure. Started by targets/limit-target.ts:
// node limit-relay.ts main|thread FOLDER; prints its port.
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { HEADER_BYTES, KIND, LENGTH_BYTES, makeFrame } from './limit-frames.ts';
import { ITEM_HEADER_BYTES, LimitStore, type Removal, type StoredMessage } from './limit-store.ts';
import type { ThreadCall } from './limit-thread.ts';

const MAX_BUFFER_BYTES = 64 * 1024;
const FIRST_BUFFER_BYTES = 2048;

/** Coalesces what one connection sends. */
class Output {
  readonly #socket: Socket;
  readonly #dirty: Set<Output>;
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;

  constructor(socket: Socket, dirty: Set<Output>) {
    this.#socket = socket;
    this.#dirty = dirty;
  }

  put(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.#end + size > this.#buffer.length) {
      this.flush();
      const grown = Math.min(MAX_BUFFER_BYTES, 2 * this.#buffer.length);
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(grown, size));
      this.#start = 0;
      this.#end = 0;
    }
    this.#end += bytes.copy(this.#buffer, this.#end, start, end);
    this.#dirty.add(this);
  }

  flush(): void {
    if (this.#end > this.#start && !this.#socket.destroyed) {
      this.#socket.write(this.#buffer.subarray(this.#start, this.#end));
    }
    this.#start = this.#end;
  }
}

interface Connection {
  readonly output: Output;
  user: number;
  acceptedCount: number;
  /** Delivered and not yet acknowledged, oldest first. */
  readonly unacknowledgedIds: number[];
}

/** A message that waits for its commit: a whole frame in the bytes that came from the socket. */
interface Waiting {
  readonly sender: Connection;
  readonly id: number;
  readonly recipient: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

type Commit = (batch: Buffer, removals: readonly Removal[]) => Promise<void> | void;
type ReadMailbox = (recipient: number) => Promise<StoredMessage[]> | StoredMessage[];

class LimitRelay {
  readonly #commit: Commit;
  readonly #readMailbox: ReadMailbox;
  readonly #readers = new Map<number, Connection>();
  readonly #dirty = new Set<Output>();
  #waiting: Waiting[] = [];
  #removals: Removal[] = [];
  #isScheduled = false;
  #isCommitting = false;
  #lastId = 0;

  constructor(commit: Commit, readMailbox: ReadMailbox) {
    this.#commit = commit;
    this.#readMailbox = readMailbox;
  }

  accept(socket: Socket): void {
    socket.setNoDelay(true);
    const connection: Connection = {
      output: new Output(socket, this.#dirty),
      user: 0,
      acceptedCount: 0,
      unacknowledgedIds: [],
    };
    let rest: Buffer | null = null;
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#readers.get(connection.user) === connection) this.#readers.delete(connection.user);
    });
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (at + LENGTH_BYTES <= bytes.length) {
        const end = at + LENGTH_BYTES + bytes.readUInt32BE(at);
        if (end > bytes.length) break;
        this.#onFrame(connection, bytes, at, end);
        at = end;
      }
      rest = at < bytes.length ? bytes.subarray(at) : null;
    });
  }

  #onFrame(connection: Connection, bytes: Buffer, start: number, end: number): void {
    const number = bytes.readUInt32BE(start + LENGTH_BYTES + 1);
    switch (bytes[start + LENGTH_BYTES]) {
      case KIND.send:
        this.#waiting.push({ sender: connection, id: ++this.#lastId, recipient: number, bytes, start, end });
        this.#schedule();
        break;
      case KIND.acknowledge: {
        const upToId = connection.unacknowledgedIds.splice(0, number).at(-1);
        if (upToId !== undefined) this.#removals.push({ recipient: connection.user, upToId });
        this.#schedule();
        break;
      }
      default:
        void this.#open(connection, number, bytes[start + LENGTH_BYTES] === KIND.read);
    }
  }

  async #open(connection: Connection, user: number, isReader: boolean): Promise<void> {
    connection.user = user;
    const opened = makeFrame(KIND.opened, 0);
    connection.output.put(opened, 0, opened.length);
    if (isReader) {
      for (const { id, body } of await this.#readMailbox(user)) {
        const frame = makeFrame(KIND.deliver, id, body);
        connection.output.put(frame, 0, frame.length);
        connection.unacknowledgedIds.push(id);
      }
      this.#readers.set(user, connection);
    }
    this.#flushAll();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isCommitting) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#commitWaiting();
    });
  }

  async #commitWaiting(): Promise<void> {
    if (this.#isCommitting || this.#waiting.length + this.#removals.length === 0) return;
    this.#isCommitting = true;
    const waiting = this.#waiting;
    const removals = this.#removals;
    this.#waiting = [];
    this.#removals = [];
    const committing = this.#commit(pack(waiting), removals);
    if (committing !== undefined) await committing;
    this.#isCommitting = false;
    // On a thread the next commit runs while this one's messages are written out.
    if (committing !== undefined) void this.#commitWaiting();
    this.#deliver(waiting);
    if (committing === undefined && this.#waiting.length > 0) this.#schedule();
  }

  #deliver(waiting: readonly Waiting[]): void {
    const senders = new Set<Connection>();
    for (const { sender, id, recipient, bytes, start, end } of waiting) {
      sender.acceptedCount++;
      senders.add(sender);
      const reader = this.#readers.get(recipient);
      if (reader === undefined) continue;
      bytes[start + LENGTH_BYTES] = KIND.deliver;
      bytes.writeUInt32BE(id, start + LENGTH_BYTES + 1);
      reader.output.put(bytes, start, end);
      reader.unacknowledgedIds.push(id);
    }
    for (const sender of senders) {
      const accepted = makeFrame(KIND.accepted, sender.acceptedCount);
      sender.acceptedCount = 0;
      sender.output.put(accepted, 0, accepted.length);
    }
    this.#flushAll();
  }

  #flushAll(): void {
    for (const output of this.#dirty) output.flush();
    this.#dirty.clear();
  }
}

function pack(waiting: readonly Waiting[]): Buffer {
  const frameHeaderBytes = LENGTH_BYTES + HEADER_BYTES;
  let size = 0;
  for (const { start, end } of waiting) size += ITEM_HEADER_BYTES + end - start - frameHeaderBytes;
  const batch = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const { id, recipient, bytes, start, end } of waiting) {
    batch.writeUInt32BE(id, at);
    batch.writeUInt32BE(recipient, at + 4);
    batch.writeUInt32BE(end - start - frameHeaderBytes, at + 8);
    at += ITEM_HEADER_BYTES;
    at += bytes.copy(batch, at, start + frameHeaderBytes, end);
  }
  return batch;
}

function startThread(path: string): { commit: Commit; readMailbox: ReadMailbox } {
  const worker = new Worker(new URL('./limit-thread.ts', import.meta.url), { workerData: path });
  const answers: ((answer: StoredMessage[] | null) => void)[] = [];
  worker.on('message', (answer: StoredMessage[] | null) => answers.shift()?.(answer));
  const ask = (call: ThreadCall, transfer: ArrayBuffer[] = []) =>
    new Promise<StoredMessage[] | null>((resolve) => {
      answers.push(resolve);
      worker.postMessage(call, transfer);
    });
  return {
    commit: async (batch, removals) => {
      await ask({ kind: 'commit', batch, removals }, [batch.buffer as ArrayBuffer]);
    },
    readMailbox: async (recipient) => (await ask({ kind: 'readMailbox', recipient })) ?? [],
  };
}

function startInProcess(path: string): { commit: Commit; readMailbox: ReadMailbox } {
  const store = new LimitStore(path);
  return {
    commit: (batch, removals) => store.commit(batch, removals),
    readMailbox: (recipient) => store.readMailbox(recipient),
  };
}

const [variant, folder = '.'] = process.argv.slice(2);
const path = join(folder, 'limit.db');
const { commit, readMailbox } = variant === 'thread' ? startThread(path) : startInProcess(path);
const relay = new LimitRelay(commit, readMailbox);
const server = createServer((socket) => relay.accept(socket));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(JSON.stringify({ port: address.port }));
});
