// Two people in two terminals, start to end: they find each other by name, talk in both directions in Turkish, see each other
// come and go, live through a kill of the relay; and whatever a peer sends, none of its control bytes reaches a terminal,
// in the full-screen program or in `sirdas listen`. THREATS 47.
import { expect, test, vi } from 'vitest';
import { makeAccount, startChat, startSirdas } from './chat-terminal.testkit.ts';
import { startProcess } from './child-process.testkit.ts';
import { demandSirdas } from './command.testkit.ts';
import { joinPerson, type Person } from './person.testkit.ts';
import { SIRDAS, startRelay } from './relay-process.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';
import { KEYS, type Terminal } from './terminal.testkit.ts';

vi.setConfig({ testTimeout: 120_000 });

const RANDOM_TEXTS = 100;

test('two people talk, see each other come and go, and lose nothing when the relay is killed', async () => {
  const relay = await startRelay({ flags: { 'presence-linger': '0ms' } });
  const invite = await relay.inviteLink();
  const folderOfMehmet = await makeAccount(invite, 'mehmet');
  const ayse = await startChat(await makeAccount(invite, 'ayşe'), { args: ['--no-sound'] });
  await ayse.waitFor('connected');
  const mehmet = await startChat(folderOfMehmet, { args: ['--no-sound'] });
  await ayse.waitFor('● mehmet');
  await mehmet.waitFor('● ayşe');
  await openConversation(ayse, 'mehmet');
  await openConversation(mehmet, 'ayşe');
  await say(ayse, 'Pijamalı hasta yağız şoföre çabucak güvendi');
  await mehmet.waitFor('Pijamalı hasta yağız şoföre çabucak güvendi');
  await say(mehmet, 'İğne deliğinden Hindistan’ı seyretti: ĞÜŞİÖÇ ğüşıöç');
  await ayse.waitFor('İğne deliğinden Hindistan’ı seyretti: ĞÜŞİÖÇ ğüşıöç');
  // He leaves and returns.
  mehmet.type(KEYS.ctrlC);
  await mehmet.exit;
  await ayse.waitFor((terminal) => !terminal.text.includes('● mehmet'));
  await say(ayse, 'neredesin');
  const returned = await startChat(folderOfMehmet, { args: ['--no-sound'] });
  await ayse.waitFor('● mehmet');
  await openConversation(returned, 'ayşe');
  await returned.waitFor('neredesin');
  await relay.kill();
  await Promise.all([ayse.waitFor('offline'), returned.waitFor('offline')]);
  ayse.type(`ölü röleye${KEYS.enter}`);
  await ayse.waitFor('ölü röleye ◌');
  await relay.start();
  await ayse.waitFor('ölü röleye ✓', 90_000);
  await returned.waitFor('ölü röleye', 90_000);
  await say(returned, 'geldi');
  await ayse.waitFor('geldi');
});

test('CLI-101 no control byte of a peer reaches a terminal, whoever prints the message (THREATS 47)', async () => {
  // Control: each of these texts would be noticed.
  for (const text of HOSTILE_TEXTS) expect(text).toMatch(FOREIGN);
  const random = new SeededRandom();
  const relay = await startRelay();
  const invite = await relay.inviteLink();
  const [chatting, listening, piped] = [
    await makeAccount(invite, 'sohbet'),
    await makeAccount(invite, 'dinleyen'),
    await makeAccount(invite, 'borulu'),
  ];
  const chat = await startChat(chatting, { args: ['--no-sound'], columns: 200, rows: 50 });
  await chat.waitFor('connected');
  const listen = startSirdas(['--home', listening, 'listen'], { columns: 200, rows: 50 });
  const pipe = startProcess('node', [SIRDAS, '--home', piped, 'listen']);
  const texts = [...HOSTILE_TEXTS, ...Array.from({ length: RANDOM_TEXTS }, () => composeHostileText(random))];
  const peer = await joinPerson(invite, 'kötücül');
  for (const text of texts) await sendToAll(peer, text);
  await peer.sirdas.close();
  // Once more as people would do it, bytes from standard input.
  for (const recipient of ['sohbet', 'dinleyen', 'borulu']) {
    await demandSirdas(['--home', peer.folder, 'send', recipient, '-'], {
      input: `${HOSTILE_TEXTS.join('')}son`,
    });
  }
  await openConversation(chat, 'kötücül');
  await chat.waitFor('son');
  await listen.waitFor('son');
  await pipe.stdout.waitFor(/son$/);
  for (const output of [chat.output, listen.output, pipe.stdout.text(), pipe.stderr.text()]) {
    expect(output.match(FOREIGN), `seed ${random.seed}`).toBeNull();
  }
  expect(pipe.stdout.text()).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(chat.text).toContain('kötücül');
});

/** What our own programs never write and every hostile text below tries to make them write. */
const FOREIGN = new RegExp(
  [
    '\\u001b\\[[\\d;:?<=>]*7777',
    '\\u001b[\\]PX^_cNO#%]7777',
    '\\u001b(?:c|\\]52|\\]8;|\\]7777|P7777|X7777|\\^7777|_7777)',
    '[\\u0080-\\u009f\\u0000\\u0008\\u000b\\u000c\\u000e\\u000f\\u007f]',
    '[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]',
  ].join('|'),
);

const HOSTILE_TEXTS = [
  '\u001b]52;c;cm0gLXJmIH4=\u0007',
  '\u001b]8;;https://evil.example\u0007tıkla\u001b]8;;\u0007',
  '\u001b[7777;1Hbaşka yerde',
  '\u001b[7777mrenk\u001bc',
  '\u009b7777mC1\u009d7777;başlık\u009c',
  '\u001bP7777\u001b\\\u001b_7777\u001b\\\u001b^7777\u001b\\',
  'a\rb\bc\u007f\u0000\u000e\u000f\u000b\u000c',
  'x\u202egpj.exe\u2067\u200f\u061c',
];

/** Pieces of control sequences in any order and combination. */
function composeHostileText(random: SeededRandom): string {
  const pieces = [
    '\u001b',
    '\u009b',
    '\u009d',
    '\u0090',
    '[',
    ']',
    '7777',
    ';',
    'm',
    'H',
    '\u0007',
    '\u009c',
    '\\',
    'P',
    '_',
    'ş',
  ];
  const length = 4 + random.below(30);
  const codes = Array.from({ length }, () => pieces[random.below(pieces.length)] ?? '');
  return `${codes.join('')}${String.fromCodePoint(random.below(0xa0))}.`;
}

async function sendToAll(peer: Person, text: string): Promise<void> {
  for (const recipient of ['sohbet', 'dinleyen', 'borulu']) await peer.sirdas.send(recipient, text);
}

/** By name, as the program invites to. */
async function openConversation(terminal: Terminal, name: string): Promise<void> {
  terminal.type(`/msg ${name}${KEYS.enter}`);
  await terminal.waitFor(`Write to ${name}`);
}

/** Types a message; resolves when its mark says that the relay has it. */
async function say(terminal: Terminal, text: string): Promise<void> {
  terminal.type(`${text}${KEYS.enter}`);
  await terminal.waitFor(`${text} ✓`);
}
