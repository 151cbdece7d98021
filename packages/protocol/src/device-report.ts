// What a device says to other members when something is wrong between it and a group (SPEC §11.8). Signed by the crypto
// package, read by the client; only the bytes are made here.
import type { MessageShape } from '@bufbuild/protobuf';
import { ProtocolError } from './errors.ts';
import { type DeviceReportSchema, ReportStatementSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { parseNickname } from './nickname.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

/** Fields as in sirdas.proto, `DeviceReport`. */
export type DeviceReport = Plain<MessageShape<typeof DeviceReportSchema>>;

/** What is wrong (SPEC §11.8). */
export const REPORT_REASONS = ['joined-anew', 'lost', 'undecryptable', 'fork'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

/** Fields as in sirdas.proto, `ReportStatement`. */
export type ReportStatement = Omit<WireStatement, 'nickname' | 'reason'> & {
  readonly nickname: Nickname;
  readonly reason: ReportReason;
};

type WireStatement = Plain<MessageShape<typeof ReportStatementSchema>>;

const HASH_BYTES = 32;

/** Throws BAD_REPORT for one that nobody would accept. */
export function encodeReportStatement(statement: ReportStatement): Uint8Array<ArrayBuffer> {
  checkStatement(statement);
  return encodePlain(ReportStatementSchema, statement);
}

/** Throws MALFORMED, NOT_CANONICAL, BAD_NICKNAME or BAD_REPORT. The signature is not looked at. */
export function decodeReportStatement(bytes: Uint8Array): ReportStatement {
  const wire = decodeCanonical(ReportStatementSchema, bytes);
  const reason = REPORT_REASONS.find((known) => known === wire.reason);
  // PRO-019
  if (!reason) throw new ProtocolError('BAD_REPORT', 'a report for a reason that is not known here');
  const statement = { ...wire, nickname: parseNickname(wire.nickname), reason };
  checkStatement(statement);
  return statement;
}

/** What the device key signs (SPEC §11.8). */
export function deviceReportInput(statementBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.deviceReport, [statementBytes]);
}

/** PRO-019 */
function checkStatement({ reason, epoch, authenticatorHash }: ReportStatement): void {
  const hasState = authenticatorHash.length === HASH_BYTES;
  const hasNoState = authenticatorHash.length === 0 && epoch === 0;
  // Without a state there is nothing that could differ from another one, and no key that could fail.
  const needsState = reason === 'fork' || reason === 'undecryptable';
  if (!hasState && (!hasNoState || needsState)) {
    throw new ProtocolError('BAD_REPORT', 'the authenticator does not fit the report');
  }
}
