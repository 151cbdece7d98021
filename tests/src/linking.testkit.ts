// A further device for somebody, linked as people do it: the new one shows an offer, the old one takes it, both confirm.
import { join } from 'node:path';
import type { Approval, LinkOptions } from '@sirdas/client';
import { openVaultOf, type Person, waitUntil } from './person.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

/** However busy the machine is. */
const TIMEOUT_MS = 120_000;

export interface LinkingChoices {
  readonly old?: Partial<Approval>;
  readonly new?: Partial<LinkOptions>;
}

/** Both ends of a linking that is under way; neither has to succeed. */
export interface Linking {
  readonly phone: Person;
  readonly offer: string;
  readonly linked: Promise<unknown>;
  readonly approved: Promise<unknown>;
}

export async function startLinking(
  old: Person,
  relayLink: string,
  choices: LinkingChoices = {},
): Promise<Linking> {
  const folder = join(await makeTemporaryFolder(), 'phone');
  const phone: Person = { nickname: old.nickname, folder, ...(await openVaultOf(folder)) };
  const shown = Promise.withResolvers<string>();
  const linked = phone.sirdas.linkDevice(relayLink, {
    ...{ deviceName: 'phone', onOffer: shown.resolve, confirm: async () => true, ...choices.new },
  });
  linked.catch(shown.reject);
  const offer = await shown.promise;
  const approved = old.sirdas.devices.approve(offer, {
    ...{ confirm: async () => true, authorise: async () => true, history: true, ...choices.old },
  });
  approved.catch(() => {});
  return { phone, offer, linked, approved };
}

/** A device that is linked, online, and in all groups of its account. */
export async function linkDevice(
  old: Person,
  relayLink: string,
  choices: LinkingChoices = {},
): Promise<Person> {
  const { phone, linked, approved } = await startLinking(old, relayLink, choices);
  await approved;
  await linked;
  await phone.sirdas.connect();
  await waitUntilBack(phone);
  return phone;
}

/** Every conversation has let this device in. */
export async function waitUntilBack({ nickname, sirdas }: Person): Promise<void> {
  const areActive = () => sirdas.conversations().every(({ state }) => state === 'active');
  await waitUntil(areActive, `the groups of ${nickname} have let the new device in`, TIMEOUT_MS);
}

/** The code of the error with which something ended; `done` when it did not. */
export function outcomeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (cause: { readonly code?: string }) => cause.code ?? String(cause),
  );
}
