// The proof that SPEC.md and sirdas.proto suffice: a client in Python, written from these two alone, talks through a real relay
// (a process, TLS on a socket) with itself and with the SDK.
import { formatInviteLink, type InviteLink } from '@sirdas/protocol';
import { describe, expect, test, vi } from 'vitest';
import { startProcess } from './child-process.testkit.ts';
import { PYTHON, PYTHON_FOLDER, PythonPeer, textsOf } from './python-peer.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 120_000 });

const EXIT_REFUSED = 5;
const EXIT_TRUST = 7;

/** A link that admits many. */
async function inviteLink(relay: RelayProcess, changes: Partial<InviteLink> = {}): Promise<string> {
  const { invite } = await relay.ownerInvite();
  const token = await relay.inviteToken();
  return formatInviteLink('https://localhost:6443', { ...invite, token, ...changes });
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
