// Device reports (SPEC §11.8): signed by the device that cannot follow a group, believed only as the device that it is. Used by the
// client's groups; a report travels as an envelope in an inbox.
import {
  type DeviceReport,
  decodeReportStatement,
  deviceReportInput,
  encodeEnvelope,
  encodeReportStatement,
  equalBytes,
  type ReportStatement,
  toDeviceId,
} from '@sirdas/protocol';
import type { VerifiedAccount } from './account-record.ts';
import { CryptoError } from './errors.ts';
import { type SignatureKey, sign, verifySignature } from './signature-key.ts';

/** The envelope. */
export async function signDeviceReport(
  statement: ReportStatement,
  deviceKey: SignatureKey,
): Promise<Uint8Array> {
  const bytes = encodeReportStatement(statement);
  const value = { statement: bytes, signature: await sign(deviceKey, deviceReportInput(bytes)) };
  return encodeEnvelope({ kind: { case: 'deviceReport', value } });
}

/** Whose report it claims to be, to find the account to verify it with; throws BAD_REPORT. */
export function peekDeviceReport(report: DeviceReport): ReportStatement {
  try {
    return decodeReportStatement(report.statement);
  } catch (cause) {
    throw new CryptoError('BAD_REPORT', 'device report: its form is wrong', { cause });
  }
}

/**
 * Throws RECORD_NEEDED when it was written under a newer record than `account` has, and BAD_REPORT unless a device of that
 * account's newest record signed it.
 */
export async function verifyDeviceReport(
  report: DeviceReport,
  account: VerifiedAccount,
): Promise<ReportStatement> {
  // A copy: what is verified must still be the same bytes when it is decoded.
  const bytes = Uint8Array.from(report.statement);
  const statement = peekDeviceReport({ ...report, statement: bytes });
  const { record } = account;
  // CRY-060
  if (!equalBytes(statement.relayFingerprint, record.relayFingerprint)) throw badReport('another relay');
  if (statement.nickname !== record.nickname) throw badReport('another account');
  if (statement.recordIndex > record.index)
    throw new CryptoError('RECORD_NEEDED', 'device report: written under a newer record');
  const id = toDeviceId(statement.device);
  const device = record.devices.find((known) => toDeviceId(known.id) === id);
  // CRY-061
  if (!device) throw badReport('the account has no such device now');
  if (!(await verifySignature(device.signatureKey, deviceReportInput(bytes), report.signature)))
    throw badReport('the device did not sign it');
  return statement;
}

function badReport(why: string): CryptoError {
  return new CryptoError('BAD_REPORT', `device report: ${why}`);
}
