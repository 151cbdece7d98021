import type { Message } from '@sirdas/client';
import { describe, expect, test } from 'vitest';
import { makeDevice } from '../chat/fake-client.testkit.ts';
import { AYSE, MEHMET, makeEvent, makeMessage, NOON } from '../chat/message.testkit.ts';
import { startSlash } from './slash.testkit.ts';

const own = { sender: MEHMET, direction: 'out', delivery: 'accepted' } as const;
const MESSAGES: readonly Message[] = [
  makeMessage(0, 'selam'),
  makeMessage(1, 'merhaba', { ...own, sentMs: NOON, readBy: [AYSE] }),
  makeEvent(2, { what: 'timer', expiresAfterMs: 0 }),
];

async function startWithMessages(messages = MESSAGES) {
  const started = startSlash();
  const [conversation] = started.client.conversations();
  if (conversation === undefined) throw new Error('there is no conversation');
  started.client.put(conversation, messages);
  await started.run('/msg ayşe');
  return started;
}

describe('a message', () => {
  test('/reply means the picked one, else the newest of another; a text is sent at once', async () => {
    const { model, run, state } = await startWithMessages();
    await run('/reply');
    expect(state.replying?.position).toBe(0);
    await run('/reply', model.view.open?.loaded.messages[1]);
    expect(state.replying?.position).toBe(1);
    await run('/reply geliyorum');
    expect(model.view.open?.loaded.messages.at(-1)?.body).toMatchObject({
      text: 'geliyorum',
      replyTo: { sender: AYSE },
    });
  });

  test('/edit means the last own one; a text replaces it at once', async () => {
    const { client, run, state } = await startWithMessages();
    await run('/edit');
    expect(state.editing?.position).toBe(1);
    await run('/edit yeni metin');
    expect(client.calls).toContain('edit yeni metin');
  });

  test('/edit and /delete of what is not theirs say so', async () => {
    const { client, model, run } = await startWithMessages();
    for (const line of ['/edit x', '/delete']) {
      await run(line, model.view.open?.loaded.messages[0]);
      expect(model.view.notice?.text).toContain('your own messages only');
      model.forgetNotice();
    }
    expect(model.view.question).toBeNull();
    expect(client.calls).toEqual([]);
  });

  test('/delete asks first', async () => {
    const { client, model, run } = await startWithMessages();
    await run('/delete');
    expect(model.view.question?.text).toContain('Delete this message for everybody?');
    await model.answer(true);
    expect(client.calls).toEqual(['delete']);
  });

  test('/react reacts to the newest of another, takes it back, and asks for an emoji', async () => {
    const { client, model, run } = await startWithMessages();
    await run('/react 👍');
    await run('/react off');
    expect(client.calls).toEqual(['react ayşe 👍', 'react ayşe ']);
    await run('/react');
    expect(model.view.notice?.text).toContain('Write /react and one emoji');
  });

  test('/info shows device, keys, verification and who has it', async () => {
    const { model, panelText, run } = await startWithMessages();
    await run('/info', model.view.open?.loaded.messages[0]);
    expect(panelText()).toContain('never: compare');
    await run('/info');
    expect(model.view.panel?.title).toBe('Where this message comes from');
    for (const text of ['phone (', 'abab abab', 'MLS: forward secret', 'Read by       ayşe']) {
      expect(panelText()).toContain(text);
    }
  });

  test('where there is none such commands say so', async () => {
    const { model, run } = await startWithMessages([]);
    for (const line of ['/reply', '/edit', '/delete', '/react 👍', '/info']) {
      await run(line);
      expect(model.view.notice?.text).toBe('There is no message here to do that with.');
      model.forgetNotice();
    }
  });
});

describe('settings', () => {
  test('/timer takes a span or off, and says how it is', async () => {
    const { client, model, run } = await startWithMessages();
    await run('/timer 1h');
    expect(client.calls).toContain('timer 3600000');
    expect(model.view.notice?.text).toBe('Messages disappear 1 hour after they are read.');
    await run('/timer off');
    expect(client.calls).toContain('timer 0');
    await run('/timer');
    expect(model.view.notice?.text).toBe('Messages stay.');
    await run('/timer soon');
    expect(model.view.notice?.text).toContain('Write /timer 30m');
  });

  test.each([
    ['receipts', 'sendReceipts'],
    ['typing', 'sendActivity'],
  ])('/%s on and off', async (name, preference) => {
    const { client, model, run } = startSlash();
    await run(`/${name} off`);
    await run(`/${name} on`);
    expect(client.calls).toEqual([
      `preferences {"${preference}":false}`,
      `preferences {"${preference}":true}`,
    ]);
    await run(`/${name}`);
    expect(model.view.notice?.text).toBe(`Write /${name} on or /${name} off.`);
  });
});

test('CLI-106 /devices lists the own devices with their names made safe; revoke asks first', async () => {
  const { client, model, panelText, run } = startSlash();
  client.ownDevices = [makeDevice('laptop', true), makeDevice('old\u001b[2J phone')];
  await run('/devices');
  expect(panelText()).toContain('▸ laptop (this one)');
  expect(panelText()).toContain('· old␛[2J phone');
  await run('/devices revoke laptop');
  expect(model.view.notice?.text).toContain('No device of yours');
  await run('/devices revoke old\u001b[2J phone');
  expect(model.view.question?.text).toContain('“old␛[2J phone”');
  await model.answer(true);
  expect(client.calls).toEqual(['revoke old\u001b[2J phone']);
});
