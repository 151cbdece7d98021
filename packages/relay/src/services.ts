// What every connection and handler works with. Made once by relay.ts.
import type { Admission } from './admission.ts';
import type { Clock } from './clock.ts';
import type { RelayConfig } from './config/options.ts';
import type { Directory } from './directory.ts';
import type { KeyPackages } from './key-packages.ts';
import type { Limits } from './limits.ts';
import type { LinkingChannels } from './linking.ts';
import type { Log } from './logging.ts';
import type { Logs } from './logs.ts';
import type { Metrics } from './metrics.ts';
import type { OutputTurn } from './outbound.ts';
import type { Presence } from './presence.ts';
import type { RelayKey } from './relay-key.ts';
import type { Sessions } from './sessions.ts';

export interface Services {
  readonly config: RelayConfig;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly relayKey: RelayKey;
  readonly logs: Logs;
  readonly directory: Directory;
  readonly admission: Admission;
  readonly keyPackages: KeyPackages;
  readonly linking: LinkingChannels;
  readonly presence: Presence;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly outputTurn: OutputTurn;
  /** The store can promise nothing any more: nothing is acknowledged from here on and the process must end. */
  readonly onStoreFailed: (cause: unknown) => void;
}
