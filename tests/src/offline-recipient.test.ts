// Who was away gets everything on return: the messages of three senders, each exactly once, each sender's in order, also
// when the relay was restarted or killed meanwhile, and when the recipient leaves again half-way. DESIGN §3.
import { expect, test, vi } from 'vitest';
import { judgeHistory, type NumberedMessage, type SavedMessage } from './message-history.testkit.ts';
import {
  eventsOf,
  joinPerson,
  type Person,
  readConversation,
  returnPerson,
  shownTexts,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 600_000 });

const MESSAGES = Number(process.env['SIRDAS_MESSAGES'] ?? 1000);
/** How many have been sent when the relay is stopped, and when it is killed. */
const [AWAY_FIRST, AWAY_SECOND] = [Math.round(0.4 * MESSAGES), Math.round(0.7 * MESSAGES)];
const SENDERS = ['ayşe', 'burak', 'cem'];

test(`${MESSAGES} messages of three senders wait, survive restarts of the relay, and arrive once and in order`, async () => {
  const relay = await startRelay();
  const { away, senders } = await gather(relay);
  await away.sirdas.close();
  await sendNumbered(senders, 1, AWAY_FIRST);
  expect((await relay.stop()).status).toBe(0);
  await relay.start();
  for (const { sirdas } of senders) sirdas.retryNow();
  await sendNumbered(senders, AWAY_FIRST + 1, AWAY_SECOND);
  await relay.kill();
  await relay.start();
  for (const { sirdas } of senders) sirdas.retryNow();
  await sendNumbered(senders, AWAY_SECOND + 1, MESSAGES);
  // Comes back, is gone again after a part of it, comes back once more.
  const first = await returnPerson(away);
  await waitUntil(() => shownTexts(first).length > MESSAGES / 10, 'a part has arrived');
  await first.sirdas.close();
  const second = await returnPerson(away);
  await waitUntil(() => eventsOf(second, 'caught-up').length > 0, 'everything has arrived');
  const saved = Array.from(
    { length: MESSAGES },
    (_, i): SavedMessage => ({ ...assign(i + 1), isAccepted: true }),
  );
  const shown = await readShown(second);
  expect(judgeHistory(saved, shown)).toEqual({
    acked: MESSAGES,
    lost: 0,
    lostAccepted: 0,
    shownTwice: 0,
    misordered: 0,
    invented: 0,
  });
  const told = [...shownTexts(first), ...shownTexts(second)];
  expect(new Set(told).size).toBe(told.length);
  expect(told).toHaveLength(MESSAGES);
  expect([...eventsOf(first, 'refused'), ...eventsOf(second, 'refused'), ...eventsOf(second, 'gap')]).toEqual(
    [],
  );
  const incoming = eventsOf(second, 'message').map(({ message }) => message.missingBefore);
  expect(incoming.filter((missing) => missing > 0)).toEqual([]);
});

async function gather(relay: RelayProcess): Promise<{ away: Person; senders: Person[] }> {
  const link = await relay.inviteLink();
  const senders: Person[] = [];
  for (const nickname of SENDERS) senders.push(await joinPerson(link, nickname));
  return { away: await joinPerson(link, 'uzakta'), senders };
}

/** Who sends which number: they take turns, so that each sender's numbers grow. */
function assign(number: number): NumberedMessage {
  return { sender: SENDERS[number % SENDERS.length] ?? '', number };
}

/** Resolves when the relay has all of them. */
async function sendNumbered(senders: readonly Person[], from: number, to: number): Promise<void> {
  await Promise.all(
    senders.map(async ({ nickname, sirdas }) => {
      const sent = [];
      for (let number = from; number <= to; number++) {
        if (assign(number).sender === nickname) sent.push(await sirdas.send('uzakta', `${number}`));
      }
      await Promise.all(sent.map(({ id }) => sirdas.waitUntilAccepted(id)));
    }),
  );
}

/** What stands in the vault, conversation by conversation. */
async function readShown({ sirdas }: Person): Promise<NumberedMessage[]> {
  const conversations = await Promise.all(SENDERS.map((sender) => readConversation(sirdas, sender)));
  return conversations.flat().map((message) => ({ sender: message.sender, number: Number(textOf(message)) }));
}
