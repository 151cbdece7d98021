// Device reports: believed only as the device that the account's newest record has.
import {
  type DeviceReport,
  decodeEnvelope,
  fromHex,
  parseNickname,
  type ReportStatement,
} from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import {
  type SignedRecord,
  signAccountRecord,
  type VerifiedAccount,
  verifyAccountChain,
} from './account-record.ts';
import { peekDeviceReport, signDeviceReport, verifyDeviceReport } from './device-report.ts';
import { SecretBytes } from './secret-bytes.ts';
import { importSignatureKey, sign } from './signature-key.ts';

const RELAY = fromHex('11'.repeat(32));
const nickname = parseNickname('bora');
const keyOf = (byte: string) => importSignatureKey(new SecretBytes(fromHex(byte.repeat(32))));
const [identityKey, deviceKey, newKey] = [await keyOf('a1'), await keyOf('a2'), await keyOf('a3')];
const [deviceId, newId] = [fromHex('d1'.repeat(16)), fromHex('d2'.repeat(16))];

const first = await signRecord(0, []);
const before = await verifyAccountChain([first], { relayFingerprint: RELAY, nickname });
const after = await verifyAccountChain([first, await signRecord(1, before.hash)], {
  relayFingerprint: RELAY,
  nickname,
});

/** Record 0 has the first device, record 1 the other one in its place. */
function signRecord(index: number, previousHash: Uint8Array | readonly number[]): Promise<SignedRecord> {
  const device =
    index === 0
      ? { id: deviceId, signatureKey: deviceKey.publicKey }
      : { id: newId, signatureKey: newKey.publicKey };
  return signAccountRecord(
    {
      relayFingerprint: RELAY,
      nickname,
      identityKey: identityKey.publicKey,
      index,
      previousHash: Uint8Array.from(previousHash),
      devices: [{ ...device, name: 'phone', addedMs: 1 }],
      rsaPublicKey: new Uint8Array(),
      suites: ['mls-x25519-1'],
      profile: { displayName: '' },
      timeMs: 1_790_000_000_000 + index,
    },
    identityKey,
  );
}

const statement: ReportStatement = {
  relayFingerprint: RELAY,
  nickname,
  device: deviceId,
  recordIndex: 0,
  conversation: fromHex('33'.repeat(16)),
  log: fromHex('22'.repeat(16)),
  reason: 'lost',
  epoch: 0,
  authenticatorHash: new Uint8Array(),
  timeMs: 1_790_000_000_000,
};

async function report(changes: Partial<ReportStatement> = {}, key = deviceKey): Promise<DeviceReport> {
  const { kind } = decodeEnvelope(await signDeviceReport({ ...statement, ...changes }, key));
  if (kind.case !== 'deviceReport') throw new Error('no report');
  return kind.value;
}

async function codeOf(given: DeviceReport, account: VerifiedAccount): Promise<string> {
  return verifyDeviceReport(given, account).then(
    () => 'ok',
    ({ code }: { code: string }) => code,
  );
}

describe('a device report', () => {
  test('of a device of the newest record is believed', async () => {
    expect(await verifyDeviceReport(await report(), before)).toEqual(statement);
    expect(peekDeviceReport(await report())).toEqual(statement);
  });

  test('CRY-060 of another relay or account is refused; one of a newer record waits for it', async () => {
    expect(await codeOf(await report({ relayFingerprint: fromHex('99'.repeat(32)) }), before)).toBe(
      'BAD_REPORT',
    );
    expect(await codeOf(await report({ nickname: parseNickname('ayse') }), before)).toBe('BAD_REPORT');
    const ofNew = await report({ recordIndex: 1, device: newId }, newKey);
    expect(await codeOf(ofNew, before)).toBe('RECORD_NEEDED');
    expect(await codeOf(ofNew, after)).toBe('ok');
  });

  test('CRY-061 of a device that is not in the newest record is refused', async () => {
    expect(await codeOf(await report(), after)).toBe('BAD_REPORT');
    expect(await codeOf(await report({ device: newId }), before)).toBe('BAD_REPORT');
  });

  test('CRY-061 that another key signed, for another purpose or with a change, is refused', async () => {
    expect(await codeOf(await report({}, newKey), before)).toBe('BAD_REPORT');
    expect(await codeOf(await report({}, identityKey), before)).toBe('BAD_REPORT');
    const honest = await report();
    const unlabelled = await sign(deviceKey, Uint8Array.from(honest.statement));
    expect(await codeOf({ ...honest, signature: unlabelled }, before)).toBe('BAD_REPORT');
    const changed = await report({ reason: 'joined-anew' });
    expect(await codeOf({ ...changed, signature: honest.signature }, before)).toBe('BAD_REPORT');
    const longer = Uint8Array.of(...honest.statement, 0);
    expect(await codeOf({ ...honest, statement: longer }, before)).toBe('BAD_REPORT');
  });
});
