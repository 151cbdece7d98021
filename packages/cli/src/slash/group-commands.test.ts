import { SirdasError } from '@sirdas/client';
import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { makeContact } from '../chat/fake-client.testkit.ts';
import { AYSE } from '../chat/message.testkit.ts';
import { startSlash } from './slash.testkit.ts';

const CAN = parseNickname('can');

/** In the group Aile with ayşe and can. */
async function startInGroup() {
  const started = startSlash();
  started.client.fillGroup('Aile', [AYSE, CAN], []);
  await started.run('/msg #Aile');
  return started;
}

describe('a group', () => {
  test('is made with a name, quoted where there are spaces in it, and opened', async () => {
    const { client, model, run } = startSlash();
    await run('/group "Cumartesi gezisi" ayşe can');
    expect(client.calls).toContain('create Cumartesi gezisi: ayşe can');
    expect(model.view.open).toMatchObject({ kind: 'group', title: 'Cumartesi gezisi' });
    await run('/group “Pazar” ayşe');
    expect(client.calls).toContain('create Pazar: ayşe');
    await run('/group');
    expect(model.view.notice?.text).toContain('Write /group NAME people…');
  });

  test.each([
    ['/add deniz ümit', 'add deniz ümit'],
    ['/remove can', 'remove can'],
    ['/rename "Büyük aile"', 'rename Büyük aile'],
    ['/rename Büyük aile', 'rename Büyük aile'],
    ['/role can admin', 'role can admin'],
  ])('%s', async (line, call) => {
    const { client, run } = await startInGroup();
    await run(line);
    expect(client.calls).toContain(call);
  });

  test.each([
    ['/add', 'Write /add and one or more nicknames.'],
    ['/remove', 'Write /remove NAME.'],
    ['/remove can ayşe', 'Write /remove NAME.'],
    ['/rename', 'Write /rename and the new name.'],
    ['/role can', 'Write /role NAME owner, admin or member.'],
    ['/role can king', 'Write /role NAME owner, admin or member.'],
    ['/accept', 'Write /accept NAME.'],
  ])('%s says how it is written', async (line, text) => {
    const { client, model, run } = await startInGroup();
    await run(line);
    expect(model.view.notice?.text).toBe(text);
    expect(client.calls).toEqual([]);
  });

  test('outside of a group such commands say so', async () => {
    const { model, run } = startSlash();
    await run('/add can');
    expect(model.view.notice?.text).toContain('Pick somebody first');
    await run('/msg ayşe');
    for (const line of ['/add can', '/remove can', '/leave', '/rename x', '/role can admin']) {
      await run(line);
      expect(model.view.notice?.text).toContain('That works in groups only.');
      model.forgetNotice();
    }
  });

  test('/leave and /reset ask first', async () => {
    const { client, model, run } = await startInGroup();
    await run('/leave');
    expect(model.view.question?.text).toContain('Leave Aile?');
    await model.answer(false);
    expect(client.calls).toEqual([]);
    await run('/leave');
    await model.answer(true);
    await run('/reset');
    expect(model.view.question?.text).toContain('Begin this conversation anew?');
    await model.answer(true);
    expect(client.calls).toEqual(['leave', 'reset']);
    expect(model.view.notice?.text).toBe('The conversation has begun anew.');
  });

  test('what the others refuse is told', async () => {
    const { client, model, run } = await startInGroup();
    client.failure = new SirdasError('NOT_ALLOWED', 'no');
    await run('/rename x');
    expect(model.view.notice?.text).toContain('Your role in this group does not cover that.');
    client.failure = new SirdasError('GROUP_BUSY', 'no');
    await run('/rename x');
    expect(model.view.notice?.text).not.toContain('Your role');
    expect(model.view.notice?.kind).toBe('error');
    await run('/rename x');
    expect(model.view.notice).toBeNull();
  });

  test('/members and /names list roles, devices and who is verified', async () => {
    const { client, panelText, run } = await startInGroup();
    client.emit({ type: 'contact', contact: makeContact(AYSE, { verifiedMs: 1 }) });
    client.emit({ type: 'contact', contact: makeContact(CAN, { changedKey: new Uint8Array(32) }) });
    await run('/members');
    expect(panelText()).toContain('○ ayşe  member · 1 device · ✓ verified');
    expect(panelText()).toContain('○ can  member · 1 device · ⚠ KEY CHANGED');
    expect(panelText()).toContain('● mehmet (you)  owner · 1 device');
    await run('/names');
    expect(panelText()).toContain('Members of Aile');
  });

  test('/verify shows the digits to compare and who is verified; with a name the safety number', async () => {
    const { client, panelText, run } = await startInGroup();
    await run('/verify');
    expect(panelText()).toContain('54321  54321  54321  54321');
    expect(panelText()).toContain('○ can');
    client.known.add(CAN);
    await run('/verify can');
    expect(panelText()).toContain('12345  12345  12345  12345');
    await run('/verify confirm');
    expect(client.calls).toContain('verified can true');
  });

  test('/accept alone means the one member whose key has changed', async () => {
    const { client, run } = await startInGroup();
    client.emit({ type: 'contact', contact: makeContact(CAN, { changedKey: new Uint8Array(32) }) });
    await run('/accept');
    expect(client.calls).toContain('accepted can');
  });
});
