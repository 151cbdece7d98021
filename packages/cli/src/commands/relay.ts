// `sirdas relay`: starts a relay and stays until it is stopped. Says where it listens and with which fingerprint, and
// shows the owner's invite while there is no account yet: as a link, and on a terminal as a QR code too.
import { readFileSync } from 'node:fs';
import { toHex } from '@sirdas/client';
import { parseRelayConfig, RELAY_OPTIONS, type Relay, type RelayConfig, startRelay } from '@sirdas/relay';
import { type Console, print } from '../console.ts';
import { nameCommand } from '../home.ts';
import { drawQrCode } from '../terminal/qr-code.ts';
import { VERSION } from '../version.ts';

/** The relay's own options for --help. */
export function listRelayOptions(): [string, string][] {
  return RELAY_OPTIONS.map(({ flag, argument, mayStandAlone, standard, help }) => {
    const value = argument === '' ? '' : mayStandAlone ? `[=${argument}]` : ` ${argument}`;
    return [`${flag}${value}`, standard === '' || argument === '' ? help : `${help} (${standard})`];
  });
}

/** Resolves to the exit status when the relay was stopped; rejects with RelayError when it cannot go on. */
export async function runRelay(console: Console, args: readonly string[]): Promise<number> {
  const config = parseRelayConfig(args, console.environment, (path) => readFileSync(path, 'utf8'));
  const { promise: stopRequested, resolve: requestStop } = Promise.withResolvers<void>();
  // Before it starts: as soon as it listens, a signal must lead to an orderly end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => requestStop());
  const relay = await startRelay(config);
  describeRelay(console, relay, config);
  const failure = await Promise.race([stopRequested, relay.failed]);
  if (failure !== undefined) throw failure;
  print(console, console.words.relay.stopping);
  await relay.close();
  print(console, console.words.relay.stopped);
  return 0;
}

function describeRelay(console: Console, relay: Relay, config: RelayConfig): void {
  const { relay: words } = console.words;
  const { ports } = relay;
  const bold = (text: string) => console.paint(text, { bold: true });
  print(console, bold(words.running(VERSION)));
  print(console);
  const facts: [string, string][] = [];
  if (ports.tcp !== null) {
    facts.push([
      words.native,
      `${config.publicHost}:${ports.tcp}${config.plaintext ? ` (${words.plaintext})` : ''}`,
    ]);
  }
  const web = [
    ports.web === null ? null : `http://localhost:${ports.web}`,
    ports.webTls === null ? null : `https://${config.publicHost}:${ports.webTls}`,
  ].filter((address) => address !== null);
  if (web.length > 0) facts.push([words.web, web.join('  ')]);
  facts.push([words.fingerprint, toHex(relay.fingerprint)], [words.data, config.data]);
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) print(console, `  ${name.padEnd(width)}  ${value}`);
  print(console);
  describeAdmission(console, relay);
}

function describeAdmission(console: Console, relay: Relay): void {
  const { relay: words } = console.words;
  const command = nameCommand(console.environment);
  const invite = relay.ownerInvite ?? relay.openInvite;
  if (relay.openInvite !== null) print(console, words.open);
  if (relay.ownerInvite !== null) print(console, words.ownerInvite);
  if (invite === null) {
    print(console, `${words.members}  ${command} invite`);
    return;
  }
  print(console);
  print(console, `  ${invite}`);
  print(console);
  if (console.isInteractive) {
    for (const row of drawQrCode(invite, { depth: console.depth, isDark: true })) print(console, `  ${row}`);
    print(console);
  }
  print(console, words.joinWith);
  print(console, `  ${command} chat '${invite}'`);
}
