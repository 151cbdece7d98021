// Our relay as a target, over TCP or TLS, with the limits of a real relay taken off: they would be what is measured.
import { fileURLToPath } from 'node:url';
import { startProcess, type Target } from './target.ts';

const SCRIPT = fileURLToPath(new URL('./relay-process.ts', import.meta.url));

const OPTIONS = [
  '--open=1',
  '--host=127.0.0.1',
  '--tcp-port=0',
  '--web-port=off',
  '--web-tls-port=off',
  '--metrics-port=off',
  '--log-level=error',
  '--read-rate=off',
  '--send-rate=off',
  '--send-bytes=off',
];

export function relayTarget(transport: 'tcp' | 'tls'): Target {
  const isTls = transport === 'tls';
  return {
    name: `relay-${transport}`,
    start: () =>
      startProcess({
        commandFor: (folder) => [SCRIPT, ...OPTIONS, `--data=${folder}`, ...(isTls ? [] : ['--plaintext'])],
        readEndpoint: (line) => ({ kind: 'relay', address: { ...JSON.parse(line), isTls } }),
      }),
  };
}
