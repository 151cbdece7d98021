import { describe, expect, test } from 'vitest';
import { AYSE } from '../chat/message.testkit.ts';
import { groupDigits } from '../chat/panel.ts';
import { startSlash } from './slash.testkit.ts';
import { matchSlashNames, SLASH_NAMES } from './slash-commands.ts';

describe('commands', () => {
  test('/help shows every command, and only commands that work', async () => {
    const { model, run } = startSlash();
    await run('/help');
    const shown = model.view.panel?.lines
      .map(({ label = '' }) => /^\/(\w+)/.exec(label)?.[1])
      .filter(Boolean);
    expect(shown).toEqual([...SLASH_NAMES]);
  });

  test('/msg talks to somebody, with a text at once', async () => {
    const { model, run } = startSlash();
    await run('/msg ayşe selam  dostum');
    expect(model.view.open?.with).toBe(AYSE);
    expect(model.view.open?.loaded.messages.at(-1)?.body).toMatchObject({
      kind: 'text',
      text: 'selam  dostum',
    });
    await run('/msg nobody hello');
    expect(model.view.notice?.kind).toBe('error');
    await run('/msg');
    expect(model.view.notice?.text).toBe('Write /msg NAME.');
  });

  test('/me travels as text', async () => {
    const { model, run } = startSlash();
    await run('/msg ayşe');
    await run('/me waves');
    expect(model.view.open?.loaded.messages.at(-1)?.body).toMatchObject({ kind: 'text', text: '/me waves' });
  });

  test('/color takes a colour, auto, and nothing else', async () => {
    const { model, run } = startSlash();
    await run('/color #FF8800');
    expect(model.view.account.chosenColour).toBe(0xff8800);
    expect(model.view.chosenColours.get(model.view.account.nickname)).toBe(0xff8800);
    await run('/color auto');
    expect(model.view.account.chosenColour).toBeNull();
    await run('/color rot');
    expect(model.view.notice?.text).toContain('#RRGGBB');
  });

  test('/sound is kept; alone it toggles', async () => {
    const { model, run, state } = startSlash();
    await run('/sound off');
    expect([model.view.isSoundOn, state.savedSound]).toEqual([false, false]);
    await run('/sound');
    expect(model.view.isSoundOn).toBe(true);
    await run('/sound loud');
    expect(model.view.notice?.text).toBe('Write /sound on or /sound off.');
  });

  test('/verify shows the number, /verify confirm marks it', async () => {
    const { client, model, run } = startSlash();
    await run('/verify');
    expect(model.view.notice?.text).toContain('Pick somebody first');
    await run('/msg ayşe');
    await run('/verify');
    expect(model.view.panel?.lines.map(({ text }) => text)).toContain('12345  12345  12345  12345');
    await run('/verify confirm');
    expect(client.calls).toContain('verified ayşe true');
    expect(model.view.panel).toBeNull();
  });

  test('/accept goes on with a changed key, and says when there is none', async () => {
    const { client, model, run } = startSlash();
    await run('/msg ayşe');
    await run('/accept');
    expect(model.view.notice?.text).toContain('has not changed');
    const contact = await client.lookUp(AYSE);
    client.emit({ type: 'contact', contact: { ...contact, changedKey: new Uint8Array(32), heldLetters: 1 } });
    await run('/accept');
    expect(client.calls).toContain('accepted ayşe');
  });

  test('/visible, /invite, /names, /clear and /quit', async () => {
    const { client, model, run, state } = startSlash();
    await run('/visible off');
    expect(client.calls).toContain('visible false');
    await run('/invite');
    expect(model.view.panel?.lines.some(({ text }) => text.endsWith('/i#AAAA'))).toBe(true);
    expect(state.copied).toMatch(/\/i#AAAA$/);
    await run('/names');
    expect(model.view.panel?.title).toBe('Online now');
    await run('/msg ayşe');
    await run('/clear');
    expect(model.view.open?.loaded).toMatchObject({ messages: [], isCleared: true });
    await run('/quit');
    expect(state.hasQuit).toBe(true);
  });

  test('an unknown command is told', async () => {
    const { model, run } = startSlash();
    await run('/constructor');
    expect(model.view.notice?.text).toContain('There is no command /constructor');
  });
});

test('hints follow what is typed', () => {
  expect(matchSlashNames('/')).toEqual(SLASH_NAMES);
  expect(matchSlashNames('/ve')).toEqual(['verify']);
  expect(matchSlashNames('/msg ayşe hello')).toEqual(['msg']);
});

test('a safety number is shown in twelve groups, four to a line', () => {
  expect(groupDigits('12345'.repeat(12))).toEqual(Array(3).fill('12345  12345  12345  12345'));
});
