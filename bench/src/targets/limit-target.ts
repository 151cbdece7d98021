// The bare relay as a target, with SQLite on the event loop or on a thread.
import { fileURLToPath } from 'node:url';
import { startProcess, type Target } from './target.ts';

const SCRIPT = fileURLToPath(new URL('../limit/limit-relay.ts', import.meta.url));

export function limitTarget(variant: 'main' | 'thread'): Target {
  return {
    name: `limit-${variant}`,
    start: () =>
      startProcess({
        commandFor: (folder) => [SCRIPT, variant, folder],
        readEndpoint: (line) => ({ kind: 'limit', port: Number(JSON.parse(line).port) }),
      }),
  };
}
