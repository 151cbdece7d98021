// Three people in three terminals make a group, talk in it, answer, react, edit and delete, see each other type, compare the digits of
// the group, change roles, remove and leave: everything through the keys and the screens of the program, in both languages.
// And whatever a peer writes or quotes there, none of its control bytes reaches a terminal.
import { expect, test, vi } from 'vitest';
import { makeAccount, startChat } from './chat-terminal.testkit.ts';
import { demandSirdas } from './command.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { KEYS, type Terminal } from './terminal.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

/** A machine with much to do takes its time for a commit. */
const PATIENCE_MS = 60_000;
/** What our own programs never write. */
const FOREIGN = new RegExp(
  ['\\u001b\\[7777', '\\u001b\\]52', '\\u001b\\]8;', '[\\u0080-\\u009f\\u202a-\\u202e\\u2066-\\u2069]'].join(
    '|',
  ),
);

test('three people in three terminals: a group from its first line to its last', async () => {
  const { ayse, mehmet, can } = await startThree();
  await makeGroup(ayse);
  await ayse.waitFor('◆ post-quantum');
  await mehmet.waitFor('# Hafta sonu', PATIENCE_MS);
  // Where there is no room for the list it is told.
  await can.waitFor('You are in the group Hafta sonu now.', PATIENCE_MS);
  for (const terminal of [mehmet, can]) enter(terminal, '#Hafta sonu');
  await mehmet.waitFor('› Hafta sonu grubuna yazın');
  await can.waitFor('› Write to Hafta sonu');

  // Talk: names above texts, in every terminal.
  await say(ayse, 'Cumartesi saat kaçta?');
  await Promise.all([mehmet, can].map((terminal) => terminal.waitFor(/ayşe\n.*Cumartesi saat kaçta\?/)));

  await say(mehmet, 'Dokuzda');
  await ayse.waitFor(/mehmet\n.*Dokuzda/);

  // Answer, react, edit, delete.
  can.type(KEYS.ctrlR);
  await can.waitFor('↩ Reply to mehmet: Dokuzda');
  await say(can, 'bana uyar');
  await mehmet.waitFor(/can\n.*│ mehmet: Dokuzda\n.*bana uyar/);

  // Those who have written there themselves tell what they read and when they type.
  mehmet.type('Geliyorum');
  await ayse.waitFor('mehmet is typing…', PATIENCE_MS);
  mehmet.type(KEYS.enter);
  await ayse.waitFor(/mehmet\n.*Geliyorum/);
  await ayse.waitFor((terminal) => !terminal.text.includes('is typing'));
  await say(ayse, 'tamam');
  await ayse.waitFor(/tamam ✓✓ read$/m, PATIENCE_MS);
  ayse.type(KEYS.altUp + KEYS.up);
  await ayse.waitFor('R reply · E edit');
  ayse.type('1');
  await can.waitFor('👍 ayşe', PATIENCE_MS);
  can.type(KEYS.up);
  await can.waitFor('› bana uyar');
  can.type(` tabii${KEYS.enter}`);
  await mehmet.waitFor('bana uyar tabii (düzenlendi)', PATIENCE_MS);
  enter(mehmet, '/delete');
  await mehmet.waitFor('[E] evet');
  mehmet.type('e');
  await Promise.all([ayse, can].map((terminal) => terminal.waitFor('✕ deleted by its author', PATIENCE_MS)));

  // The same digits everywhere.
  enter(ayse, '/verify');
  enter(can, '/verify');
  await Promise.all([ayse, can].map((terminal) => terminal.waitFor('Check of Hafta sonu')));
  expect(digitsOn(ayse)).toEqual(digitsOn(can));
  expect(digitsOn(ayse)).toHaveLength(6);
  for (const terminal of [ayse, can]) terminal.type(KEYS.escape);
  await ayse.waitFor((terminal) => !terminal.text.includes('Check of'));

  // Roles: what one may not do is told, with the role it takes.
  enter(can, '/rename Benim');
  await can.waitFor('Your role in this group does not cover that.', PATIENCE_MS);
  enter(ayse, '/role can admin');
  await can.waitFor('ayşe made you an admin', PATIENCE_MS);
  enter(can, '/remove mehmet');
  await mehmet.waitFor('can gruptan çıkardı: siz', PATIENCE_MS);
  await mehmet.waitFor('Çıkarıldınız. Konuşulanlar burada kalır');
  await ayse.waitFor('can removed mehmet', PATIENCE_MS);
  await say(ayse, 'mehmet bunu okuyamaz');
  await can.waitFor('mehmet bunu okuyamaz');
  enter(can, '/leave');
  await can.waitFor('Leave Hafta sonu?');
  can.type('y');
  await ayse.waitFor('can left', PATIENCE_MS);
  await can.waitFor('You have left.', PATIENCE_MS);
  expect(mehmet.text).not.toContain('bunu okuyamaz');
});

test('CLI-101 CLI-108 hostile texts and quotes of them reach a terminal as text only', async () => {
  const relay = await startRelay();
  const invite = await relay.inviteLink();
  const peer = await makeAccount(invite, 'kötücül');
  const folder = await makeAccount(invite, 'ayşe');
  const ayse = await startChat(folder, { args: ['--no-sound'] });
  await ayse.waitFor('● connected');
  const home = ['--home', peer];
  const hostile = '\u001b]52;c;cm0=\u0007\u009b7777m\u202ex';
  const made = await demandSirdas([...home, 'group', 'create', 'Aile', 'ayşe']);
  const id = made.trim();
  await ayse.waitFor('# Aile', PATIENCE_MS);
  const sent = await demandSirdas([...home, 'send', '--json', '--group', id, hostile]);
  await demandSirdas([...home, 'send', '--group', id, '--reply-to', JSON.parse(sent).id, `${hostile} son`]);
  ayse.type('\u001b1');
  await ayse.waitFor(/│ kötücül: ␛\]52;c;cm0=␇.*x/, PATIENCE_MS);
  await ayse.waitFor('x son');
  expect(ayse.output.match(FOREIGN)).toBeNull();
  // Control: these bytes would be noticed.
  expect(hostile).toMatch(FOREIGN);
});

/** ayşe in English, mehmet in Turkish, can in a small window; all of them connected and in sight of each other. */
async function startThree(): Promise<Record<'ayse' | 'mehmet' | 'can', Terminal>> {
  const relay = await startRelay();
  const invite = await relay.inviteLink();
  const folders = await Promise.all(['ayşe', 'mehmet', 'can'].map((name) => makeAccount(invite, name)));
  const [ofAyse = '', ofMehmet = '', ofCan = ''] = folders;
  const ayse = await startChat(ofAyse, { args: ['--no-sound'] });
  const mehmet = await startChat(ofMehmet, { args: ['--no-sound'], language: 'tr' });
  const can = await startChat(ofCan, { args: ['--no-sound'], columns: 64, rows: 24 });
  await ayse.waitFor((terminal) => terminal.text.includes('● mehmet') && terminal.text.includes('● can'));
  return { ayse, mehmet, can };
}

/** With those who have just come: until each of their devices has left a key, the program says so, and one tries again. */
async function makeGroup(terminal: Terminal): Promise<void> {
  const isMade = ({ text }: Terminal) => text.includes('# Hafta sonu  3 members');
  for (;;) {
    enter(terminal, '/group "Hafta sonu" mehmet can');
    await terminal.waitFor((now) => isMade(now) || now.text.includes('cannot be added yet'), PATIENCE_MS);
    if (isMade(terminal)) return;
    terminal.type(KEYS.escape);
    await terminal.waitFor((now) => !now.text.includes('cannot be added yet'));
  }
}

function enter(terminal: Terminal, line: string): void {
  terminal.type(line + KEYS.enter);
}

/** Types a message; resolves when its mark says that the relay has it. */
async function say(terminal: Terminal, text: string): Promise<void> {
  enter(terminal, text);
  await terminal.waitFor(`${text} ✓`, PATIENCE_MS);
}

function digitsOn({ text }: Terminal): string[] {
  return text.match(/\b\d{5}\b/g) ?? [];
}
