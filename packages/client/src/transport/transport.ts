// The Transport port: whole frames to and from one relay. Called by session.ts only; adapters are tcp (node) and websocket
// (browser and node). An adapter knows frames' boundaries and sizes, never their content. SPEC §2.
import type { RelayAddress } from '../model.ts';

export interface ChannelHandlers {
  /** One whole frame, without length prefix; at most MAX_FRAME_BYTES. The bytes are the receiver's. */
  readonly onFrame: (frame: Uint8Array) => void;
  /** Once, after the last frame; `cause` where something went wrong. A SirdasError keeps its code. */
  readonly onClose: (cause: unknown) => void;
}

export interface Channel {
  /** TLS exporter value (RFC 9266), 32 bytes; empty when the platform does not give one or there is no TLS. */
  readonly channelBinding: Uint8Array;
  /** Queues a frame; frames sent in one turn leave in one write. Never throws. */
  send(frame: Uint8Array): void;
  /** While off, the relay is not listened to and has to wait, where the platform can do that. */
  setReading(isOn: boolean): void;
  /** Sends what is queued, then closes. Calls onClose. */
  close(): void;
}

export interface Transport {
  /**
   * Nothing is sent to a relay whose certificate's key is not the pinned one. Throws UNREACHABLE, WRONG_RELAY_KEY,
   * PLAINTEXT_REFUSED or ABORTED.
   */
  connect(address: RelayAddress, handlers: ChannelHandlers, signal: AbortSignal): Promise<Channel>;
}
