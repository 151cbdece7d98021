// Which frames of clients are requests (SPEC §3.1). Read by connection.ts.
import type { FrameKind } from '@sirdas/protocol';

/** Requests with the one general limit. */
export const COUNTED_KINDS: ReadonlySet<FrameKind> = new Set<FrameKind>([
  ...(['publishRecord', 'watchPresence', 'setVisibility', 'listInvites', 'revokeInvite'] as const),
  ...(['joinLinking'] as const),
]);
/** Frames that have a response, so that their number must not be 0. */
export const REQUEST_KINDS: ReadonlySet<FrameKind> = new Set<FrameKind>([
  ...COUNTED_KINDS,
  ...(['claim', 'login', 'append', 'read', 'lookUp', 'createInvite'] as const),
  ...(['createLog', 'commit', 'publishKeyPackages', 'claimKeyPackages'] as const),
  ...(['openLinking', 'linkingMessage'] as const),
]);
