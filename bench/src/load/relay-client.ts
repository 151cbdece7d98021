// Client of our relay: logs in through the ordinary codec, then sends from one prepared frame and reads in place.
import type { Socket } from 'node:net';
import { encodeFrame, LENGTH_PREFIX_BYTES, prefixFrame } from '@sirdas/protocol';
import { type ClientEvents, type Connector, FrameCutter, type LoadClient, SendBuffer } from './client.ts';
import { Conversation, type RelayAddress } from './conversation.ts';
import { HotReader } from './hot-reader.ts';
import { makePayload, PAYLOAD_BYTES, writeStamp } from './payload.ts';
import { type Account, findProofOfWork, makeAccount, makeLogin, makeRecord } from './relay-account.ts';

/** Request numbers that take three bytes on the wire, so that one prepared frame serves for all. */
const FIRST_REQUEST = 2 ** 14;
const REQUEST_COUNT = 2 ** 21 - FIRST_REQUEST;
/** Behind the length and the tag. */
const REQUEST_OFFSET = LENGTH_PREFIX_BYTES + 1;
const CLAIMS_AT_ONCE = 8;

export class RelayConnector implements Connector {
  readonly #address: RelayAddress;
  readonly #accounts: Account[] = [];
  readonly #inboxes: Uint8Array[] = [];

  constructor(address: RelayAddress) {
    this.#address = address;
  }

  async prepare(users: number): Promise<void> {
    for (let start = 0; start < users; start += CLAIMS_AT_ONCE) {
      const count = Math.min(CLAIMS_AT_ONCE, users - start);
      await Promise.all(Array.from({ length: count }, (_, index) => this.#claim(start + index)));
    }
  }

  async connect(user: number, recipient: number | null, events: ClientEvents): Promise<LoadClient> {
    const account = this.#accounts[user];
    const inbox = this.#inboxes[recipient ?? user];
    if (!account || !inbox) throw new Error('prepare() comes first');
    const conversation = await Conversation.open(this.#address);
    conversation.send(makeLogin(await conversation.next('hello'), account, conversation.channelBinding));
    await conversation.next('loggedIn');
    const client = new RelayClient(conversation.release(), inbox, events);
    if (recipient === null) client.startReading();
    return client;
  }

  async #claim(user: number): Promise<void> {
    const account = makeAccount(user);
    const conversation = await Conversation.open(this.#address);
    const hello = await conversation.next('hello');
    const record = makeRecord(account, Buffer.from(this.#address.fingerprint, 'hex'));
    const value = findProofOfWork(hello, record.record);
    conversation.send({ request: 1, kind: 'claim', record, admission: { case: 'proofOfWork', value } });
    await conversation.next('done');
    conversation.send(makeLogin(hello, account, conversation.channelBinding));
    this.#inboxes[user] = (await conversation.next('loggedIn')).inbox;
    this.#accounts[user] = account;
    conversation.socket.destroy();
  }
}

class RelayClient implements LoadClient {
  readonly #socket: Socket;
  readonly #buffer: SendBuffer;
  readonly #inbox: Uint8Array;
  readonly #events: ClientEvents;
  readonly #cutter = new FrameCutter();
  readonly #reader = new HotReader();
  readonly #template: Buffer;
  readonly #payloadOffset: number;
  #requests = 0;

  constructor(socket: Socket, inbox: Uint8Array, events: ClientEvents) {
    this.#socket = socket;
    this.#buffer = new SendBuffer(socket);
    this.#inbox = inbox;
    this.#events = events;
    const frame = {
      request: FIRST_REQUEST,
      kind: 'append',
      log: inbox,
      envelope: makePayload(),
      epoch: 0,
    } as const;
    this.#template = Buffer.from(prefixFrame(encodeFrame(frame)));
    this.#payloadOffset = this.#template.length - PAYLOAD_BYTES;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
  }

  startReading(): void {
    this.#buffer.put(prefixFrame(encodeFrame({ request: 1, kind: 'read', log: this.#inbox, after: 0 })));
    this.flush();
  }

  send(seq: number, timeUs: number): void {
    const { buffer, at } = this.#buffer.put(this.#template);
    const request = FIRST_REQUEST + (this.#requests++ % REQUEST_COUNT);
    buffer[at + REQUEST_OFFSET] = (request & 0x7f) | 0x80;
    buffer[at + REQUEST_OFFSET + 1] = ((request >> 7) & 0x7f) | 0x80;
    buffer[at + REQUEST_OFFSET + 2] = request >> 14;
    writeStamp(buffer, at + this.#payloadOffset, seq, timeUs);
  }

  flush(): void {
    this.#buffer.flush();
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    let accepted = 0;
    let delivered = 0;
    this.#cutter.push(chunk, (bytes, start, end) => {
      const kind = this.#reader.read(bytes, start, end, this.#events.onMessage);
      if (kind === 'accepted') accepted++;
      else if (kind === 'deliver') delivered++;
      else if (kind === 'error') throw new Error('the relay refused a message');
    });
    // As a client does that saves what came together in one transaction.
    if (delivered > 0) {
      const seq = this.#reader.newestSeq;
      this.#buffer.put(prefixFrame(encodeFrame({ request: 0, kind: 'ack', log: this.#inbox, seq })));
    }
    if (accepted > 0) this.#events.onAccepted(accepted);
    this.flush();
  }
}
