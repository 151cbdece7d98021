import {
  type ClassicLetter,
  type Content,
  classicHeaderInput,
  decodeClassicHeader,
  decodeEnvelope,
  encodeClassicHeader,
  encodeEnvelope,
  LIMITS,
  loginInput,
  toDeviceId,
} from '@sirdas/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { restoreAccount, verifyAccountChain } from './account-record.ts';
import { hashToken, hashWraps } from './classic-header.ts';
import { openClassicLetter, receiveClassicLetter, verifyClassicLetter } from './open-classic-letter.ts';
import { ayse, bora, cem, composeContent, NOW_MS, type Person, textOf } from './people.testkit.ts';
import { systemRandom } from './random.ts';
import { sealClassicLetter } from './seal-classic-letter.ts';
import { sign } from './signature-key.ts';
import { outcomeOf } from './vectors.testkit.ts';

afterEach(() => vi.restoreAllMocks());

describe('a letter', () => {
  test('is read by its recipient as coming in and by its sender’s other devices as going out', async () => {
    const content = composeContent(ayse, bora, 'Görüşürüz!');
    const envelope = await seal(ayse, bora, content);
    expect(await open(envelope, bora, ayse)).toMatchObject({ direction: 'in', content });
    expect(await open(envelope, ayse, ayse)).toMatchObject({ direction: 'out', content });
  });

  test('with any text survives sealing and opening', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3000 });
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const { content } = await open(
          await seal(ayse, bora, composeContent(ayse, bora, written)),
          bora,
          ayse,
        );
        expect(textOf(content)).toBe(written);
      }),
      { numRuns: 30 },
    );
  });

  test('with the longest text fits an envelope', async () => {
    const content = composeContent(ayse, bora, 'x'.repeat(LIMITS.MAX_TEXT_BYTES));
    const envelope = await seal(ayse, bora, content);
    expect(envelope.length).toBeLessThanOrEqual(LIMITS.MAX_ENVELOPE_BYTES);
    expect((await open(envelope, bora, ayse)).content).toEqual(content);
  });

  test('of two short texts has the same size, whatever they say (THREATS 54)', async () => {
    const [yes, no] = await Promise.all([
      seal(ayse, bora, composeContent(ayse, bora, 'e')),
      seal(ayse, bora, composeContent(ayse, bora, 'olmaz, çünkü bu akşam çok yorgunum')),
    ]);
    expect(yes.length).toBe(no.length);
  });

  test('to oneself goes out, even when the relay hands it back (THREATS 13)', async () => {
    const note = await seal(ayse, ayse, composeContent(ayse, ayse, 'süt al'));
    expect((await open(note, ayse, ayse)).direction).toBe('out');
    const reflected = await seal(ayse, bora, composeContent(ayse, bora, 'merhaba'));
    expect(receiveClassicLetter(reflected, ayse.account.record).direction).toBe('out');
  });

  test('is sealed and opened without changing what was passed in', async () => {
    const content = composeContent(ayse, bora, 'merhaba');
    const before = structuredClone({ content, records: [ayse.account.record, bora.account.record] });
    const envelope = await seal(ayse, bora, content);
    const envelopeBefore = Uint8Array.from(envelope);
    await open(envelope, bora, ayse);
    expect({ content, records: [ayse.account.record, bora.account.record] }).toEqual(before);
    expect(envelope).toEqual(envelopeBefore);
  });

  test('stays what was verified when the received bytes change afterwards', async () => {
    const envelope = await seal(ayse, bora, composeContent(ayse, bora, 'merhaba'));
    const received = receiveClassicLetter(envelope, bora.account.record);
    envelope.fill(0);
    const verified = await verifyClassicLetter(received, { sender: ayse.account, own: bora.account }, NOW_MS);
    expect(textOf((await openClassicLetter(verified, bora.unwrapKey)).content)).toBe('merhaba');
  });

  test('cannot be opened before it was verified: the types do not allow it', async () => {
    const received = receiveClassicLetter(
      await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')),
      bora.account.record,
    );
    // @ts-expect-error a ReceivedLetter is not a VerifiedLetter
    const opening: Parameters<typeof openClassicLetter>[0] = received;
    expect(opening).toBe(received);
  });

  test('leaves no Fernet key behind', async () => {
    const handedOut: Uint8Array[] = [];
    const random = (lengthBytes: number) => {
      const bytes = systemRandom(lengthBytes);
      handedOut.push(bytes);
      return bytes;
    };
    await sealClassicLetter({
      sender: ayse,
      recipient: bora.account,
      content: composeContent(ayse, bora, 'm'),
      random,
    });
    expect(handedOut[0]).toEqual(new Uint8Array(32));
  });
});

describe('changed on the way', () => {
  test('CRY-019 CRY-025 CRY-026 any flipped bit anywhere is refused', async () => {
    const envelope = await seal(ayse, bora, composeContent(ayse, bora, 'merhaba'));
    await fc.assert(
      fc.asyncProperty(fc.nat(envelope.length - 1), fc.nat(7), async (at, bit) => {
        const changed = envelope.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
        expect(await outcomeOf(() => open(changed, bora, ayse))).not.toBe('ok');
      }),
      { numRuns: 200 },
    );
  });

  test('CRY-019 CRY-020 any truncation and any added byte is refused', async () => {
    const envelope = await seal(ayse, bora, composeContent(ayse, bora, 'merhaba'));
    for (let length = 0; length < envelope.length; length++) {
      const outcome = await outcomeOf(() =>
        receiveClassicLetter(envelope.subarray(0, length), bora.account.record),
      );
      // Nothing at all is an envelope without a kind.
      expect(outcome).toBe(length === 0 ? 'UNSUPPORTED_ENVELOPE' : 'LETTER_MALFORMED');
    }
    for (const added of [0, 0x0a, 0xff]) {
      const longer = Uint8Array.of(...envelope, added);
      expect(await outcomeOf(() => receiveClassicLetter(longer, bora.account.record))).toBe(
        'LETTER_MALFORMED',
      );
    }
  });
});

describe('no RSA operation', () => {
  test('CRY-025 CRY-026 CRY-027 happens before signature, hashes and time have been verified', async () => {
    const decrypt = vi.spyOn(crypto.subtle, 'decrypt');
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const future = { ...composeContent(ayse, bora, 'yarın'), timeMs: NOW_MS + LIMITS.MAX_FUTURE_MS + 1 };
    const outcomes = [
      await outcomeOf(() => open(toEnvelope({ ...letter, signature: new Uint8Array(64) }), bora, ayse)),
      await outcomeOf(() => open(toEnvelope({ ...letter, token: new Uint8Array(100) }), bora, ayse)),
      await outcomeOf(() => open(toEnvelope({ ...letter, recipientWrap: letter.senderWrap }), bora, ayse)),
      await outcomeOf(() => open(toEnvelope({ ...letter, senderWrap: letter.recipientWrap }), bora, ayse)),
      await seal(ayse, bora, future).then((envelope) => outcomeOf(() => open(envelope, bora, ayse))),
    ];
    expect(outcomes).toEqual([...Array(4).fill('LETTER_FORGED'), 'LETTER_FROM_FUTURE']);
    expect(decrypt).not.toHaveBeenCalled();
    // The instrument works: a good letter does reach it.
    await open(toEnvelope(letter), bora, ayse);
    expect(decrypt.mock.calls.map(([algorithm]) => algorithm)).toContainEqual({
      name: 'RSA-OAEP',
      hash: 'SHA-256',
    });
  });
});

describe('one outcome', () => {
  test('CRY-030 a failing wrap walks the path of one that opens: it too goes through the MAC of the token', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const badWrap = await resign(ayse, letter, { recipientWrap: new Uint8Array(384).fill(1) });
    const verifying = vi.spyOn(crypto.subtle, 'verify');
    expect(await outcomeOf(() => open(badWrap, bora, ayse))).toBe('UNREADABLE');
    // Where Ed25519 is verified is the platform's business.
    const algorithms = verifying.mock.calls.map(([algorithm]) => algorithm);
    expect(algorithms.filter((name) => name !== 'Ed25519')).toEqual(['HMAC']);
  });

  test('CRY-030 the errors of all failures are the same, and none names its cause', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const other = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'iyi akşamlar')));
    const broken = await Promise.all([
      resign(ayse, letter, { recipientWrap: new Uint8Array(384).fill(1) }),
      resign(ayse, letter, { recipientWrap: other.recipientWrap }),
      resign(ayse, letter, { token: other.token }),
      resign(ayse, letter, { token: new Uint8Array(200).fill(65) }),
      resign(ayse, letter, {}, { keyCommitment: new Uint8Array(32) }),
      resign(ayse, letter, {}, { messageId: new Uint8Array(16) }),
      resign(ayse, letter, {}, { timeMs: NOW_MS + 1000 }),
    ]);
    const errors = await Promise.all(
      broken.map((envelope) => open(envelope, bora, ayse).catch((error) => error)),
    );
    const seen = errors.map((error) => ({ code: error.code, message: error.message, cause: error.cause }));
    const expected = { code: 'UNREADABLE', message: 'the letter cannot be read', cause: undefined };
    expect(seen).toEqual(broken.map(() => expected));
  });

  test('CRY-028 a key with the same signing half opens nothing, although the MAC of the token fits (THREATS 30)', async () => {
    const [one, two] = [systemRandom(32), systemRandom(32)];
    two.set(one.subarray(0, 16));
    const content = composeContent(ayse, bora, 'merhaba');
    const letter = letterIn(await seal(ayse, bora, content, firstRandom(one)));
    const wrapped = letterIn(await seal(ayse, bora, content, firstRandom(two)));
    const envelope = await resign(ayse, letter, { recipientWrap: wrapped.recipientWrap });
    expect(await outcomeOf(() => open(envelope, bora, ayse))).toBe('UNREADABLE');
    expect(await outcomeOf(() => open(envelope, ayse, ayse))).toBe('ok');
  });
});

describe('somebody else’s letter', () => {
  test('CRY-021 CRY-025 handed on to a third person is refused (THREATS 29)', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'yalnız sana')));
    expect(await outcomeOf(() => open(toEnvelope(letter), cem, ayse))).toBe('LETTER_MISDIRECTED');
    const header = encodeClassicHeader({
      ...decodeClassicHeader(letter.header),
      recipient: cem.account.record.nickname,
    });
    expect(await outcomeOf(() => open(toEnvelope({ ...letter, header }), cem, ayse))).toBe('LETTER_FORGED');
  });

  test('CRY-025 CRY-029 stripped of its signature and signed again is nobody’s (THREATS 28)', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const asAyse = await resign(cem, letter, {});
    expect(await outcomeOf(() => open(asAyse, bora, ayse))).toBe('LETTER_FORGED');
    const asCem = await resign(cem, letter, {}, { sender: cem.account.record.nickname });
    expect(await outcomeOf(() => open(asCem, bora, cem))).toBe('UNREADABLE');
  });

  test('CRY-022 is not verified with an account that merely has the same key', async () => {
    const envelope = await seal(ayse, bora, composeContent(ayse, bora, 'merhaba'));
    const record = { ...ayse.account.record, nickname: cem.account.record.nickname };
    const namesake = { ...ayse.account, record };
    const received = receiveClassicLetter(envelope, bora.account.record);
    expect(
      await outcomeOf(() => verifyClassicLetter(received, { sender: namesake, own: bora.account }, NOW_MS)),
    ).toBe('LETTER_FORGED');
    const elsewhere = {
      ...ayse.account,
      record: { ...ayse.account.record, relayFingerprint: new Uint8Array(32) },
    };
    expect(
      await outcomeOf(() => verifyClassicLetter(received, { sender: elsewhere, own: bora.account }, NOW_MS)),
    ).toBe('LETTER_FORGED');
  });

  test('CRY-002 CRY-025 signatures of logins and records are not signatures of letters, nor the other way round (THREATS 33)', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const login = await sign(ayse.identityKey, loginInput(loginTranscript()));
    const { record } = ayse.account.pin;
    const asRecord = { record, signature: letter.signature };
    expect(await outcomeOf(() => open(toEnvelope({ ...letter, signature: login }), bora, ayse))).toBe(
      'LETTER_FORGED',
    );
    expect(await outcomeOf(() => verifyAccountChain([asRecord], ayse.account.record))).toBe('BAD_RECORD');
    expect(
      await outcomeOf(() => verifyAccountChain([{ record, signature: login }], ayse.account.record)),
    ).toBe('BAD_RECORD');
  });
});

describe('who takes part in classic conversations', () => {
  test('an account without an RSA key gets none', async () => {
    const record = { ...bora.account.record, suites: [], rsaPublicKey: new Uint8Array(0) };
    const recipient = { ...restoreAccount(bora.account.pin), record };
    const content = composeContent(ayse, bora, 'merhaba');
    const sealing = sealClassicLetter({ sender: ayse, recipient, content, random: systemRandom });
    expect(await outcomeOf(() => sealing)).toBe('NO_USABLE_KEY');
  });

  test('a content of another conversation is a mistake of the program, before anything is sealed', async () => {
    await expect(seal(ayse, bora, composeContent(ayse, cem, 'merhaba'))).rejects.toThrow(
      'another conversation',
    );
  });

  test('CRY-023 a letter under a record that is not known yet is judged once it is known', async () => {
    const letter = letterIn(await seal(ayse, bora, composeContent(ayse, bora, 'merhaba')));
    const envelope = await resign(ayse, letter, {}, { senderRecordIndex: 3 });
    const received = receiveClassicLetter(envelope, bora.account.record);
    expect(
      await outcomeOf(() =>
        verifyClassicLetter(received, { sender: ayse.account, own: bora.account }, NOW_MS),
      ),
    ).toBe('RECORD_NEEDED');
    const newer = { ...ayse.account, record: { ...ayse.account.record, index: 3 } };
    expect(
      await outcomeOf(() => verifyClassicLetter(received, { sender: newer, own: bora.account }, NOW_MS)),
    ).toBe('ok');
  });
});

function seal(from: Person, to: Person, content: Content, random = systemRandom) {
  return sealClassicLetter({ sender: from, recipient: to.account, content, random });
}

async function open(envelope: Uint8Array, reader: Person, sender: Person) {
  const received = receiveClassicLetter(envelope, reader.account.record);
  return openClassicLetter(
    await verifyClassicLetter(received, { sender: sender.account, own: reader.account }, NOW_MS),
    reader.unwrapKey,
  );
}

function letterIn(envelope: Uint8Array): ClassicLetter {
  const { kind } = decodeEnvelope(envelope);
  if (kind.case !== 'classic') throw new Error('not a classic letter');
  return kind.value;
}

function toEnvelope(letter: ClassicLetter): Uint8Array {
  return encodeEnvelope({ kind: { case: 'classic', value: letter } });
}

type Header = ReturnType<typeof decodeClassicHeader>;

/** A letter put together from parts and signed, with hashes that fit, by somebody who has an identity key. */
async function resign(
  signer: Person,
  letter: ClassicLetter,
  parts: Partial<ClassicLetter>,
  changes: Partial<Header> = {},
): Promise<Uint8Array> {
  const put = { ...letter, ...parts };
  const hashes = { tokenHash: hashToken(put.token), wrapsHash: hashWraps(put) };
  const header = encodeClassicHeader({ ...decodeClassicHeader(letter.header), ...hashes, ...changes });
  return toEnvelope({
    ...put,
    header,
    signature: await sign(signer.identityKey, classicHeaderInput(header)),
  });
}

/** The given bytes first, then fresh ones. */
function firstRandom(first: Uint8Array<ArrayBuffer>) {
  let isFirst = true;
  return (lengthBytes: number) => {
    const bytes = isFirst ? Uint8Array.from(first) : systemRandom(lengthBytes);
    isFirst = false;
    return bytes;
  };
}

function loginTranscript() {
  return {
    relayKey: new Uint8Array(91),
    relayNonce: new Uint8Array(32),
    version: 1,
    nickname: ayse.account.record.nickname,
    device: toDeviceId(new Uint8Array(16)),
    clientNonce: new Uint8Array(32),
    channelBinding: new Uint8Array(0),
    visible: true,
  };
}
