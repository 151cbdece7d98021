// One connection's transport as the rest of the relay sees it: TCP, TLS or WebSocket make no difference above this
// interface. Implemented by listeners/stream-link.ts and listeners/websocket-link.ts, used by connection.ts.
import type { ClientAddress } from './client-address.ts';
import type { OutboundSink } from './outbound.ts';

/** What a transport reports; nothing comes before `start` nor after `onClose`. */
export interface LinkEvents {
  /** Bytes came from the network, before the frames in them are reported. */
  readonly onBytes: (count: number) => void;
  /** One whole frame without length prefix; the bytes are not changed afterwards. */
  readonly onFrame: (bytes: Uint8Array) => void;
  /** The stream is unusable from here on. */
  readonly onMalformed: (error: 'BAD_FRAME' | 'FRAME_TOO_LARGE') => void;
  /** Everything written has been taken by the kernel. */
  readonly onDrain: () => void;
  readonly onClose: () => void;
}

export interface Link extends OutboundSink {
  readonly address: ClientAddress;
  /** From when the time for the handshake counts, on the monotonic clock. */
  readonly openedAtMs: number;
  /** The TLS exporter value (RFC 9266), 32 bytes; null without TLS at the relay. */
  readonly channelBinding: Uint8Array | null;
  start(events: LinkEvents): void;
  /** Largest frame accepted from now on, bytes. */
  setMaxFrameBytes(maxBytes: number): void;
  pauseReading(): void;
  resumeReading(): void;
  /** Sends what was written, then closes; what still arrives is thrown away. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}
