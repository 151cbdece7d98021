import { fromId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  enterAsOwner,
  enterInvited,
  makeEnvelope,
  startTestRelay,
  TestClient,
  type TestRelay,
} from './relay.testkit.ts';

let relay: TestRelay;
beforeEach(async () => {
  relay = await startTestRelay();
});
afterEach(() => relay.remove());

describe('a relay', () => {
  test('takes a letter for an inbox, says so when it is durable, and delivers it', async () => {
    const ayşe = await enterAsOwner(relay, 'ayşe');
    const burak = await enterInvited(relay, ayşe.client, 'burak');
    await burak.client.expect('reading', { kind: 'read', log: fromId(burak.inbox), after: 0 });
    const envelope = makeEnvelope('merhaba');
    const accepted = await ayşe.client.expect('accepted', {
      kind: 'append',
      log: fromId(burak.inbox),
      envelope,
    });
    expect(accepted.seq).toBe(1);
    const { entries } = await burak.client.next('deliver');
    expect(entries).toMatchObject([{ seq: 1, envelope: Uint8Array.from(envelope) }]);
    burak.client.send({ request: 0, kind: 'ack', log: fromId(burak.inbox), seq: 1 });
  });

  test('keeps letters for who is away', async () => {
    const ayşe = await enterAsOwner(relay, 'ayşe');
    const burak = await enterInvited(relay, ayşe.client, 'burak');
    await burak.client.close();
    for (let i = 1; i <= 20; i++) {
      const envelope = makeEnvelope(`letter ${i}`);
      await ayşe.client.expect('accepted', { kind: 'append', log: fromId(burak.inbox), envelope });
    }
    const later = await TestClient.overTcp(relay.ports.tcp);
    await later.enter(burak.account);
    await later.expect('reading', { kind: 'read', log: fromId(burak.inbox), after: 5 });
    const { entries } = await later.next('deliver');
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => i + 6));
  });
});
