import { expect, test } from 'vitest';
import { SecretBytes } from './secret-bytes.ts';

test('prints [redacted] as text, as JSON and inside other values', () => {
  const secret = new SecretBytes(Uint8Array.of(222, 173));
  expect(`${secret}`).toBe('[redacted]');
  expect(JSON.stringify({ seed: secret })).toBe('{"seed":"[redacted]"}');
  expect(Object.keys(secret)).toEqual([]);
});

test('reveals the bytes until they are wiped', () => {
  const bytes = Uint8Array.of(222, 173);
  const secret = new SecretBytes(bytes);
  expect(secret.reveal()).toBe(bytes);
  secret.wipe();
  expect(bytes).toEqual(Uint8Array.of(0, 0));
});
