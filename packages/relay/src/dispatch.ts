// The switch over the kind of frame: which handler a frame of a client that is logged in goes to (SPEC §3.1). Called by
// connection.ts for every such frame.
import type { Frame } from '@sirdas/protocol';
import { handleCommit, handleCreateLog } from './handlers/commits.ts';
import { handleLookUp, handlePublishRecord } from './handlers/directory.ts';
import { handleCreateInvite, handleListInvites, handleRevokeInvite } from './handlers/invites.ts';
import { handleClaimKeyPackages, handlePublishKeyPackages } from './handlers/key-packages.ts';
import { handleJoinLinking, handleLinkingEnded, handleLinkingMessage } from './handlers/linking.ts';
import { handleAck, handleAppend, handleRead } from './handlers/logs.ts';
import { handleSetVisibility, handleWatchPresence } from './handlers/presence.ts';
import { handleSignal } from './handlers/signals.ts';
import type { Peer } from './peer.ts';
import type { Session } from './sessions.ts';

/** The work of a request that has to wait for something; nothing when all is done. */
export function dispatchFrame(peer: Peer, session: Session, frame: Frame): Promise<void> | void {
  switch (frame.kind) {
    case 'append':
      return handleAppend(peer, session, frame);
    case 'ack':
      return handleAck(peer, session, frame);
    case 'ping':
      return peer.reply(frame.request, { kind: 'pong' });
    case 'pong':
      return;
    case 'read':
      return handleRead(peer, session, frame);
    case 'createLog':
      return handleCreateLog(peer, session, frame);
    case 'commit':
      return handleCommit(peer, session, frame);
    case 'signal':
      return handleSignal(peer, session, frame);
    case 'lookUp':
      return handleLookUp(peer, session, frame);
    case 'publishRecord':
      return handlePublishRecord(peer, session, frame);
    case 'watchPresence':
      return handleWatchPresence(peer, session, frame);
    case 'setVisibility':
      return handleSetVisibility(peer, session, frame);
    case 'createInvite':
      return handleCreateInvite(peer, session, frame);
    case 'listInvites':
      return handleListInvites(peer, session, frame);
    case 'revokeInvite':
      return handleRevokeInvite(peer, session, frame);
    case 'publishKeyPackages':
      return handlePublishKeyPackages(peer, session, frame);
    case 'claimKeyPackages':
      return handleClaimKeyPackages(peer, session, frame);
    case 'joinLinking':
      return handleJoinLinking(peer, session, frame);
    case 'linkingMessage':
      return handleLinkingMessage(peer, session.linking, frame);
    case 'linkingEnded':
      return handleLinkingEnded(peer, session.linking, frame);
    default:
      // RLY-001: a frame of the handshake.
      return peer.endWith('WRONG_STATE');
  }
}
