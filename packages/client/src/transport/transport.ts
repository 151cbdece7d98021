// The Transport port: whole frames to and from one relay. Called by link.ts only; adapters are tcp (node) and websocket
// (browser and node). An adapter knows frames' boundaries and sizes, never their content. SPEC §2.
import type { RelayAddress } from '../model.ts';

export interface ChannelHandlers {
  /** One whole frame, without length prefix. The bytes are the receiver's. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** Once, after the last frame; `cause` where something went wrong. */
  readonly onClose: (cause: unknown) => void;
}

export interface Channel {
  /** TLS exporter value (RFC 9266), 32 bytes; empty when the platform does not give one or there is no TLS. */
  readonly channelBinding: Uint8Array;
  /** Queues a frame; frames sent in one turn leave in one write. Never throws. */
  send(frame: Uint8Array): void;
  /** Sends what is queued, then closes. Calls onClose. */
  close(): void;
}

export interface Transport {
  /** Throws UNREACHABLE, WRONG_RELAY_KEY (the certificate's key is not the pinned one) or ABORTED. */
  connect(address: RelayAddress, handlers: ChannelHandlers, signal: AbortSignal): Promise<Channel>;
}
