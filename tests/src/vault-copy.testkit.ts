// A copy of somebody's vault: what a thief has who had the device for a moment, and what a member works with who has changed the
// program. Reads the states of its groups and opens, with each of them, what was sent.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { ConversationId, Vault } from '@sirdas/client';
import { openVault } from '@sirdas/client/node';
import {
  describeGroup,
  importSignatureKey,
  type MlsGroup,
  openCommit,
  openMessage,
  restoreAccount,
  restoreGroup,
  systemRandom,
} from '@sirdas/crypto';
import { decodeContent, decodeEnvelope, type LogId } from '@sirdas/protocol';
import type { Person } from './person.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import type { WireAccount } from './wire-account.testkit.ts';

type VaultContents = Awaited<ReturnType<Vault['load']>>;
type AccountState = NonNullable<VaultContents['account']>;

/** One group as the vault had it. */
export interface CopiedGroup {
  readonly log: LogId;
  readonly logEpoch: number;
  readonly group: MlsGroup;
}

export class VaultCopy {
  readonly account: AccountState;
  readonly #groups: ReadonlyMap<ConversationId, CopiedGroup>;

  private constructor(account: AccountState, groups: ReadonlyMap<ConversationId, CopiedGroup>) {
    this.account = account;
    this.#groups = groups;
  }

  /** As it is on disk now; nothing may be under way. */
  static async of({ folder }: Pick<Person, 'folder'>): Promise<VaultCopy> {
    const copy = join(await makeTemporaryFolder(), 'copy');
    cpSync(folder, copy, { recursive: true });
    const vault = await openVault({ folder: copy, protection: { kind: 'unprotected' } });
    try {
      const { account, groups: records } = await vault.load();
      if (!account) throw new Error('there is no account in the vault');
      const signatureKey = await importSignatureKey(account.deviceSeed);
      const groups = new Map<ConversationId, CopiedGroup>();
      for (const { log, logEpoch, conversation, epochPart } of records) {
        if (!epochPart) continue;
        const pages = (await vault.readGroupPages(log)).map(({ bytes }) => bytes);
        const group = restoreGroup({ epochPart, ratchetPages: pages, signatureKey, random: systemRandom });
        groups.set(conversation, { log, logEpoch, group });
      }
      return new VaultCopy(account, groups);
    } finally {
      await vault.close();
    }
  }

  groupOf(conversation: ConversationId): CopiedGroup {
    const group = this.#groups.get(conversation);
    if (!group) throw new Error('there is no state of this conversation');
    return group;
  }

  /** For logging in and signing as this device. */
  async wireAccount(): Promise<WireAccount> {
    const { nickname, device, identitySeed, deviceSeed, published } = this.account;
    if (!published) throw new Error('the account was never claimed');
    return {
      ...{ nickname, device },
      identityKey: await importSignatureKey(identitySeed),
      deviceKey: await importSignatureKey(deviceSeed),
      record: { record: published.record, signature: new Uint8Array(0) },
      verified: restoreAccount(published),
    };
  }
}

/** What somebody reads with a state and everything that a log ever held, trying as hard as they can: following every commit that opens. */
export async function readWith(start: MlsGroup, envelopes: readonly Uint8Array[]): Promise<string[]> {
  let group = start;
  const texts: string[] = [];
  for (const envelope of envelopes) {
    const { kind } = decodeEnvelope(envelope);
    if (kind.case !== 'mlsMessage') continue;
    const opened = await openMessage(group, kind.value).catch(() => null);
    if (opened) {
      group = opened.group;
      const { body } = decodeContent(opened.content);
      texts.push(body.case === 'text' ? body.value.text : `(${body.case})`);
      continue;
    }
    const check = { verifier: { verify: async () => true }, nowMs: Date.now() };
    const followed = await openCommit(group, kind.value, check).catch(() => null);
    if (followed && followed.next !== 'removed') {
      group = followed.next;
      texts.push(`(epoch ${describeGroup(group).epoch})`);
    }
  }
  return texts;
}
