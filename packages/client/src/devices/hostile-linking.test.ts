// Somebody who got between two persons who confirm without looking, or a broken old device: what a new device takes over fits together
// or is not kept.
import {
  agreeAsOldDevice,
  generateSignatureSeed,
  importSignatureKey,
  type LinkingChannel,
  restoreAccount,
  systemRandom,
} from '@sirdas/crypto';
import { fromId, parseLinkingOffer, parseNickname } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { collectBackup } from '../backup.ts';
import type { BackupContent } from '../backup-format.ts';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meet, openPerson, type Person, signNext } from '../people.testkit.ts';
import { MemoryVault, VaultMemory } from '../vault/memory-vault.testkit.ts';
import { type LinkingPart, splitContent } from './linking-content.ts';
import {
  decodeLinkingMessage,
  encodeLinkingMessage,
  type LinkingMessage,
  type NewDevice,
} from './linking-message.ts';
import { LinkingRelay } from './linking-relay.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let channel: LinkingRelay;
let phone: Person;
let alice: Person;
let phoneId: NewDevice['id'];

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meet(relay, clock, 'alice');
  phone = await openPerson(relay, clock, new VaultMemory());
  channel = new LinkingRelay(relay);
});

interface Victim {
  readonly linked: Promise<string>;
  readonly device: NewDevice;
  say(message: LinkingMessage): Promise<void>;
  /** What the new device says when it is not satisfied. */
  hear(): Promise<LinkingMessage>;
}

/** A new device that believes to be linked by one of its account, and has introduced itself. */
async function deceive(): Promise<Victim> {
  const port = channel.impersonateOld();
  const shown = Promise.withResolvers<string>();
  const linked = phone.sirdas
    .linkDevice(relay.address, { deviceName: 'phone', onOffer: shown.resolve, confirm: async () => true })
    .then(
      () => 'linked',
      (cause: { code: string }) => cause.code,
    );
  const sealed: LinkingChannel = await agreeAsOldDevice(
    parseLinkingOffer(await shown.promise),
    port,
    systemRandom,
  );
  const hear = async () => decodeLinkingMessage(await sealed.open(await port.receive()));
  const introduction = await hear();
  if (introduction.kind !== 'introduction') throw new Error('not introduced');
  const say = async (message: LinkingMessage) => port.send(await sealed.seal(encodeLinkingMessage(message)));
  return { linked, device: introduction.device, say, hear };
}

/** What Alice's device hands over, once her record has the new one. */
async function collectFor(device: NewDevice): Promise<BackupContent> {
  const { account } = alice.memory;
  if (!account?.published) throw new Error('alice has not joined');
  const { devices } = restoreAccount(account.published).record;
  const added = { id: fromId(device.id), signatureKey: device.signatureKey, name: 'phone', addedMs: 1 };
  const { record } = await signNext(relay, alice, { devices: [...devices, added] });
  const choice = { classicOnly: false, history: 'recent', nowMs: clock.nowMs() } as const;
  const published = { record, publishedOtherSuite: true };
  return collectBackup(new MemoryVault(alice.memory), { ...account, published }, choice);
}

/** Everything in order, as it should be. */
async function handOver(victim: Victim, content: BackupContent): Promise<void> {
  for (const part of splitContent(content, victim.device)) await victim.say(part);
}

describe('a new device', () => {
  it('takes over what fits together: the test itself is right', async () => {
    const victim = await deceive();
    await handOver(victim, await collectFor(victim.device));
    expect(await victim.hear()).toEqual({ kind: 'saved' });
    expect(await victim.linked).toBe('linked');
    expect(phone.memory.account).toMatchObject({ nickname: 'alice', device: victim.device.id });
  });

  type Forgery = (content: BackupContent) => Promise<BackupContent>;
  const forgeAccount =
    (change: (account: BackupContent['account']) => Promise<Partial<BackupContent['account']>>): Forgery =>
    async (content) => ({ ...content, account: { ...content.account, ...(await change(content.account)) } });

  it.each<[string, Forgery]>([
    [
      'of another relay',
      forgeAccount(async ({ relay: address }) => ({
        relay: { ...address, fingerprint: new Uint8Array(32) },
      })),
    ],
    [
      'with an identity key that is not the one of the record',
      forgeAccount(async () => ({ identitySeed: generateSignatureSeed(systemRandom) })),
    ],
    ['under another nickname', forgeAccount(async () => ({ nickname: parseNickname('mallory') }))],
    [
      'whose record does not have this device',
      forgeAccount(async () => {
        const { published } = alice.memory.account ?? {};
        if (!published) throw new Error('alice has not joined');
        return { published };
      }),
    ],
    [
      'whose record has another key for this device',
      forgeAccount(async () => {
        const { publicKey } = await importSignatureKey(generateSignatureSeed(systemRandom));
        const other = { id: phoneId, signatureKey: publicKey, name: 'phone' };
        return { published: (await collectFor(other)).account.published };
      }),
    ],
  ])('CLI-089 does not take over an account %s', async (_what, forge) => {
    const victim = await deceive();
    phoneId = victim.device.id;
    await handOver(victim, await forge(await collectFor(victim.device)));
    expect(await victim.hear()).toEqual({ kind: 'failed' });
    expect(await victim.linked).toBe('LINKING_TAMPERED');
    expect(phone.vault.changes).toEqual([]);
  });

  it.each<[string, (parts: readonly LinkingPart[]) => readonly LinkingPart[]]>([
    ['in another order', (parts) => parts.toReversed()],
    ['twice', ([first]) => (first ? [first, first] : [])],
    ['with a hole', (parts) => parts.map((part) => ({ ...part, number: 2 * part.number, count: 3 }))],
    ['of another count than before', (parts) => parts.map((part, i) => ({ ...part, count: part.count + i }))],
  ])('CLI-088 takes no parts %s', async (_what, arrange) => {
    const victim = await deceive();
    const parts = splitContent(await collectFor(victim.device), victim.device);
    expect(parts).toHaveLength(2);
    for (const part of arrange(parts)) await victim.say(part);
    expect(await victim.hear()).toEqual({ kind: 'failed' });
    expect(await victim.linked).toBe('LINKING_TAMPERED');
    expect(phone.vault.changes).toEqual([]);
  });

  it('CLI-086 takes nothing that is out of place', async () => {
    const victim = await deceive();
    await victim.say({ kind: 'saved' });
    expect(await victim.linked).toBe('LINKING_TAMPERED');
  });
});
