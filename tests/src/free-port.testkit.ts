// Ports for servers that must come back on the same port after they were killed. They lie below the range that the system gives
// to outgoing connections and to port 0 (ip_local_port_range), so that nobody takes one while its server is down.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST_PORT = 10_240;
const HIGHEST_PORT = 32_000;

/** A port that was free just now. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
