// The Wakeup port: tells all nodes of a relay that a log has something new. The store is the truth: losing an announcement
// costs delay, never data (SPEC §3). Called by logs.ts; adapters are local (one process) and, later, nats.
import type { LogId } from '@sirdas/protocol';

export interface Wakeup {
  /** Log `log` now ends at `head`. */
  announce(log: LogId, head: number): void;

  /** `onAnnounced` is called for every announcement of every node, also this one's own. */
  listen(onAnnounced: (log: LogId, head: number) => void): void;

  close(): Promise<void>;
}
