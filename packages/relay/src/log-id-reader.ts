// Log ids as they come in frames: making the string costs more than all else that is done with an `append`, and a client
// mostly names the log that it named before. One for each session (sessions.ts), used by handlers/logs.ts.
import { equalBytes, type LogId, toLogId } from '@sirdas/protocol';

export class LogIdReader {
  #bytes: Uint8Array = new Uint8Array(0);
  #id: LogId | null = null;

  /** 16 bytes. */
  read(bytes: Uint8Array): LogId {
    if (this.#id !== null && equalBytes(bytes, this.#bytes)) return this.#id;
    this.#id = toLogId(bytes);
    this.#bytes = bytes.slice();
    return this.#id;
  }
}
