// Scripts that use the command one call at a time: whatever arrived while one command had the vault open is printed by the next
// `sirdas listen`, once, also when something was sent in between.
import { expect, test, vi } from 'vitest';
import { demandSirdas } from './command.testkit.ts';
import { joinPerson } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

test('a message that arrived during `send` is printed by the next `listen`, though more was sent meanwhile', async () => {
  const relay = await startRelay();
  const link = await relay.inviteLink();
  const bot = await joinPerson(link, 'robot');
  await bot.sirdas.close();
  const person = await joinPerson(link, 'ayşe');
  const { id } = await person.sirdas.send('robot', 'soru 1');
  await person.sirdas.waitUntilAccepted(id);
  const home = ['--home', bot.folder];
  // Both of these fetch the inbox, since every command that connects does.
  await demandSirdas([...home, 'send', 'ayşe', 'bir duyuru']);
  await demandSirdas([...home, 'send', 'ayşe', 'bir duyuru daha']);
  const second = await person.sirdas.send('robot', 'soru 2');
  await person.sirdas.waitUntilAccepted(second.id);
  const lines = (await demandSirdas([...home, 'listen', '--json', '--count', '2', '--timeout', '20'])).split(
    '\n',
  );
  expect(lines.map((line) => JSON.parse(line).text)).toEqual(['soru 1', 'soru 2']);
});
