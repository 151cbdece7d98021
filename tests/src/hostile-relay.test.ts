// What a lying relay can do with letters, and what the receiver shows: replayed, reordered, dropped, moved, reflected, damaged.
// Whatever it does, nothing is shown twice, nothing in another's name, nothing altered; holes are visible. THREATS §2.
import { type ClassicLetter, decodeEnvelope, encodeEnvelope } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { startFrameProxy } from './frame-proxy.testkit.ts';
import {
  comeBack,
  ForgedInbox,
  lossesOf,
  reconnect,
  refusalsOf,
  sendAndWait,
  startDeception,
} from './hostile-relay.testkit.ts';
import {
  eventsOf,
  joinPerson,
  type Person,
  readConversation,
  shownTexts,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { SeededRandom } from './seeded-random.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

test('CLI-003 a letter replayed a thousand times, also over new connections, is shown once (THREATS 9)', async () => {
  const { burak, inboxOfBurak, proxyOfBurak, write } = await startDeception();
  const letters = await write('bir', 'iki', 'üç');
  const random = new SeededRandom();
  for (let round = 0; round < 4; round++) {
    const replays = Array.from({ length: 250 }, () => letters[random.below(letters.length)] ?? fail());
    if (round === 0) inboxOfBurak.deliver(...letters);
    inboxOfBurak.deliver(...replays);
    await inboxOfBurak.whenSettled();
    await reconnect(burak, proxyOfBurak);
  }
  expect(inboxOfBurak.head).toBe(1 + 3 + 1000);
  expect(shownTexts(burak)).toEqual(['ayşe: selam', 'ayşe: bir', 'ayşe: iki', 'ayşe: üç']);
  expect(await readConversation(burak.sirdas, 'ayşe')).toHaveLength(5);
});

test('CLI-032 letters in another order are all shown, and the holes they left at first are marked (THREATS 11)', async () => {
  const { burak, inboxOfBurak, write } = await startDeception();
  const [first, second, third, fourth, fifth] = await write('1', '2', '3', '4', '5');
  for (const letter of [third, first, second, fifth, fourth]) {
    inboxOfBurak.deliver(letter ?? fail());
    await inboxOfBurak.whenSettled();
  }
  expect(shownWithHoles(burak)).toEqual([
    ['selam', 0],
    ['3', 2],
    ['1', 0],
    ['2', 0],
    ['5', 1],
    ['4', 0],
  ]);
});

test('CLI-032 dropped letters leave a visible hole once a later one arrives (THREATS 12)', async () => {
  const { burak, inboxOfBurak, write } = await startDeception();
  const [first, , , fourth] = await write('1', '2', '3', '4');
  inboxOfBurak.deliver(first ?? fail(), fourth ?? fail());
  await inboxOfBurak.whenSettled();
  expect(shownWithHoles(burak)).toEqual([
    ['selam', 0],
    ['1', 0],
    ['4', 2],
  ]);
});

test('CRY-021 a letter moved into the inbox of somebody else is refused there (THREATS 14, 29)', async () => {
  const { relay, inboxOfBurak, write } = await startDeception();
  const proxyOfCem = await startFrameProxy(relay.address);
  const inboxOfCem = new ForgedInbox(proxyOfCem);
  const cem = await joinPerson(await relay.inviteLink(proxyOfCem.port), 'cem');
  const letters = await write('yalnız sana');
  inboxOfCem.deliver(...letters);
  await inboxOfCem.whenSettled();
  expect(shownTexts(cem)).toEqual([]);
  expect(refusalsOf(cem)).toEqual(['LETTER_MISDIRECTED']);
  // Control: where it belongs it can be read.
  inboxOfBurak.deliver(...letters);
  await inboxOfBurak.whenSettled();
});

test('an own letter that the relay sends back is not shown as the words of the other (THREATS 13)', async () => {
  const { burak, inboxOfBurak, proxyOfBurak } = await startDeception();
  const honest = proxyOfBurak.toRelay;
  const own: Uint8Array[] = [];
  proxyOfBurak.toRelay = (frame, link) => {
    if (frame.kind === 'append') own.push(frame.envelope);
    return honest(frame, link);
  };
  await sendAndWait(burak, 'ayşe', 'bunu ben yazdım');
  const messagesBefore = eventsOf(burak, 'message').length;
  inboxOfBurak.deliver(...own, ...own);
  await inboxOfBurak.whenSettled();
  expect(own).toHaveLength(1);
  expect(shownTexts(burak)).toEqual(['ayşe: selam']);
  expect(eventsOf(burak, 'message')).toHaveLength(messagesBefore);
});

test('CRY-019 CRY-025 CRY-026 a letter with any byte changed, missing or added is not shown (THREATS 57)', async () => {
  const { burak, inboxOfBurak, write } = await startDeception();
  const [letter] = await write('tek bir harf bile');
  if (!letter) throw fail();
  const random = new SeededRandom();
  const places = Array.from({ length: 150 }, () => random.below(letter.length));
  const damaged = [
    ...places.map((place) => letter.with(place, (letter[place] ?? 0) ^ (1 << random.below(8)))),
    ...places.slice(0, 50).map((length) => letter.slice(0, Math.max(1, length))),
    Uint8Array.of(...letter, 0),
    Uint8Array.of(...letter, 0x78, 1, 1),
    Uint8Array.of(...letter, ...letter),
  ];
  inboxOfBurak.deliver(...damaged);
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak), `seed ${random.seed}`).toEqual(['ayşe: selam']);
  expect(refusalsOf(burak)).toHaveLength(damaged.length);
  inboxOfBurak.deliver(letter);
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam', 'ayşe: tek bir harf bile']);
});

test('parts of two genuine letters put together are no letter', async () => {
  const { burak, inboxOfBurak, write } = await startDeception();
  const letters = (await write('evet', 'hayır')).map(readClassicLetter);
  const [yes, no] = letters;
  if (!yes || !no) throw fail();
  const mixtures = [
    { ...yes, token: no.token },
    { ...yes, token: no.token, recipientWrap: no.recipientWrap, senderWrap: no.senderWrap },
    { ...yes, recipientWrap: no.recipientWrap },
    { ...yes, header: no.header },
    { ...yes, recipientWrap: yes.senderWrap },
  ];
  inboxOfBurak.deliver(...mixtures.map((value) => encodeEnvelope({ kind: { case: 'classic', value } })));
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam']);
  expect(refusalsOf(burak)).toEqual(mixtures.map(() => 'LETTER_FORGED'));
});

test('CLI-026 entries that go back in number end the connection, and it comes again', async () => {
  const { burak, inboxOfBurak, write } = await startDeception();
  const [letter] = await write('sırayla');
  const entries = [{ seq: 1, timeMs: 1, envelope: letter ?? fail(), epoch: 0, commit: false }];
  inboxOfBurak.say((log) => ({ request: 0, kind: 'deliver', log, entries }));
  await waitUntil(() => lossesOf(burak).includes('PROTOCOL_VIOLATION'), 'the victim has hung up');
  await comeBack(burak);
  inboxOfBurak.deliver(letter ?? fail());
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam', 'ayşe: sırayla']);
});

function shownWithHoles(person: Person): [string, number][] {
  const incoming = eventsOf(person, 'message').filter(({ message }) => message.direction === 'in');
  return incoming.map(({ message }) => [textOf(message), message.missingBefore]);
}

function readClassicLetter(envelope: Uint8Array): ClassicLetter {
  const { kind } = decodeEnvelope(envelope);
  if (kind.case !== 'classic') throw new Error('not a classic letter');
  return kind.value;
}

function fail(): never {
  throw new Error('not reached');
}
