// temporary
import { readFileSync } from 'node:fs';
import { parseRelayConfig, startRelay } from '@sirdas/relay';

try {
  const config = parseRelayConfig(process.argv.slice(3), process.env, (path) => readFileSync(path, 'utf8'));
  const relay = await startRelay(config);
  console.log(relay.ownerInvite ?? relay.openInvite);
  process.once('SIGTERM', () => relay.close().then(() => process.exit(0)));
  relay.failed.then((e) => {
    console.error(e.message);
    process.exit(3);
  });
} catch (e) {
  console.error(e);
  process.exit(1);
}
