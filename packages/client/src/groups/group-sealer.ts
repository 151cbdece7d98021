// Seals a content for the present group of a conversation: the ratchet's new page is saved in the same transaction as the
// envelope, before anybody sees it. Called by the outbox. DESIGN §3, SPEC §11.6.
import { sealMessage } from '@sirdas/crypto';
import { type Content, encodeContent, encodeEnvelope, type LogId } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import { SirdasError } from '../errors.ts';
import type { SealedItem, VaultChange } from '../vault/vault.ts';
import { changeRatchets } from './group-store.ts';
import type { GroupTools } from './group-tools.ts';

export type SealedForGroup = Extract<SealedItem, { kind: 'mls' }>;

export class GroupSealer {
  readonly #tools: Pick<GroupTools, 'store'>;

  constructor(tools: Pick<GroupTools, 'store'>) {
    this.#tools = tools;
  }

  /**
   * `save` writes the change together with what it has to be safe with; it runs alone with the group. Throws GROUP_BROKEN, what
   * `save` throws, UNREADABLE for a content that nobody would accept.
   */
  async seal(
    log: LogId,
    content: Content,
    save: (sealed: SealedForGroup, change: Pick<VaultChange, 'groups'>) => Promise<void>,
  ): Promise<SealedForGroup> {
    const { store } = this.#tools;
    return store.use(log, async (inUse) => {
      if (!inUse?.group) throw new SirdasError('GROUP_BROKEN', 'this device has no state of the group');
      const { message, group } = await sealMessage(inUse.group, encode(content));
      const envelope = encodeEnvelope({ kind: { case: 'mlsMessage', value: message } });
      const change = changeRatchets(log, inUse.group, group);
      const sealed: SealedForGroup = { kind: 'mls', envelope, log, logEpoch: inUse.record.logEpoch };
      await save(sealed, { groups: [change] });
      store.note(change, group);
      return sealed;
    });
  }
}

function encode(content: Content): Uint8Array {
  try {
    return encodeContent(content);
  } catch (cause) {
    throw toSirdasError(cause);
  }
}
