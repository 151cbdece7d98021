// What a device says to other members when something is wrong between it and a group (SPEC §7.8). Signed by the crypto
// package, read by the client; only the bytes are made here.
import type { MessageShape } from '@bufbuild/protobuf';
import { type DeviceReportSchema, ReportStatementSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { parseNickname } from './nickname.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

/** Fields as in sirdas.proto, `DeviceReport`. */
export type DeviceReport = Plain<MessageShape<typeof DeviceReportSchema>>;

/** Fields as in sirdas.proto, `ReportStatement`. */
export type ReportStatement = Omit<Plain<MessageShape<typeof ReportStatementSchema>>, 'nickname'> & {
  readonly nickname: Nickname;
};

export function encodeReportStatement(statement: ReportStatement): Uint8Array<ArrayBuffer> {
  return encodePlain(ReportStatementSchema, statement);
}

/** Throws MALFORMED, NOT_CANONICAL or BAD_NICKNAME. The signature is not looked at. */
export function decodeReportStatement(bytes: Uint8Array): ReportStatement {
  const statement = decodeCanonical(ReportStatementSchema, bytes);
  return { ...statement, nickname: parseNickname(statement.nickname) };
}

/** What the device key signs (SPEC §7.8). */
export function deviceReportInput(statementBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.deviceReport, [statementBytes]);
}
