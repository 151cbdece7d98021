// What a lying relay can do with the directory, the login and its own books, and what the client does about it: swapped keys stop
// sending, forged records are refused, a relay that goes back is noticed, a login cannot be carried elsewhere. THREATS §2.
import { computeRelayFingerprint, type SignedRecord } from '@sirdas/crypto';
import type { Frame } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { startFrameProxy } from './frame-proxy.testkit.ts';
import {
  comeBack,
  type Deception,
  ForgedInbox,
  lossesOf,
  reconnect,
  refusalsOf,
  sendAndWait,
  startDeception,
} from './hostile-relay.testkit.ts';
import { eventsOf, joinPerson, type Person, shownTexts, waitUntil } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import {
  composeLogin,
  joinWire,
  logInWire,
  makeWireAccount,
  sealWireLetter,
  type WireAccount,
} from './wire-account.testkit.ts';
import { connectWire, isKind } from './wire-connection.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

test('CLI-021 CLI-030 a swapped identity key stops sending and holds letters back until the person has seen it (THREATS 1)', async () => {
  const deception = await startDeception();
  const { burak, inboxOfBurak } = deception;
  const impostor = await makeImpostor(deception);
  answerLookUps(deception, 'ayşe', [impostor.record]);
  const appends = countAppends(deception);
  inboxOfBurak.deliver(await forge(deception, impostor, 'ben ayşe, yeni telefonum'));
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam']);
  const [contact] = burak.sirdas.contacts();
  expect(contact).toMatchObject({
    nickname: 'ayşe',
    heldLetters: 1,
    changedKey: impostor.identityKey.publicKey,
  });
  const { id } = await burak.sirdas.send('ayşe', 'gizli');
  // A message to somebody else goes out meanwhile, so that the other one had its chance.
  await sendAndWait(burak, 'burak', 'kendime not');
  expect(appends()).toBe(1);
  const [queued] = await burak.sirdas.messages(burak.sirdas.conversationWith('ayşe'), { limit: 1 });
  expect(queued).toMatchObject({ id, delivery: 'queued' });
  await burak.sirdas.acceptKeyChange('ayşe', impostor.identityKey.publicKey);
  await waitUntil(() => shownTexts(burak).length === 2, 'the letter that was held back is shown');
});

test('CLI-022 a key swapped at first contact shows in the safety number (threat model: not prevented, but visible)', async () => {
  const { relay, ayse } = await startDeception();
  const proxy = await startFrameProxy(relay.address);
  const cem = await joinPerson(await relay.inviteLink(proxy.port), 'cem');
  const honest = await joinPerson(await relay.inviteLink(), 'dost');
  const impostor = await makeWireAccount('ayşe', fingerprintOf(cem));
  proxy.toClient = (frame) => (frame.kind === 'account' ? [withRecords(frame, [impostor.record])] : [frame]);
  for (const person of [cem, honest]) {
    await person.sirdas.lookUp('ayşe');
    await ayse.sirdas.lookUp(person.nickname);
  }
  expect(cem.sirdas.safetyNumber('ayşe')).not.toBe(ayse.sirdas.safetyNumber('cem'));
  expect(honest.sirdas.safetyNumber('ayşe')).toBe(ayse.sirdas.safetyNumber('dost'));
});

test('CRY-013 CLI-021 a device that the account did not sign gets nothing: the directory is refused (THREATS 2)', async () => {
  const { relay, ayse } = await startDeception();
  const proxy = await startFrameProxy(relay.address);
  const cem = await joinPerson(await relay.inviteLink(proxy.port), 'cem');
  let appends = 0;
  proxy.toRelay = (frame) => {
    if (frame.kind === 'append') appends++;
    return [frame];
  };
  const ghost = await makeWireAccount('ayşe', fingerprintOf(ayse));
  proxy.toClient = (frame) => {
    const genuine = frame.kind === 'account' ? frame.entries[0]?.record : undefined;
    if (frame.kind !== 'account' || !genuine) return [frame];
    return [withRecords(frame, [{ record: ghost.record.record, signature: genuine.signature }])];
  };
  const { id } = await cem.sirdas.send('ayşe', 'merhaba');
  await expect(cem.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
  expect(appends).toBe(0);
});

test('CRY-016 a directory that has gone back is an alarm, and the pinned key stays (THREATS 8)', async () => {
  const deception = await startDeception();
  const { ayse, burak, proxyOfBurak } = deception;
  await ayse.sirdas.setProfile({ displayName: 'Ayşe Teyze', chosenColour: 0x123456 });
  await burak.sirdas.lookUp('ayşe');
  expect(burak.sirdas.contacts()[0]).toMatchObject({ displayName: 'Ayşe Teyze' });
  proxyOfBurak.toClient = (frame) =>
    frame.kind === 'account' ? [{ ...frame, entries: [], headIndex: 0 }] : [frame];
  await burak.sirdas.lookUp('ayşe');
  expect(refusalsOf(burak)).toContain('DIRECTORY_FORGED');
  expect(burak.sirdas.contacts()[0]).toMatchObject({ displayName: 'Ayşe Teyze', changedKey: null });
});

test('CRY-023 a letter written under a record that the relay withholds is not shown, and the person is told', async () => {
  const deception = await startDeception();
  const { ayse, burak, proxyOfBurak, inboxOfBurak, write } = deception;
  await ayse.sirdas.setProfile({ displayName: 'Yeni Ad', chosenColour: null });
  proxyOfBurak.toClient = (frame) =>
    frame.kind === 'account' ? [{ ...frame, entries: [], headIndex: 0 }] : [frame];
  inboxOfBurak.deliver(...(await write('yeni kayıtla yazıldı')));
  await inboxOfBurak.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam']);
  expect(refusalsOf(burak).length).toBeGreaterThan(0);
});

test('CLI-034 a relay that has forgotten what it had delivered is noticed, and what comes anew is shown', async () => {
  const { burak, proxyOfBurak, write } = await startDeception();
  const forgetful = new ForgedInbox(proxyOfBurak);
  await reconnect(burak, proxyOfBurak);
  expect(eventsOf(burak, 'gap')).toEqual([{ type: 'gap', reason: 'relay-rolled-back', count: 1 }]);
  forgetful.deliver(...(await write('yeniden')));
  await forgetful.whenSettled();
  expect(shownTexts(burak)).toEqual(['ayşe: selam', 'ayşe: yeniden']);
});

test.each<[string, (frame: Frame) => Frame, string]>([
  ['CLI-016 another relay key', (frame) => withBitFlipped(frame, 'hello', 'relayKey'), 'WRONG_RELAY_KEY'],
  [
    'CLI-017 versions of the future only',
    (frame) => (frame.kind === 'hello' ? { ...frame, minVersion: 2, maxVersion: 3 } : frame),
    'UNSUPPORTED_VERSION',
  ],
  [
    'CLI-018 a clock that is a day off',
    (frame) => (frame.kind === 'hello' ? { ...frame, timeMs: frame.timeMs + 86_400_000 } : frame),
    'CLOCK_SKEW',
  ],
  [
    'CRY-017 CLI-019 a proof that is none',
    (frame) => withBitFlipped(frame, 'loggedIn', 'relaySignature'),
    'WRONG_RELAY_KEY',
  ],
  [
    'CLI-023 an own record that this device never signed',
    (frame) => withBitFlipped(frame, 'loggedIn', 'recordHash'),
    'DIRECTORY_FORGED',
  ],
  [
    'CLI-024 books that do not add up',
    (frame) => (frame.kind === 'reading' ? { ...frame, first: frame.head + 2 } : frame),
    'PROTOCOL_VIOLATION',
  ],
])('a relay that shows %s is not gone on with', async (_name, lie, code) => {
  const { burak, proxyOfBurak } = await startDeception();
  proxyOfBurak.toRelay = (frame) => [frame];
  proxyOfBurak.toClient = (frame) => [lie(frame)];
  proxyOfBurak.cutAll();
  await waitUntil(() => lossesOf(burak).length > 0, 'the connection is lost');
  burak.sirdas.retryNow();
  await waitUntil(() => lossesOf(burak).includes(code), `the client says ${code}`);
  proxyOfBurak.toClient = (frame) => [frame];
  await comeBack(burak);
});

test('RLY-007 a login made for one relay is worth nothing at another, whoever carries it there (THREATS 34)', async () => {
  const [here, elsewhere] = [await startRelay({ plaintext: true }), await startRelay({ plaintext: true })];
  const session = await joinWire(here.address, 'gezgin', (await here.ownerInvite()).invite.token);
  // The same person, with the same device key, has an account at the other relay too.
  const connection = await connectWire(elsewhere.address);
  const hello = await connection.waitForKind('hello');
  const twin = await makeWireAccount('gezgin', computeRelayFingerprint(hello.relayKey), {
    keys: session.account,
  });
  const admission = { case: 'inviteToken', value: (await elsewhere.ownerInvite()).invite.token } as const;
  await connection.demand({ kind: 'claim', record: twin.record, admission }, 'done');
  // The malicious relay asks for a login with the nonce that the other one has just given to it.
  const { relayKey } = await (await connectWire(here.address)).waitForKind('hello');
  connection.send(await composeLogin(connection, twin, { relayKey }));
  expect((await connection.ended).reason).toBe('LOGIN_FAILED');
  await logInWire(elsewhere.address, twin);
});

test('CLI-016 a client that is led to another relay says nothing to it', async () => {
  const [right, wrong] = [await startRelay({ plaintext: true }), await startRelay({ plaintext: true })];
  const proxy = await startFrameProxy(right.address);
  const person = await joinPerson(await right.inviteLink(proxy.port), 'yolcu');
  const said: string[] = [];
  proxy.retarget(wrong.port);
  proxy.toRelay = (frame) => {
    said.push(frame.kind);
    return [frame];
  };
  proxy.cutAll();
  await waitUntil(() => lossesOf(person).length > 0, 'the connection is lost');
  person.sirdas.retryNow();
  await waitUntil(() => lossesOf(person).includes('WRONG_RELAY_KEY'), 'the client has seen the other key');
  expect(said).toEqual([]);
});

/** Another person's account under Ayşe's name: a chain of its own, correct in itself. */
function makeImpostor({ ayse }: Deception): Promise<WireAccount> {
  return makeWireAccount('ayşe', fingerprintOf(ayse));
}

function fingerprintOf({ sirdas }: Person): Uint8Array {
  if (!sirdas.account) throw new Error('no account');
  return sirdas.account.relay.fingerprint;
}

/** A letter to Burak as the impostor writes it. */
async function forge({ relay, burak }: Deception, impostor: WireAccount, text: string): Promise<Uint8Array> {
  return sealWireLetter(impostor, await relay.lookUp(burak.nickname), { text, counter: 1 });
}

/** From now on the directory shows these records for a name, whatever is asked. */
function answerLookUps(
  { proxyOfBurak }: Deception,
  nickname: string,
  records: readonly SignedRecord[],
): void {
  proxyOfBurak.toClient = (frame) =>
    frame.kind === 'account' && frame.nickname === nickname ? [withRecords(frame, records)] : [frame];
}

function withRecords(frame: Frame<'account'>, records: readonly SignedRecord[]): Frame<'account'> {
  const entries = records.map((record, directoryIndex) => ({ directoryIndex, record }));
  return { ...frame, entries, headIndex: records.length - 1 };
}

function withBitFlipped<Kind extends 'hello' | 'loggedIn'>(
  frame: Frame,
  kind: Kind,
  field: keyof Frame<Kind>,
): Frame {
  if (!isKind(frame, kind)) return frame;
  const bytes: unknown = frame[field];
  if (!(bytes instanceof Uint8Array)) throw new Error('not a field of bytes');
  return { ...frame, [field]: bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1) };
}

/** How many appends have passed since. */
function countAppends({ proxyOfBurak }: Deception): () => number {
  const inner = proxyOfBurak.toRelay;
  let count = 0;
  proxyOfBurak.toRelay = (frame, link) => {
    if (frame.kind === 'append') count++;
    return inner(frame, link);
  };
  return () => count;
}
