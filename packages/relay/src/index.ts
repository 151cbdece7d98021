// The relay as a library: the command `sirdas relay`, the tests and the benchmark use nothing else of it.
//
//   const config = parseRelayConfig(argv, process.env, (path) => readFileSync(path, 'utf8'));   // or makeRelayConfig({ data })
//   const relay = await startRelay(config);         // throws RelayError: a sentence for the person, a code for the program
//   print(relay.ownerInvite ?? relay.openInvite);   // links; ownerInvite is null once somebody has an account
//   relay.failed.then(exitWithError);               // the store failed: the process must end with an error
//   process.once('SIGTERM', () => relay.close());   // drains: resolves within shutdown-timeout
//
// RELAY_OPTIONS lists flag, argument, default and meaning for --help.
export { type Clock, systemClock } from './clock.ts';
export { RELAY_OPTIONS, type RelayConfig, type RelayOption } from './config/options.ts';
export { makeRelayConfig, parseRelayConfig } from './config/parse-config.ts';
export { RelayError, type RelayErrorCode } from './errors.ts';
export type { Ports } from './listeners/listeners.ts';
export { type Relay, type RelayEnvironment, startRelay } from './relay.ts';
