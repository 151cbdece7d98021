// `npm run screenshots`: makes the pictures in docs/images from the real program. A relay, four people, two of them in
// ptys; what ayşe sees at the end is the picture.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conversation, Sirdas } from '@sirdas/client';
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
  await makeGroup(ayse, '/group Weekend mehmet deniz zeynep', '# Weekend  4 members');
  await mehmet.waitFor('# Weekend');
  mehmet.type(ALT_1);
  await mehmet.waitFor('Write to Weekend');
  await say(ayse, 'The relay is up. Saturday, nine o’clock at the ferry?', mehmet);
  await say(mehmet, 'Selam! I bring the tea ☕', ayse);
  const { id } = await inGroup(deniz);
  await deniz.sendTo(id, 'I am in. Who has the map?');
  await ayse.waitFor('Who has the map?');
  mehmet.type(KEYS.ctrlR);
  await mehmet.waitFor('Reply to deniz');
  await say(mehmet, 'The one from last year is in my bag', ayse);
  ayse.type(`/react 👍${KEYS.enter}`);
  await mehmet.waitFor('👍 ayşe');
  await say(mehmet, '/me waters the plants before we go', ayse, 'plants');
  await zeynep.send('ayşe', 'Can you bring the blue jacket?');
  await ayse.waitFor(/zeynep +1/);
  deniz.setActivity(id, 'typing');
  await ayse.waitFor('deniz is typing…');
  ayse.type('Nine it is, then');
  await ayse.waitFor('then');
  await writeFile(join(root, 'docs/images/terminal.svg'), drawScreen(ayse.screen, 'sirdas chat'));
  await Promise.all([deniz.close(), zeynep.close()]);
}

/** Until each of those who have just come has left a key for it. */
async function makeGroup(terminal: Terminal, line: string, made: string): Promise<void> {
  for (;;) {
    terminal.type(line + KEYS.enter);
    await terminal.waitFor(({ text }) => text.includes(made) || text.includes('cannot be added yet'));
    if (terminal.text.includes(made)) return;
    terminal.type(KEYS.escape);
    await terminal.waitFor(({ text }) => !text.includes('cannot be added yet'));
  }
}

/** The group that somebody was added to. */
async function inGroup(sirdas: Sirdas): Promise<Conversation> {
  const known = sirdas.conversations().find(({ kind }) => kind === 'group');
  if (known !== undefined) return known;
  return await new Promise((resolve) => {
    sirdas.on('conversation', ({ conversation }) => {
      if (conversation.kind === 'group') resolve(conversation);
    });
  });
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
