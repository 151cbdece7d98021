// What another account can do, with a client of its own making: speak as somebody else, send one message twice under two
// envelopes, write from the future, reuse somebody's ids, send what is no letter. Nothing of it is shown as what it is not, and
// nothing is answered. THREATS §2: 10, 26, 28, 29, 31, 32.
import { randomBytes } from 'node:crypto';
import { directConversationId, sealClassicLetter, systemRandom, type VerifiedAccount } from '@sirdas/crypto';
import { type Content, encodeUtf8, fromId } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { startFrameProxy } from './frame-proxy.testkit.ts';
import { refusalsOf } from './hostile-relay.testkit.ts';
import { eventsOf, joinPerson, type Person, shownTexts, waitUntil } from './person.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { joinWire, type WireAccount, type WireSession } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

interface Scene {
  readonly relay: RelayProcess;
  readonly victim: Person;
  readonly victimAccount: VerifiedAccount;
  readonly attacker: WireSession;
  /** Kinds of frames that the victim's client has sent since. */
  readonly said: string[];
  /** The newest sequence number that it has acknowledged. */
  acknowledgedSeq: number;
}

/** A victim with the real client, an honest friend called Ayşe whom it knows, and an attacker. */
async function setScene(): Promise<Scene> {
  const relay = await startRelay({ plaintext: true });
  const proxy = await startFrameProxy(relay.address);
  const victim = await joinPerson(await relay.inviteLink(proxy.port), 'kurban');
  const ayse = await joinPerson(await relay.inviteLink(), 'ayşe', { classicOnly: true });
  await ayse.sirdas.send('kurban', 'selam');
  await waitUntil(() => shownTexts(victim).length === 1, 'the victim knows ayşe');
  const attacker = await joinWire(relay.address, 'saldırgan', await relay.inviteToken());
  const victimAccount = await relay.lookUp('kurban');
  const scene: Scene = { relay, victim, victimAccount, attacker, said: [], acknowledgedSeq: 0 };
  proxy.toRelay = (frame) => {
    scene.said.push(frame.kind);
    if (frame.kind === 'ack') scene.acknowledgedSeq = frame.seq;
    return [frame];
  };
  return scene;
}

test('CRY-025 a letter in the name of another is not shown as hers, whoever signed it (THREATS 28, 32)', async () => {
  const scene = await setScene();
  const ayse = await scene.relay.lookUp('ayşe');
  const forgery = await seal(scene, {
    sender: { verified: ayse, identityKey: scene.attacker.account.identityKey },
    content: { body: text('ben ayşe') },
  });
  await deliver(scene, [forgery]);
  expect(shownTexts(scene.victim)).toEqual(['ayşe: selam']);
  expect(eventsOf(scene.victim, 'refused')).toEqual([
    { type: 'refused', error: 'LETTER_FORGED', from: null },
  ]);
});

test('CLI-003 one message under two envelopes is shown once; the same id of two people twice (THREATS 10)', async () => {
  const scene = await setScene();
  const messageId = randomBytes(16);
  const twice = await Promise.all(
    [1, 2].map(() => seal(scene, { content: { messageId, body: text('bir kez') } })),
  );
  const known = eventsOf(scene.victim, 'message')[0]?.message.id;
  const reused = await seal(scene, {
    content: { messageId: Buffer.from(known ?? '', 'hex'), body: text('benim') },
  });
  await deliver(scene, [...twice, reused]);
  expect(shownTexts(scene.victim)).toEqual(['ayşe: selam', 'saldırgan: bir kez', 'saldırgan: benim']);
});

test('CRY-027 a letter from the future is refused, one from a long time ago is shown (THREATS 31)', async () => {
  const scene = await setScene();
  const tomorrow = await seal(scene, { content: { timeMs: Date.now() + 600_000, body: text('yarından') } });
  const old = await seal(scene, {
    content: { timeMs: Date.now() - 29 * 86_400_000, body: text('geçen aydan') },
  });
  await deliver(scene, [tomorrow, old]);
  expect(shownTexts(scene.victim)).toEqual(['ayşe: selam', 'saldırgan: geçen aydan']);
  expect(refusalsOf(scene.victim)).toEqual(['LETTER_FROM_FUTURE']);
});

test('CRY-019 CRY-020 what is no letter is refused, counted and acknowledged; the next letter arrives', async () => {
  const scene = await setScene();
  const nonsense = [
    Uint8Array.of(1),
    randomBytes(3000),
    encodeUtf8('GET / HTTP/1.1'),
    // An envelope of a kind of the future.
    Uint8Array.of(0xc2, 0x3e, 0x02, 1, 2),
  ];
  const good = await seal(scene, { content: { body: text('sonunda') } });
  await deliver(scene, [...nonsense, good]);
  expect(shownTexts(scene.victim)).toEqual(['ayşe: selam', 'saldırgan: sonunda']);
  expect(refusalsOf(scene.victim)).toHaveLength(nonsense.length);
});

test('nothing is answered to a letter that cannot be opened: only an acknowledgement goes to the relay (THREATS 26)', async () => {
  const scene = await setScene();
  const genuine = await seal(scene, { content: { body: text('okunur') } });
  const bits = [3, 2].map((fromEnd) => genuine.with(-fromEnd * 100, (genuine.at(-fromEnd * 100) ?? 0) ^ 1));
  await deliver(scene, bits);
  // The one look-up is for the stranger's key, before anything is opened.
  expect(scene.said.filter((kind) => kind !== 'ack' && kind !== 'lookUp')).toEqual([]);
});

interface LetterOptions {
  readonly sender?: Pick<WireAccount, 'verified' | 'identityKey'>;
  readonly content: Partial<Content> & Pick<Content, 'body'>;
}

let counter = 0;

/** A letter to the victim, by the attacker unless told otherwise. */
async function seal({ victimAccount, attacker }: Scene, options: LetterOptions): Promise<Uint8Array> {
  const sender = options.sender ?? attacker.account;
  const { relayFingerprint, nickname } = victimAccount.record;
  const conversation = directConversationId(relayFingerprint, [sender.verified.record.nickname, nickname]);
  return sealClassicLetter({
    sender: { account: sender.verified, identityKey: sender.identityKey },
    recipient: victimAccount,
    content: {
      messageId: randomBytes(16),
      timeMs: Date.now(),
      conversation: fromId(conversation),
      device: fromId(attacker.account.device),
      counter: ++counter,
      ...options.content,
    },
    random: systemRandom,
  });
}

/** Appends to the victim's inbox; resolves when the victim has acknowledged everything. */
async function deliver(scene: Scene, envelopes: readonly Uint8Array[]): Promise<void> {
  const { connection } = scene.attacker;
  const { inbox } = await connection.demand({ kind: 'lookUp', nickname: 'kurban', fromIndex: 0 }, 'account');
  let head = 0;
  for (const envelope of envelopes) {
    head = (await connection.demand({ kind: 'append', log: inbox, envelope, epoch: 0 }, 'accepted')).seq;
  }
  await waitUntil(() => scene.acknowledgedSeq >= head, 'everything is acknowledged');
}

function text(value: string): Content['body'] {
  return { case: 'text', value: { text: value, expiresAfterMs: 0 } };
}
