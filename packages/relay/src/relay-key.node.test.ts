import { createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeTestFolder } from './relay.testkit.ts';
import { openRelayKey, type RelayKey } from './relay-key.ts';

const NOW_MS = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

let folder = '';
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): RelayKey => openRelayKey(folder, 'relay.example.org');
const read = async (key: RelayKey, nowMs: number) => new X509Certificate(await key.readCertificate(nowMs));

describe('the relay key', () => {
  test('is made on the first start and kept', () => {
    const first = open();
    expect(first.publicKey).toHaveLength(91);
    expect(open().fingerprint).toEqual(first.fingerprint);
    expect(first.fingerprint).toEqual(createHash('sha256').update(first.publicKey).digest());
  });

  test('can be read by its owner only', async () => {
    await open().readCertificate(NOW_MS);
    for (const file of ['relay-key.pem', 'relay-certificate.pem']) {
      expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    }
  });

  test('signs so that its public key verifies', () => {
    const key = open();
    const input = Buffer.from('some transcript');
    const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
    const signature = key.sign(input);
    expect(signature).toHaveLength(64);
    expect(verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  test.each(['', 'not a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'])(
    'that cannot be read stops the start instead of being replaced: %j',
    (content) => {
      open();
      writeFileSync(join(folder, 'relay-key.pem'), content);
      expect(open).toThrow(expect.objectContaining({ code: 'KEY_UNREADABLE' }));
      expect(readFileSync(join(folder, 'relay-key.pem'), 'utf8')).toBe(content);
    },
  );

  test('that was cut off by a crash while being written is not there yet', () => {
    writeFileSync(join(folder, 'relay-key.pem.new'), '-----BEGIN PRIV');
    const key = open();
    expect(open().fingerprint).toEqual(key.fingerprint);
  });
});

describe('the certificate', () => {
  test('has the relay key and names what one connects to', async () => {
    const key = open();
    const certificate = await read(key, NOW_MS);
    expect(certificate.publicKey.export({ type: 'spki', format: 'der' })).toEqual(Buffer.from(key.publicKey));
    expect(certificate.subjectAltName).toContain('DNS:relay.example.org');
    expect(certificate.subjectAltName).toContain('IP Address:127.0.0.1');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  test('is kept for a long time, and renewed with the same key before it ends', async () => {
    const key = open();
    const first = await read(key, NOW_MS);
    const later = await read(open(), NOW_MS + 600 * DAY_MS);
    const renewed = await read(open(), NOW_MS + 680 * DAY_MS);
    expect(later.serialNumber).toBe(first.serialNumber);
    expect(renewed.serialNumber).not.toBe(first.serialNumber);
    expect(renewed.publicKey.equals(first.publicKey)).toBe(true);
    expect(renewed.validToDate.getTime()).toBeGreaterThan(NOW_MS + 1300 * DAY_MS);
  });

  test('of another key, or broken, is made anew', async () => {
    const first = await read(open(), NOW_MS);
    rmSync(join(folder, 'relay-key.pem'));
    const key = open();
    const second = await read(key, NOW_MS);
    expect(second.publicKey.equals(first.publicKey)).toBe(false);
    writeFileSync(join(folder, 'relay-certificate.pem'), 'broken');
    expect((await read(key, NOW_MS)).publicKey.equals(second.publicKey)).toBe(true);
  });
});
