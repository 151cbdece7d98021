// Backups: everything of this account that another device may take over, as a standard age file under a passphrase
// (age-encryption.org/v1, scrypt recipient), so that `age -d` opens it. Called by sirdas.ts.
import { generateSignatureSeed, type RandomSource } from '@sirdas/crypto';
import { Decrypter, Encrypter } from 'age-encryption';
import { type BackupAccount, type BackupContent, decodeBackup, encodeBackup } from './backup-format.ts';
import { SirdasError } from './errors.ts';
import type { Message } from './model.ts';
import { drawDeviceId } from './new-account.ts';
import type { ClaimedAccount } from './own-account.ts';
import type { AccountState, Vault } from './vault/vault.ts';

const PAGE = 500;

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

/** Messages that still wait to be sent are left out: they are this device's to send. */
export async function collectBackup(
  vault: Vault,
  account: ClaimedAccount,
  classicOnly: boolean,
): Promise<BackupContent> {
  const { relay, webAddress, nickname, device, identitySeed, deviceSeed, rsaPrivateKey, published } = account;
  const keys = { identitySeed, deviceSeed, rsaPrivateKey };
  const conversations = await vault.readConversations();
  const messages: Omit<Message, 'position'>[] = [];
  for (const { id } of conversations) messages.push(...(await readAll(vault, id)));
  return {
    account: { relay, webAddress, nickname, device, ...keys, published, classicOnly },
    contacts: await vault.readContacts(),
    conversations: conversations.map(({ id, with: other, readPosition }) => ({
      id,
      with: other,
      readPosition,
    })),
    messages,
    counters: await vault.readCounters(),
  };
}

/** Fills an empty vault. The account comes last: a crash before leaves a vault that can be filled again. */
export async function restoreBackup(
  vault: Vault,
  content: BackupContent,
  device: { readonly name: string; readonly random: RandomSource },
): Promise<AccountState> {
  const { contacts, conversations, messages, counters } = content;
  for (let i = 0; i < messages.length; i += PAGE) await vault.save({ messages: messages.slice(i, i + PAGE) });
  await vault.save({ contacts, conversations, counters });
  return becomeNewDevice(content.account, device.name, device.random);
}

function becomeNewDevice(backup: BackupAccount, name: string, random: RandomSource): AccountState {
  const { classicOnly, device, deviceSeed, ...account } = backup;
  return {
    ...account,
    device: drawDeviceId(random),
    deviceSeed: generateSignatureSeed(random),
    restoredFrom: { device, deviceSeed, newName: name },
    pending: null,
    inviteToken: null,
    inbox: null,
    mayInvite: false,
  };
}

/** Oldest first. */
async function readAll(vault: Vault, conversation: Parameters<Vault['readMessages']>[0]) {
  const newestFirst: Message[] = [];
  for (;;) {
    const before = newestFirst.at(-1)?.position ?? null;
    const page = await vault.readMessages(conversation, before, PAGE);
    newestFirst.push(...page);
    if (page.length < PAGE) break;
  }
  const settled = newestFirst.filter(({ delivery }) => delivery !== 'queued').reverse();
  return settled.map(({ position, ...message }) => message);
}
