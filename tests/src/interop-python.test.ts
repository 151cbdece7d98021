// The proof that SPEC.md and sirdas.proto suffice: a client in Python, written from these two alone, talks through a real relay
// (a process, TLS on a socket) with itself and with the SDK.
import { verifyAccountChain } from '@sirdas/crypto';
import {
  type ClassicLetter,
  classicHeaderInput,
  decodeClassicHeader,
  decodeEnvelope,
  encodeClassicHeader,
  encodeEnvelope,
  formatInviteLink,
  type InviteLink,
  prepareNickname,
} from '@sirdas/protocol';
import { describe, expect, test, vi } from 'vitest';
import { startProcess } from './child-process.testkit.ts';
import { eventsOf, joinPerson, type Person, returnPerson, shownTexts, waitUntil } from './person.testkit.ts';
import { PYTHON, PYTHON_FOLDER, PythonPeer, textsOf } from './python-peer.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { joinWire, sealWireLetter, type WireAccount, type WireSession } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 120_000 });

const EXIT_REFUSED = 5;
const EXIT_TRUST = 7;

/** A link that admits many. */
async function inviteLink(relay: RelayProcess, changes: Partial<InviteLink> = {}): Promise<string> {
  const { invite } = await relay.ownerInvite();
  const token = await relay.inviteToken();
  return formatInviteLink('https://localhost:6443', { ...invite, token, ...changes });
}

async function lookUpWire({ connection, account }: WireSession, nickname: string) {
  const { inbox, entries } = await connection.demand({ kind: 'lookUp', nickname, fromIndex: 0 }, 'account');
  const records = entries.flatMap(({ record }) => (record ? [record] : []));
  const { relayFingerprint } = account.verified.record;
  const name = { relayFingerprint, nickname: prepareNickname(nickname) };
  return { inbox, account: await verifyAccountChain(records, name) };
}

function openEnvelope(envelope: Uint8Array): ClassicLetter {
  const { kind } = decodeEnvelope(envelope);
  if (kind.case !== 'classic') throw new Error('not a classic letter');
  return kind.value;
}

/** As somebody between the two would do it. */
function changeToken(envelope: Uint8Array): Uint8Array {
  const letter = openEnvelope(envelope);
  const token = Uint8Array.from(letter.token);
  token[40] = token[40] === 65 ? 66 : 65;
  return encodeEnvelope({ kind: { case: 'classic', value: { ...letter, token } } });
}

/** As only the sender can do it: everything verifies, but the key is not the one that the header promises. */
async function commitToAnotherKey(envelope: Uint8Array, sender: WireAccount): Promise<Uint8Array> {
  const letter = openEnvelope(envelope);
  const promised = { ...decodeClassicHeader(letter.header), keyCommitment: new Uint8Array(32).fill(7) };
  const header = encodeClassicHeader(promised);
  const input = Uint8Array.from(classicHeaderInput(header));
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', sender.identityKey.privateKey, input));
  return encodeEnvelope({ kind: { case: 'classic', value: { ...letter, header, signature } } });
}

/** Texts as people write them. */
function makeTexts(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i + 1}: çığ gibi şarkılar, İIıi 🌷👩‍👩‍👧`);
}

test('its unit tests pass', async () => {
  const run = startProcess(PYTHON, ['-m', 'unittest'], { cwd: PYTHON_FOLDER });
  const { status } = await run.exit;
  expect(run.stderr.text()).toMatch(/Ran \d{3} tests/);
  expect(run.stderr.text()).toMatch(/\nOK/);
  expect(status).toBe(0);
});

describe('two Python clients', () => {
  test('join by invite, see each other, and talk in both directions', async () => {
    const relay = await startRelay();
    const link = await inviteLink(relay);
    const ayse = await PythonPeer.join(link, 'Ayşe');
    const bora = await PythonPeer.join(link, 'bora');
    const bridge = await bora.startBridge();
    const online = await ayse.run(['online']);
    expect(online.lines).toContainEqual({ kind: 'presence', nickname: 'bora', colour: null, online: true });

    const texts = makeTexts('ayşe', 20);
    const sent = await ayse.run(['send', 'BORA', '-', '--lines'], { input: texts.join('\n') });
    expect(sent).toMatchObject({ status: 0, error: '' });
    expect(textsOf(await bridge.waitForKind('message', texts.length))).toEqual(texts);
    bridge.send('ayşe', 'selam 👋');
    await bridge.waitForKind('sent', 1);
    await bridge.close();
    expect(await ayse.listen(1)).toEqual(['selam 👋']);
  });

  test('what a relay refuses ends with its code: a taken name, an unknown invite, an unknown person', async () => {
    const relay = await startRelay();
    const link = await inviteLink(relay);
    const ayse = await PythonPeer.join(link, 'ayşe');
    const second = await PythonPeer.prepare('second');
    const taken = await second.run(['join', link, '--name', 'AYŞE']);
    expect(taken).toMatchObject({ status: EXIT_REFUSED, error: 'NICKNAME_TAKEN' });
    const confusable = await second.run(['join', link, '--name', 'аyşе']);
    expect(confusable.status).toBe(EXIT_REFUSED);
    const unknown = await inviteLink(relay, { token: new Uint8Array(16) });
    const refused = await second.run(['join', unknown, '--name', 'cem']);
    expect(refused).toMatchObject({ status: EXIT_REFUSED, error: 'INVITE_INVALID' });
    const nobody = await ayse.run(['send', 'nobody', 'x']);
    expect(nobody.lines).toEqual([expect.objectContaining({ kind: 'not_sent', code: 'UNKNOWN_ACCOUNT' })]);
    const another = await second.run(['join', link, '--name', 'cem']);
    expect(another.status).toBe(0);
  });

  test('a relay with another fingerprint than the invite names learns nothing', async () => {
    const relay = await startRelay();
    const link = await inviteLink(relay, { relayFingerprint: new Uint8Array(32).fill(7) });
    const ayse = await PythonPeer.prepare('ayşe');
    const run = await ayse.run(['join', link, '--name', 'ayşe']);
    expect(run).toMatchObject({ status: EXIT_TRUST, error: 'WRONG_RELAY_KEY' });
    expect((await ayse.run(['whoami'])).error).toBe('NO_ACCOUNT');
  });
});

describe('the Python client and the SDK', () => {
  interface Pair {
    readonly relay: RelayProcess;
    readonly python: PythonPeer;
    readonly person: Person;
  }

  /** The two of them at one relay: python and kişi. */
  async function meet(): Promise<Pair> {
    const relay = await startRelay();
    const link = await inviteLink(relay);
    const [python, person] = await Promise.all([PythonPeer.join(link, 'python'), joinPerson(link, 'kişi')]);
    return { relay, python, person };
  }

  const shownAs = (texts: readonly string[]) => texts.map((text) => `python: ${text}`);

  async function sendAll(person: Person, texts: readonly string[]): Promise<void> {
    const messages = [];
    for (const text of texts) messages.push(await person.sirdas.send('python', text));
    for (const { id } of messages) await person.sirdas.waitUntilAccepted(id);
  }

  test('see each other come and go, in the colours they chose', async () => {
    const { relay, python, person } = await meet();
    await person.sirdas.setProfile({ displayName: 'Kişi 👩\u200d👧', chosenColour: 0x336699 });
    const bridge = await python.startBridge();
    const isOnline = () => person.sirdas.online().some(({ nickname }) => nickname === 'python');
    await waitUntil(isOnline, 'python is online');
    const kisi = { kind: 'presence', nickname: 'kişi', colour: 0x336699 };
    await bridge.waitForLine({ ...kisi, online: true });
    await person.sirdas.disconnect();
    await bridge.waitForLine({ ...kisi, online: false });
    await person.sirdas.connect();
    await bridge.close();
    await waitUntil(() => !isOnline(), 'python has left');
    expect(relay.process.hasEnded).toBe(false);
  });

  test('know the same safety number', async () => {
    const { python, person } = await meet();
    await person.sirdas.lookUp('python');
    const { lines } = await python.run(['safety', 'KİŞİ']);
    expect(lines[0]?.['safety_number']).toBe(person.sirdas.safetyNumber('python'));
  });

  test('exchange 100 messages each way at the same time, in order, each once', async () => {
    const { python, person } = await meet();
    const bridge = await python.startBridge();
    const [fromPython, fromPerson] = [makeTexts('python', 100), makeTexts('kişi', 100)];
    for (const text of fromPython) bridge.send('kişi', text);
    await sendAll(person, fromPerson);
    await bridge.waitForKind('sent', 100);
    await waitUntil(() => shownTexts(person).length >= 100, 'all have arrived');
    expect(textsOf(await bridge.waitForKind('message', 100))).toEqual(fromPerson);
    expect(shownTexts(person)).toEqual(shownAs(fromPython));
    const gaps = eventsOf(person, 'message').filter(({ message }) => message.missingBefore > 0);
    expect(gaps).toEqual([]);
  });

  test('find everything that was sent while they were away', async () => {
    const { python, person } = await meet();
    const [fromPython, fromPerson] = [makeTexts('python', 100), makeTexts('kişi', 100)];
    await sendAll(person, fromPerson);
    await person.sirdas.close();
    expect(await python.listen(100)).toEqual(fromPerson);
    const sent = await python.run(['send', 'kişi', '-', '--lines'], { input: fromPython.join('\n') });
    expect(sent.status).toBe(0);
    const back = await returnPerson(person);
    await waitUntil(() => shownTexts(back).length >= 100, 'all have arrived');
    expect(shownTexts(back)).toEqual(shownAs(fromPython));
  });

  test('CRY-026 CRY-028 CRY-030 refuse a tampered letter with the same code, and mark the hole it left', async () => {
    const { relay, python, person } = await meet();
    const mallory = await joinWire(relay.address, 'mallory', await relay.inviteToken());
    for (const nickname of ['python', 'kişi']) {
      const { inbox, account } = await lookUpWire(mallory, nickname);
      const seal = (text: string, counter: number) =>
        sealWireLetter(mallory.account, account, { text, counter });
      const letters = [
        await seal('first', 1),
        changeToken(await seal('tampered with on the way', 2)),
        await commitToAnotherKey(await seal('tampered with by its sender', 3), mallory.account),
        await seal('last', 4),
      ];
      for (const envelope of letters) {
        await mallory.connection.demand({ kind: 'append', log: inbox, envelope, epoch: 0 }, 'accepted');
      }
    }
    const { lines } = await python.run(['listen', '--count', '2', '--timeout', '60']);
    const refusedByPython = lines.filter(({ kind }) => kind === 'refused').map((line) => line['code']);
    const shown = lines.filter(({ kind }) => kind === 'message');
    expect(refusedByPython).toEqual(['LETTER_FORGED', 'UNREADABLE']);
    expect(shown.map((line) => [line['text'], line['missing']])).toEqual([
      ['first', 0],
      ['last', 2],
    ]);
    await waitUntil(() => shownTexts(person).length === 2, 'both letters have come');
    expect(eventsOf(person, 'refused').map(({ error }) => error)).toEqual(refusedByPython);
    const missing = eventsOf(person, 'message').map(({ message }) => message.missingBefore);
    expect(missing).toEqual([0, 2]);
  });

  test('lose nothing and show nothing twice when relay, Python and SDK are ended in the middle', async () => {
    const { relay, python, person } = await meet();
    const [fromPython, fromPerson] = [makeTexts('python', 100), makeTexts('kişi', 100)];
    const sending = python.start(['send', 'kişi', '-', '--lines'], { input: fromPython.join('\n') });
    for (const text of fromPerson) await person.sirdas.send('python', text);
    // The first answer comes when all hundred are in the vault.
    await sending.stdout.waitFor(/"kind": "sent"/);
    await sending.end('SIGKILL');
    const bridge = await python.startBridge();
    await bridge.waitForKind('sent', 20);
    await relay.kill();
    await relay.start();
    await bridge.waitForKind('connected', 2);
    await bridge.process.end('SIGKILL');
    await person.sirdas.close();
    const [bridgeAgain, personAgain] = await Promise.all([python.startBridge(), returnPerson(person)]);
    await waitUntil(() => shownTexts(person).length + shownTexts(personAgain).length >= 100, 'all have come');
    expect([...shownTexts(person), ...shownTexts(personAgain)]).toEqual(shownAs(fromPython));
    const before = bridge.lines.filter(({ kind }) => kind === 'message');
    const after = await bridgeAgain.waitForKind('message', 100 - before.length);
    // Killed between writing a line and noting that, the client writes that line once more: same id.
    const isRepeated = before.at(-1)?.['id'] === after[0]?.['id'] && before.length > 0;
    const all = await bridgeAgain.waitForKind('message', 100 - before.length + (isRepeated ? 1 : 0));
    expect(textsOf([...before, ...all.slice(isRepeated ? 1 : 0)])).toEqual(fromPerson);
    await bridgeAgain.close();
  });
});
