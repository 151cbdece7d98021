// Our relay as a process of its own: the package's entry with the options of a command line. Prints where it listens.
import { readFileSync } from 'node:fs';
import { parseRelayConfig, startRelay } from '@sirdas/relay';

const config = parseRelayConfig(process.argv.slice(2), process.env, (path) => readFileSync(path, 'utf8'));
const relay = await startRelay(config);
process.once('SIGTERM', () => void relay.close().then(() => process.exit(0)));
const fingerprint = Buffer.from(relay.fingerprint).toString('hex');
console.log(JSON.stringify({ port: relay.ports.tcp, fingerprint }));
