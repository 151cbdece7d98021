// Backups: everything of this account that another device may take over, as a standard age file under a passphrase
// (age-encryption.org/v1, scrypt recipient), so that `age -d` opens it. Called by sirdas.ts.
import { Decrypter, Encrypter } from 'age-encryption';
import { type BackupContent, type BackupGroup, decodeBackup, encodeBackup } from './backup-format.ts';
import { SirdasError } from './errors.ts';
import { type CopyBounds, copyMessages } from './message-copies.ts';
import { PREFERENCE_SETTINGS } from './messages/preferences.ts';
import type { ClaimedAccount } from './own-account.ts';
import type { GroupRecord, Vault, VaultChange } from './vault/vault.ts';

const DAY_MS = 86_400_000;

const EVERYTHING: CopyBounds = {
  sinceMs: 0,
  maxMessages: Number.POSITIVE_INFINITY,
  maxCharacters: Number.POSITIVE_INFINITY,
  isWanted: ({ expiresAfterMs }) => expiresAfterMs === 0,
};
const BOUNDS: Readonly<Record<HistoryChoice, (nowMs: number) => CopyBounds>> = {
  all: () => EVERYTHING,
  recent: (nowMs) => ({
    sinceMs: nowMs - 30 * DAY_MS,
    maxMessages: 5000,
    maxCharacters: 8_388_608,
    isWanted: () => true,
  }),
  none: () => ({ ...EVERYTHING, maxMessages: 0 }),
};

/** What the person has chosen, as opposed to what this device has noted for itself. */
const CARRIED_SETTINGS: ReadonlySet<string> = new Set(['visible', ...PREFERENCE_SETTINGS]);

/** `scryptLogN`: the cost of a guess is 2^N; for tests. */
export interface BackupOptions {
  readonly scryptLogN?: number;
}

/** The bytes of an age file. Throws VAULT_LOCKED for an empty passphrase. */
export async function encryptBackup(
  content: BackupContent,
  passphrase: string,
  { scryptLogN }: BackupOptions,
): Promise<Uint8Array> {
  if (passphrase === '') throw new SirdasError('VAULT_LOCKED', 'a backup needs a passphrase');
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase.normalize('NFC'));
  if (scryptLogN !== undefined) encrypter.setScryptWorkFactor(scryptLogN);
  return encrypter.encrypt(encodeBackup(content));
}

/** Throws WRONG_PASSPHRASE, BAD_EXPORT. */
export async function decryptBackup(file: Uint8Array, passphrase: string): Promise<BackupContent> {
  const decrypter = new Decrypter();
  let isWrongPassphrase = false;
  decrypter.addPassphrase(passphrase.normalize('NFC'));
  // Asked only when the passphrase before has opened nothing.
  decrypter.addIdentity({
    unwrapFileKey(stanzas) {
      isWrongPassphrase = stanzas.some((stanza) => stanza.args[0] === 'scrypt');
      return null;
    },
  });
  let plaintext: Uint8Array;
  try {
    plaintext = await decrypter.decrypt(file);
  } catch (cause) {
    const code = isWrongPassphrase ? 'WRONG_PASSPHRASE' : 'BAD_EXPORT';
    throw new SirdasError(code, 'the backup does not open', { cause });
  }
  return decodeBackup(plaintext);
}

/** What a backup or a new device is given of the messages. */
export type HistoryChoice = 'all' | 'recent' | 'none';

/** Messages that are to disappear go to an own device, never into a file, where nobody would remove them. */
export async function collectBackup(
  vault: Vault,
  account: ClaimedAccount,
  {
    classicOnly,
    history,
    nowMs,
  }: { readonly classicOnly: boolean; readonly history: HistoryChoice; readonly nowMs: number },
): Promise<BackupContent> {
  const { relay, webAddress, nickname, device, identitySeed, deviceSeed, rsaPrivateKey, published } = account;
  const keys = { identitySeed, deviceSeed, rsaPrivateKey };
  const { contacts, conversations, groups, counters, settings } = await vault.load();
  const { messages, readPositions } = await copyMessages(vault, conversations, BOUNDS[history](nowMs));
  return {
    account: {
      relay,
      webAddress,
      nickname,
      device,
      ...keys,
      published,
      classicOnly,
      settings: chooseSettings(settings),
    },
    contacts,
    conversations: conversations.map(({ lastPosition, ...conversation }) => ({
      ...conversation,
      readPosition: readPositions.get(conversation.id) ?? 0,
    })),
    groups: groups.map(({ log, conversation, generation, suite }) => ({
      log,
      conversation,
      generation,
      suite,
    })),
    messages,
    counters,
  };
}

/**
 * What an empty vault becomes, in one transaction; with it goes `account`, which this content belongs to. Nobody holds any state of
 * its groups: it has to be let in again.
 */
export function toVaultChange({ account: { settings }, ...content }: BackupContent): VaultChange {
  const { contacts, conversations, groups, messages, counters } = content;
  const lost = new Set(groups.map(({ conversation }) => conversation));
  return {
    messages,
    contacts,
    conversations: conversations.map((conversation) => {
      const isLost = conversation.state === 'active' && lost.has(conversation.id);
      return isLost ? { ...conversation, state: 'broken' } : conversation;
    }),
    groups: groups.map((group) => ({ log: group.log, record: withoutState(group), pages: [] })),
    counters,
    settings,
  };
}

function withoutState(group: BackupGroup): GroupRecord {
  return {
    ...group,
    ...{
      logEpoch: 0,
      epoch: 0,
      leaving: [],
      epochPart: null,
      pending: null,
      updatedMs: 0,
      sealedSinceUpdate: 0,
    },
  };
}

function chooseSettings(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => CARRIED_SETTINGS.has(name)));
}
