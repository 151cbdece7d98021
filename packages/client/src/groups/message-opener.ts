// One message of a group: opened with the sender's ratchet, checked against what it says of itself, and composed. What does not
// open is told apart by its cause, so that a person hears why and a broken device gets help. Called by group-log.ts.
// SPEC §6.5, §11.6.
import { CryptoError, describeGroup, type Leaf, type MlsGroup, openMessage } from '@sirdas/crypto';
import { type Content, decodeContent, equalBytes, fromId } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import type { LogEntry } from '../log-run.ts';
import type { GroupDraft } from './group-draft.ts';
import { readEntry } from './group-entry.ts';
import type { GroupTools } from './group-tools.ts';

export class MessageOpener {
  readonly #tools: GroupTools;

  constructor(tools: GroupTools) {
    this.#tools = tools;
  }

  /** Everything that may be wrong is a matter of the draft. */
  async take(draft: GroupDraft, entry: LogEntry): Promise<void> {
    const read = readEntry(entry, draft.record.log);
    if (read.error) {
      // CLI-047
      if (read.error === 'UNREADABLE') draft.noteTrouble('damaged', false, entry.timeMs);
      draft.refuse(read.error, null);
      return;
    }
    if (!draft.group) {
      if (draft.state === 'active' || draft.state === 'broken') draft.noteTrouble('lost', true, entry.timeMs);
      return;
    }
    try {
      const opened = await openMessage(draft.group, read.message);
      draft.group = opened.group;
      this.#compose(draft, opened.sender, opened.content);
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      explain(draft, draft.group, { cause, epoch: read.epoch, timeMs: entry.timeMs });
    }
  }

  #compose(draft: GroupDraft, sender: Leaf, padded: Uint8Array): void {
    let content: Content;
    try {
      content = decodeContent(padded);
    } catch (cause) {
      toSirdasError(cause);
      draft.refuse('UNREADABLE', sender.nickname);
      return;
    }
    // CLI-043
    const isHere =
      equalBytes(content.conversation, fromId(draft.record.conversation)) &&
      equalBytes(content.device, fromId(sender.device));
    const isDirect = draft.group ? describeGroup(draft.group).state.direct : false;
    if (!isHere || (content.body.case === 'leave' && isDirect)) {
      draft.refuse('LETTER_MISDIRECTED', sender.nickname);
      return;
    }
    if (content.body.case === 'leave') draft.noteLeaving(sender.nickname);
    const own = this.#tools.own.need().nickname;
    draft.composer.add({
      content,
      sender: sender.nickname,
      direction: sender.nickname === own ? 'out' : 'in',
      conversation: { id: draft.record.conversation },
      envelope: 'mls',
      savedMs: this.#tools.clock.nowMs(),
    });
  }
}

interface Failure {
  readonly cause: CryptoError;
  /** The one that the message names. */
  readonly epoch: number;
  readonly timeMs: number;
}

/** CLI-047 */
function explain(draft: GroupDraft, group: MlsGroup, { cause, epoch, timeMs }: Failure): void {
  switch (cause.code) {
    case 'ALREADY_OPENED':
      return;
    case 'FROM_SELF':
      // CLI-048
      if ((cause.generation ?? 0) >= describeGroup(group).ownGeneration) draft.news.isRolledBack = true;
      return;
    case 'WRONG_EPOCH':
      // Behind this group: its sender has missed a change. Ahead of it: this device may have.
      if (epoch > describeGroup(group).epoch) draft.noteLaterEpoch(timeMs);
      else draft.noteTrouble('out-of-step', false, timeMs);
      return;
    default:
      draft.noteTrouble('damaged', false, timeMs);
  }
}
