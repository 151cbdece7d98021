// Frames as plain values: `{ request, kind, … }`. One union for both directions; relay and client switch over `kind`.
// Encodes and decodes with the generated code, except the hot frames (hot-frames.ts). SPEC §3.
import type { MessageShape } from '@bufbuild/protobuf';
import { ProtocolError } from './errors.ts';
import { type FieldPath, hasMoreBeside, readOutermostFields } from './frame-outline.ts';
import { FrameSchema, PresenceSchema } from './gen/sirdas_pb.ts';
import { encodeAck, encodeAppend, readHotFrame } from './hot-frames.ts';
import { LIMITS } from './limits.ts';
import { decodePlain, encodePlain, type Plain } from './plain-message.ts';

type WireFrame = Plain<MessageShape<typeof FrameSchema>>;
type WireKind = Extract<WireFrame['kind'], { case: string }>;

/** The name of a frame's kind, as in `oneof kind` in lowerCamelCase. */
export type FrameKind = WireKind['case'];

/** What a frame of one kind carries besides its request number. */
export type FrameBody<Kind extends FrameKind = FrameKind> = Kind extends FrameKind
  ? { readonly kind: Kind } & Extract<WireKind, { case: Kind }>['value']
  : never;

/** One frame; `request` is 0 in events (SPEC §3). */
export type Frame<Kind extends FrameKind = FrameKind> = Kind extends FrameKind
  ? { readonly request: number } & FrameBody<Kind>
  : never;

/** What clients send (SPEC §3.1). */
const CLIENT_KINDS: ReadonlySet<FrameKind> = new Set<FrameKind>([
  ...(['claim', 'login', 'ping', 'pong', 'append', 'read', 'ack', 'lookUp', 'publishRecord'] as const),
  ...(['watchPresence', 'setVisibility', 'createInvite', 'listInvites', 'revokeInvite'] as const),
  ...(['createLog', 'commit', 'signal', 'publishKeyPackages', 'claimKeyPackages'] as const),
  ...(['openLinking', 'joinLinking', 'linkingMessage', 'linkingEnded'] as const),
]);
/** What a request may carry beyond MAX_REQUEST_BYTES, and in which of its byte fields (SPEC §3). */
interface Bulk {
  readonly maxBytes: number;
  readonly paths: readonly FieldPath[];
}
const BULK: Readonly<Partial<Record<FrameKind, Bulk>>> = {
  append: { maxBytes: LIMITS.MAX_ENVELOPE_BYTES, paths: [[2]] },
  // envelope; deliveries.envelope
  commit: { maxBytes: LIMITS.MAX_COMMIT_BYTES + LIMITS.MAX_WELCOME_BYTES, paths: [[3], [4, 2]] },
  // key_packages.key_package
  publishKeyPackages: {
    maxBytes: LIMITS.MAX_KEY_PACKAGES_AT_ONCE * LIMITS.MAX_KEY_PACKAGE_BYTES,
    paths: [[1, 2]],
  },
  linkingMessage: { maxBytes: LIMITS.MAX_LINKING_MESSAGE_BYTES, paths: [[2]] },
};
const NO_BULK: Bulk = { maxBytes: 0, paths: [] };
const kindsByNumber = new Map(FrameSchema.oneofs[0]?.fields.map((f) => [f.number, f.localName as FrameKind]));

/** One protobuf `Frame`, without the length prefix of the native transport. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  if (frame.kind === 'append') return encodeAppend(frame);
  if (frame.kind === 'ack' && frame.request === 0) return encodeAck(frame.log, frame.seq);
  const { request, kind, ...value } = frame;
  return encodePlain(FrameSchema, { request, kind: { case: kind, value } } as WireFrame);
}

/** One entry of a PresenceList, for `encodePresenceList`. */
export function encodePresence(presence: Frame<'presenceList'>['online'][number]): Uint8Array<ArrayBuffer> {
  return encodePlain(PresenceSchema, presence);
}

/**
 * Decodes one `Frame`; byte fields may be views into `bytes`. Throws MALFORMED, or UNKNOWN_KIND for a frame of a later
 * version (`requestOf` then tells whom to answer).
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  return readHotFrame(bytes) ?? decodeAnyFrame(bytes);
}

/**
 * The same at a relay, where a frame must not cost more to decode than to send: null for a kind that only relays send;
 * throws TOO_LARGE for a request that is larger than any has reason to be.
 */
export function decodeClientFrame(bytes: Uint8Array): Frame | null {
  const hot = readHotFrame(bytes);
  if (hot) return hot;
  const known = peekKind(bytes);
  if (!known) return decodeAnyFrame(bytes);
  if (!CLIENT_KINDS.has(known.kind)) return null;
  const bulk = BULK[known.kind] ?? NO_BULK;
  // PRO-013 PRO-021
  const isTooLarge =
    bytes.length > bulk.maxBytes + LIMITS.MAX_REQUEST_BYTES ||
    hasMoreBeside(known.body, bulk.paths, LIMITS.MAX_REQUEST_BYTES);
  if (isTooLarge) throw new ProtocolError('TOO_LARGE', 'a request beyond the limit');
  return decodeAnyFrame(bytes);
}

/** Null for a kind of a later version; throws MALFORMED. */
function peekKind(bytes: Uint8Array): { readonly kind: FrameKind; readonly body: Uint8Array } | null {
  const known = readOutermostFields(bytes).flatMap(({ number, body }) => {
    const kind = kindsByNumber.get(number);
    return kind === undefined ? [] : [{ kind, body }];
  });
  // PRO-012
  if (known.length > 1) throw new ProtocolError('MALFORMED', 'a frame of two kinds');
  return known[0] ?? null;
}

function decodeAnyFrame(bytes: Uint8Array): Frame {
  const { request, kind } = decodePlain(FrameSchema, bytes);
  // PRO-005
  if (kind.case === undefined) throw new UnknownKindError(request);
  return { request, kind: kind.case, ...kind.value } as Frame;
}

/** A frame of a kind that this version does not know: not an offence (SPEC §3). */
export class UnknownKindError extends ProtocolError {
  /** The number to answer with UNKNOWN_KIND; 0 when nobody waits for an answer. */
  readonly request: number;

  constructor(request: number) {
    super('UNKNOWN_KIND', 'a frame of a kind that is not known here');
    this.request = request;
  }
}
