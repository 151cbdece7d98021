import { describe, expect, test } from 'vitest';
import { concatBytes, toHex } from './bytes.ts';
import {
  decodeReportStatement,
  deviceReportInput,
  encodeReportStatement,
  REPORT_REASONS,
  type ReportStatement,
} from './device-report.ts';
import { ReportStatementSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { prepareNickname } from './nickname.ts';
import { encodePlain } from './plain-message.ts';

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const none = new Uint8Array(0);
const statement: ReportStatement = {
  relayFingerprint: bytes(32, 1),
  nickname: prepareNickname('ayşe'),
  device: bytes(16, 2),
  recordIndex: 3,
  conversation: bytes(16, 4),
  log: bytes(16, 5),
  reason: 'fork',
  epoch: 6,
  authenticatorHash: bytes(32, 7),
  timeMs: 1_790_000_000_000,
};
const badReport = expect.objectContaining({ code: 'BAD_REPORT' });

describe('report statements', () => {
  test.each<[string, ReportStatement]>([
    ...REPORT_REASONS.map((reason): [string, ReportStatement] => [reason, { ...statement, reason }]),
    [
      'joined-anew without a state',
      { ...statement, reason: 'joined-anew', epoch: 0, authenticatorHash: none },
    ],
    ['lost without a state', { ...statement, reason: 'lost', epoch: 0, authenticatorHash: none }],
    ['the first epoch', { ...statement, epoch: 0 }],
  ])('%s survives encoding and decoding', (_, report) => {
    expect(decodeReportStatement(encodeReportStatement(report))).toEqual(report);
  });

  test.each<[string, Partial<ReportStatement>]>([
    ['a fork without an authenticator', { epoch: 0, authenticatorHash: none }],
    [
      'unreadable messages without an authenticator',
      { reason: 'undecryptable', epoch: 0, authenticatorHash: none },
    ],
    ['an epoch without an authenticator', { reason: 'lost', authenticatorHash: none }],
    ['an authenticator of another length', { authenticatorHash: bytes(31, 7) }],
    [
      'an authenticator of another length, without an epoch',
      { reason: 'lost', epoch: 0, authenticatorHash: bytes(1, 7) },
    ],
  ])('PRO-019 refuses %s, on both sides', (_, change) => {
    const wrong = { ...statement, ...change };
    expect(() => encodeReportStatement(wrong)).toThrow(badReport);
    expect(() => decodeReportStatement(encodePlain(ReportStatementSchema, wrong))).toThrow(badReport);
  });

  test('PRO-019 refuses a reason that is not known', () => {
    for (const reason of ['', 'Fork', 'bored']) {
      const wrong = encodePlain(ReportStatementSchema, { ...statement, reason });
      expect(() => decodeReportStatement(wrong)).toThrow(badReport);
    }
  });

  test('PRO-002 PRO-003 every truncation is refused, but for the time at the end', () => {
    const whole = encodeReportStatement(statement);
    const withoutTime = encodeReportStatement({ ...statement, timeMs: 0 });
    for (let length = 0; length < whole.length; length++) {
      const decode = () => decodeReportStatement(whole.subarray(0, length));
      if (length === withoutTime.length) expect(decode()).toEqual({ ...statement, timeMs: 0 });
      else expect(decode).toThrow(expect.objectContaining({ name: 'ProtocolError' }));
    }
  });

  test('PRO-006 PRO-007 refuse an unknown field and a nickname that is not canonical', () => {
    const extended = concatBytes([encodeReportStatement(statement), Uint8Array.of(0xf8, 0x3f, 0x01)]);
    expect(() => decodeReportStatement(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
    const shouting = encodeReportStatement({ ...statement, nickname: 'AYŞE' as Nickname });
    expect(() => decodeReportStatement(shouting)).toThrow(expect.objectContaining({ code: 'BAD_NICKNAME' }));
  });

  test('what is signed is labelled as a report and nothing else', () => {
    const encoded = encodeReportStatement(statement);
    expect(toHex(deviceReportInput(encoded))).toBe(toHex(labelledInput(LABELS.deviceReport, [encoded])));
  });
});
