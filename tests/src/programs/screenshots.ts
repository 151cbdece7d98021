// `npm run screenshots`: makes the pictures in docs/images from the real program. A relay, four people, two of them in
// ptys; what ayşe sees at the end is the picture.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sirdas } from '@sirdas/client';
import { openSirdas } from '@sirdas/client/node';
import { makeRelayConfig, startRelay } from '@sirdas/relay';
import { drawScreen } from '../screen-svg.ts';
import { KEYS, Terminal } from '../terminal.testkit.ts';

const root = join(import.meta.dirname, '../../..');
const COLUMNS = 96;
const ROWS = 21;
const ALT_1 = '\u001b1';

const folder = await mkdtemp(join(tmpdir(), 'sirdas-screenshots-'));
const relay = await startRelay(
  makeRelayConfig({
    data: join(folder, 'relay'),
    host: '127.0.0.1',
    tcpPort: 0,
    webPort: null,
    webTlsPort: null,
    metricsPort: null,
    logLevel: 'silent',
    open: 1,
  }),
);
const openInvite = relay.openInvite ?? '';
const terminals: Terminal[] = [];
try {
  await takePicture();
} finally {
  for (const terminal of terminals) await terminal.close();
  await relay.close();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

async function takePicture(): Promise<void> {
  const [deniz, zeynep] = await Promise.all([joinRelay('deniz', 0xffb454), joinRelay('zeynep', null)]);
  await Promise.all(['ayşe', 'mehmet'].map(async (name) => (await joinRelay(name, null)).close()));
  const ayse = await openChat('ayşe');
  const mehmet = await openChat('mehmet');
  await talkTo(ayse, 'mehmet');
  await say(ayse, 'Selam! The relay is up, and your invite works 🎉', mehmet, /ayşe +1/);
  mehmet.type(ALT_1);
  await mehmet.waitFor('Write to ayşe');
  await say(mehmet, 'Merhaba Ayşe! I am in. That was quick.', ayse);
  await say(mehmet, 'Shall we compare safety numbers on the phone tonight?', ayse);
  await say(ayse, `Good idea, after eight. Have yours ready:${KEYS.altEnter}/verify`, mehmet, '/verify');
  await say(mehmet, '/me puts the kettle on ☕', ayse, 'kettle');
  await zeynep.send('ayşe', 'Are you coming on Saturday?');
  await zeynep.send('ayşe', 'Everybody asks for you');
  await ayse.waitFor(/zeynep +2/);
  ayse.type('Milk, no sugar, please');
  await ayse.waitFor('please');
  await writeFile(join(root, 'docs/images/terminal.svg'), drawScreen(ayse.screen, 'sirdas chat'));
  await Promise.all([deniz.close(), zeynep.close()]);
}

async function joinRelay(nickname: string, chosenColour: number | null): Promise<Sirdas> {
  const sirdas = await openSirdas({ folder: join(folder, nickname), protection: { kind: 'unprotected' } });
  await sirdas.join(openInvite, { nickname, chosenColour, deviceName: 'laptop' });
  return sirdas;
}

async function openChat(nickname: string): Promise<Terminal> {
  const terminal = Terminal.start({
    command: 'node',
    args: [
      join(root, 'packages/cli/bin/sirdas.js'),
      '--home',
      join(folder, nickname),
      '--lang',
      'en',
      'chat',
      '--no-sound',
    ],
    environment: { PATH: process.env['PATH'] ?? '', HOME: folder },
    columns: COLUMNS,
    rows: ROWS,
  });
  terminals.push(terminal);
  await terminal.waitFor('● connected');
  return terminal;
}

async function talkTo(terminal: Terminal, nickname: string): Promise<void> {
  terminal.type(nickname + KEYS.enter);
  await terminal.waitFor(`Write to ${nickname}`);
}

/** Until the relay has it and the other one sees it. */
async function say(from: Terminal, text: string, to: Terminal, seen: string | RegExp = text): Promise<void> {
  const before = countAccepted(from);
  from.type(text + KEYS.enter);
  await from.waitFor(() => countAccepted(from) > before);
  await to.waitFor(seen);
}

function countAccepted({ text }: Terminal): number {
  return text.split('✓').length;
}
