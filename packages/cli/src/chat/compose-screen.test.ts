import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../terminal/text-layout.ts';
import { wordsIn } from '../words/catalogue.ts';
import { ChatModel } from './chat-model.ts';
import type { ChatView } from './chat-view.ts';
import { composeScreen } from './compose-screen.ts';
import { editText } from './editor.ts';
import { FakeClient, makeContact } from './fake-client.testkit.ts';
import type { ScreenState } from './key-outcome.ts';
import { AYSE, makeMessage, makeRowContext, NOON } from './message.testkit.ts';
import { FIRST_SCREEN } from './screen-state.ts';

const CAN = parseNickname('can');

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

describe('a group on the screen', () => {
  async function openGroup() {
    const client = new FakeClient();
    const group = client.fillGroup('Aile', [AYSE, CAN], [makeMessage(0, 'a')]);
    const model = ChatModel.start({
      client,
      words: wordsIn('en'),
      language: 'en',
      isSoundOn: false,
      playSound: () => {},
      saveSound: () => {},
      now: () => NOON,
    });
    await model.open(group.id);
    return { client, model, group };
  }

  test('has a title line with its members and how it is protected, also in a small window', async () => {
    const { client, model, group } = await openGroup();
    expect(compose(model.view).main[0]).toMatch(/^ # Aile {2}3 members +◆ post-quantum$/);
    expect(compose(model.view, { columns: 40, rows: 20 }).main[0]).toMatch(
      /^ # Aile {2}3 members +◆ post-quantum$/,
    );
    client.put({ ...group, expiresAfterMs: 3_600_000, name: 'x'.repeat(90) }, []);
    expect(compose(model.view).main[0]).toMatch(/^ # x+… +◷ 1 hour {2}◆ post-quantum$/);
    for (const columns of [34, 40, 60, 80, 200]) {
      expect(widthOf(compose(model.view, { columns }).main[0] ?? '')).toBeLessThanOrEqual(columns);
    }
  });

  test('who is typing stands on the line below the messages, and in the list', async () => {
    const { client, model, group } = await openGroup();
    const hint = { type: 'activity', conversation: group.id, activity: 'typing' } as const;
    client.emit({ ...hint, from: AYSE });
    const screen = compose(model.view, { rows: 24 });
    expect(screen.main.at(-2)).toContain('── ayşe is typing… ─');
    expect(screen.sidebar.join('\n')).toMatch(/▸ # Aile +…/);
    client.emit({ ...hint, from: CAN });
    expect(compose(model.view).main.at(-2)).toContain('ayşe, can are typing…');
    client.emit({ ...hint, from: AYSE, activity: 'stopped' });
    client.emit({ ...hint, from: CAN, activity: 'recording' });
    expect(compose(model.view).main.at(-2)).toContain('can is recording…');
  });

  test('a fork is unmistakable, and says what to do', async () => {
    const { client, model, group } = await openGroup();
    client.emit({ type: 'fork', conversation: group.id, from: AYSE });
    const screen = compose(model.view);
    expect(screen.main.join(' ')).toContain('⚠ FORK: the relay has shown ayşe another history');
    expect(screen.main.join(' ').replaceAll(/\s+/g, ' ')).toContain('begin anew with /reset');
    expect(screen.sidebar.join('\n')).toMatch(/▸ # Aile +!/);
  });

  test.each([
    ['broken', 'This conversation is broken on this device.', 'Write to Aile'],
    ['left', 'You have left.', 'Nothing can be sent here any more'],
    ['removed', 'You were removed.', 'Nothing can be sent here any more'],
  ] as const)('%s is told, with what it means', async (state, banner, placeholder) => {
    const { client, model, group } = await openGroup();
    client.put({ ...group, state }, []);
    const text = compose(model.view).main.join('\n');
    expect(text).toContain(banner);
    expect(text).toContain(`› ${placeholder}`);
  });

  test('a changed key of a member is told above what one writes', async () => {
    const { client, model } = await openGroup();
    client.emit({ type: 'contact', contact: makeContact(CAN, { changedKey: new Uint8Array(32) }) });
    expect(compose(model.view).main.join(' ')).toContain('⚠ The identity key of can has changed.');
  });

  test('a question, what one answers, and what a picked message takes are shown above the line', async () => {
    const { model } = await openGroup();
    const [message] = model.view.open?.loaded.messages ?? [];
    if (message === undefined) throw new Error('there is no message');
    const reply = { ...FIRST_SCREEN, composing: { kind: 'reply', message } } as const;
    expect(compose(model.view, { state: reply }).main.join('\n')).toContain(
      '↩ Reply to ayşe: a (Esc cancels)',
    );
    const picked = { ...FIRST_SCREEN, selected: 0 };
    expect(compose(model.view, { state: picked }).main.join('\n')).toContain('R reply · E edit');
    expect(compose(model.view, { state: picked }).main.join('\n')).toContain('▌      a');
    model.ask('Leave?', async () => {});
    expect(compose(model.view).main.join('\n')).toContain('? Leave?\n [Y] yes · any other key: no');
  });

  test('drafts and unread messages stand in the list', async () => {
    const { client, model } = await openGroup();
    client.fill(AYSE, ['a'], 100);
    const drafts = new Map([[client.conversationWith(AYSE), { editor: editText('yarım'), composing: null }]]);
    const { sidebar } = compose(model.view, { state: { ...FIRST_SCREEN, drafts } });
    expect(sidebar.join('\n')).toMatch(/ayşe +✎ 99\+ │/);
    for (const row of sidebar) expect(widthOf(row)).toBe(25);
  });
});
