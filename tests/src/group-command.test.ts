// `sirdas group` in scripts: what each action prints and with which status it ends.
import { expect, test, vi } from 'vitest';
import { makeAccount } from './chat-terminal.testkit.ts';
import { demandSirdas, runSirdas } from './command.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

test('a group is made, listed, renamed, written to and left by commands; names that are none or two are refused', async () => {
  const relay = await startRelay();
  const home = ['--home', await makeAccount(await relay.inviteLink(), 'ayşe')];
  const group = (...args: string[]) => [...home, 'group', ...args];
  const id = await demandSirdas(group('create', 'Notlar'));
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.parse(await demandSirdas(group('list', '--json')))).toMatchObject({
    v: 1,
    type: 'group',
    id,
    name: 'Notlar',
    state: 'active',
    members: [{ nickname: 'ayşe', role: 'owner' }],
  });
  expect(JSON.parse(await demandSirdas(group('members', 'Notlar', '--json')))).toMatchObject({
    type: 'member',
    nickname: 'ayşe',
    role: 'owner',
    hasChangedKey: false,
  });
  const sent = JSON.parse(await demandSirdas([...home, 'send', '--json', '--group', 'Notlar', 'süt', 'al']));
  expect(sent).toMatchObject({ type: 'accepted', conversation: id, to: 'Notlar' });
  await demandSirdas([...home, 'send', '--group', id, '--reply-to', sent.id, 'aldım']);
  expect(await demandSirdas([...home, 'verify', '--group', 'Notlar'])).toMatch(
    /(?:\d{5} *){4}\n +\d{5} +\d{5}$/,
  );
  await demandSirdas(group('rename', 'Notlar', 'Alışveriş'));
  await demandSirdas(group('create', 'Alışveriş'));
  for (const [args, text] of [
    [group('members', 'Notlar'), 'You are in no group called “Notlar”'],
    [group('members', 'Alışveriş'), 'Several groups are called “Alışveriş”'],
    [group('rename', id), 'Something is missing'],
    [group('leave', id, 'x'), 'too much'],
    [group('dance'), 'dance'],
    [[...home, 'send', '--group', id, '--reply-to', 'ff'.repeat(16), 'x'], ''],
  ] as const) {
    const { status, stderr } = await runSirdas(args);
    expect(stderr).toContain(text);
    expect(status).toBe(2);
  }
  await demandSirdas(group('leave', id));
  expect(await demandSirdas(group('list'))).toContain(`${id}  Alışveriş  `);
});
