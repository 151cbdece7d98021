// A connection as the handlers see it. Implemented by connection.ts.
import type { FrameBody, WireErrorName } from '@sirdas/protocol';
import type { ClientAddress } from './client-address.ts';
import type { Outbound } from './outbound.ts';
import type { Services } from './services.ts';

export interface Peer {
  readonly services: Services;
  readonly out: Outbound;
  readonly address: ClientAddress;
  /** The nonce of this connection's `hello`, 32 bytes. */
  readonly nonce: Uint8Array;
  /** The TLS exporter value; null without TLS at the relay. */
  readonly channelBinding: Uint8Array | null;
  /** True once the connection has ended or is about to: nothing is sent any more. */
  readonly isEnding: boolean;
  reply(request: number, body: FrameBody): void;
  /** An error that ends nothing; `retryAfterMs` 0 = unknown. */
  refuse(request: number, error: WireErrorName, retryAfterMs?: number): void;
  /** An error that ends the connection; `request` 0 = not an answer. */
  endWith(error: WireErrorName, request?: number): void;
  /** Says nothing more, without an error. */
  end(): void;
  /** Counted: reading goes on when every pause has been resumed. */
  pauseReading(): void;
  resumeReading(): void;
}
