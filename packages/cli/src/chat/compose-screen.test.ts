import { describe, expect, test } from 'vitest';
import { widthOf } from '../terminal/text-layout.ts';
import { wordsIn } from '../words/catalogue.ts';
import { ChatModel } from './chat-model.ts';
import type { ChatView } from './chat-view.ts';
import { composeScreen } from './compose-screen.ts';
import { editText } from './editor.ts';
import { FakeClient } from './fake-client.testkit.ts';
import type { ScreenState } from './key-outcome.ts';
import { AYSE, makeRowContext, NOON } from './message.testkit.ts';
import { FIRST_SCREEN } from './screen-state.ts';

async function openConversation(
  texts: readonly string[],
  unread = 0,
): Promise<{ client: FakeClient; model: ChatModel }> {
  const client = new FakeClient();
  client.fill(AYSE, texts, unread);
  client.people = [{ nickname: AYSE, chosenColour: null }];
  const model = ChatModel.start({
    client,
    words: wordsIn('en'),
    language: 'en',
    isSoundOn: false,
    playSound: () => {},
    saveSound: () => {},
    now: () => NOON,
  });
  await model.open(client.conversationWith(AYSE));
  return { client, model };
}

function compose(view: ChatView, { columns = 90, rows = 24, state = FIRST_SCREEN as ScreenState } = {}) {
  return composeScreen({ view, state, columns, rows, rowContext: makeRowContext, nowMs: NOON });
}

describe('the screen', () => {
  test.each([
    [34, 10],
    [50, 12],
    [71, 40],
    [72, 24],
    [100, 30],
    [300, 100],
  ])('fills %d×%d exactly, whatever is on it', async (columns, rows) => {
    const { model } = await openConversation(
      Array.from({ length: 50 }, (_, i) => `text ${i} ${'word '.repeat(i)}`),
      3,
    );
    model.tell('error', 'Something went wrong. Do something about it.');
    for (const state of [
      FIRST_SCREEN,
      { ...FIRST_SCREEN, editor: editText('a\n'.repeat(30)) },
      { ...FIRST_SCREEN, editor: editText('/') },
    ]) {
      const screen = compose(model.view, { columns, rows, state });
      expect(screen.main).toHaveLength(rows - 1);
      for (const row of screen.main) expect(widthOf(row)).toBeLessThanOrEqual(screen.mainColumns);
      if (screen.sidebarColumns > 0) {
        expect(screen.sidebar).toHaveLength(rows - 1);
        for (const row of screen.sidebar) expect(widthOf(row)).toBe(screen.sidebarColumns);
      }
      expect(widthOf(screen.status)).toBeLessThanOrEqual(columns);
      expect(screen.cursor?.y).toBeLessThan(rows - 1);
      expect(screen.cursor?.x).toBeLessThan(columns);
    }
  });

  test('a narrow window shows the conversation, and the list when asked for', async () => {
    const { model } = await openConversation(['a']);
    expect(compose(model.view, { columns: 60 }).sidebar).toEqual([]);
    const toggled = compose(model.view, { columns: 60, state: { ...FIRST_SCREEN, isSidebarToggled: true } });
    expect(toggled.main).toEqual([]);
    expect(toggled.sidebar.join('\n')).toContain('● ayşe');
  });

  test('a tiny window says how large it must be', async () => {
    const { model } = await openConversation(['a']);
    expect(compose(model.view, { columns: 20, rows: 5 }).main.join(' ')).toContain('at least 34×10');
  });

  test('scrolled up, new messages do not move what is being read, and are counted', async () => {
    const { client, model } = await openConversation(Array.from({ length: 100 }, (_, i) => `text ${i}`));
    const scrolled = compose(model.view, { state: { ...FIRST_SCREEN, scroll: { offset: 20, newest: 99 } } });
    client.receive(AYSE, 'new');
    client.receive(AYSE, 'newer');
    const later = compose(model.view, { state: { ...FIRST_SCREEN, scroll: { offset: 20, newest: 99 } } });
    expect(later.main.slice(2, -3)).toEqual(scrolled.main.slice(2, -3));
    expect(later.main.join('\n')).toContain('↓ 2 new messages');
    expect(later.scroll.newest).toBe(101);
  });

  test('a changed key is shown above what one writes, with what to do', async () => {
    const { client, model } = await openConversation(['a']);
    const contact = await client.lookUp(AYSE);
    client.emit({ type: 'contact', contact: { ...contact, changedKey: new Uint8Array(32), heldLetters: 2 } });
    const text = compose(model.view).main.join(' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('The identity key of ayşe has changed. Sending is stopped.');
    expect(text).toContain('/verify ayşe), then /accept ayşe. 2 messages are held back.');
  });

  test('the header marks classic conversations and verified contacts', async () => {
    const { client, model } = await openConversation(['a']);
    expect(compose(model.view).main[0]).toContain('◆ post-quantum');
    const [conversation] = client.conversations();
    if (conversation === undefined) throw new Error('there is no conversation');
    client.put({ ...conversation, postQuantum: false }, []);
    expect(compose(model.view).main[0]).toContain('◇ forward secret');
    client.put({ ...conversation, forwardSecret: false, postQuantum: false }, []);
    expect(compose(model.view).main[0]).toContain('⚠ no forward secrecy');
    expect(compose(model.view, { columns: 34, rows: 10 }).main[0]).toContain('⚠ no forward secrecy');
    client.emit({ type: 'contact', contact: { ...(await client.lookUp(AYSE)), verifiedMs: NOON } });
    expect(compose(model.view).main[0]).toContain('✓ verified');
  });

  test.each([
    [{ state: 'online' } as const, '● connected'],
    [{ state: 'connecting', attempt: 2 } as const, '◌ connecting…'],
    [
      { state: 'offline', error: 'UNREACHABLE', retryAtMs: NOON + 4200 } as const,
      '○ offline, next try in 5 s',
    ],
    [{ state: 'offline', error: 'REPLACED', retryAtMs: null } as const, '○ offline'],
  ])('the status line tells how the link stands: %j', async (link, text) => {
    const { client, model } = await openConversation(['a']);
    client.emit({ type: 'link', link });
    expect(compose(model.view).status).toContain(text);
  });

  test('an invite link stands at the edge of the window, so that it can be copied', async () => {
    const { model } = await openConversation(['a']);
    const link = `https://localhost:6443/i#${'A'.repeat(200)}`;
    model.showPanel({ title: 'Invite', lines: [{ text: link, isLink: true }] });
    const { main, sidebar } = compose(model.view);
    expect(sidebar).toEqual([]);
    expect(main.join('')).toContain(link);
  });

  test('an empty start says what to do', async () => {
    const model = ChatModel.start({
      client: new FakeClient(),
      words: wordsIn('en'),
      language: 'en',
      isSoundOn: false,
      playSound: () => {},
      saveSound: () => {},
      now: () => NOON,
    });
    expect(compose(model.view).main.join(' ')).toContain('Nobody to talk to yet?');
  });
});
