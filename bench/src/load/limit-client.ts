// Client of the bare relay (limit/limit-relay.ts).
import { connect, type Socket } from 'node:net';
import { HEADER_BYTES, KIND, LENGTH_BYTES, makeFrame } from '../limit/limit-frames.ts';
import { type ClientEvents, type Connector, FrameCutter, type LoadClient, SendBuffer } from './client.ts';
import { makePayload, writeStamp } from './payload.ts';

export class LimitConnector implements Connector {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  /** The bare relay knows no accounts. */
  async prepare(): Promise<void> {}

  async connect(user: number, recipient: number | null, events: ClientEvents): Promise<LoadClient> {
    const socket = connect(this.#port, '127.0.0.1');
    socket.setNoDelay(true);
    const buffer = new SendBuffer(socket);
    const opened = listen(socket, buffer, events);
    buffer.put(makeFrame(recipient === null ? KIND.read : KIND.open, user));
    buffer.flush();
    await opened;
    const template = makeFrame(KIND.send, recipient ?? 0, makePayload());
    return {
      send: (seq, timeUs) => {
        const { buffer: target, at } = buffer.put(template);
        writeStamp(target, at + LENGTH_BYTES + HEADER_BYTES, seq, timeUs);
      },
      flush: () => buffer.flush(),
      close: () => socket.destroy(),
    };
  }
}

function listen(socket: Socket, buffer: SendBuffer, events: ClientEvents): Promise<void> {
  const cutter = new FrameCutter();
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      let delivered = 0;
      let accepted = 0;
      cutter.push(chunk, (bytes, start) => {
        const kind = bytes[start];
        if (kind === KIND.deliver) {
          events.onMessage(bytes, start + HEADER_BYTES);
          delivered++;
        } else if (kind === KIND.accepted) accepted += bytes.readUInt32BE(start + 1);
        else resolve();
      });
      if (delivered > 0) buffer.put(makeFrame(KIND.acknowledge, delivered));
      if (accepted > 0) events.onAccepted(accepted);
      buffer.flush();
    });
  });
}
