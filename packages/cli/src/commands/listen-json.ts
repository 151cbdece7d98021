// The objects that `sirdas listen --json` prints, as documented in docs/scripting.md. `v` is the version of the format:
// fields may be added, their meaning never changes without another number.
import type { Message, SirdasEvent } from '@sirdas/client';

export function describeMessage(message: Message): object {
  const { id, conversation, sender, direction, sentMs, body, envelope, missingBefore } = message;
  return {
    v: 1,
    type: 'message',
    id,
    conversation,
    from: sender,
    direction,
    sentMs,
    sent: new Date(sentMs).toISOString(),
    text: body.kind === 'text' ? body.text : null,
    envelope,
    forwardSecret: false,
    missingBefore,
  };
}

/** Null for what `--events` does not tell. */
export function describeEvent(event: SirdasEvent): object | null {
  switch (event.type) {
    case 'link':
      return {
        v: 1,
        type: 'link',
        state: event.link.state,
        error: event.link.state === 'offline' ? event.link.error : null,
      };
    case 'presence':
      return {
        v: 1,
        type: 'presence',
        online: event.online.map(({ nickname }) => nickname),
        change: event.change,
      };
    case 'refused':
      return { v: 1, type: 'refused', error: event.error, from: event.from };
    case 'gap':
      return { v: 1, type: 'gap', reason: event.reason, count: event.count };
    case 'caught-up':
      return { v: 1, type: 'caught-up' };
    default:
      return null;
  }
}
