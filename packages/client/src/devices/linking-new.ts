// Becoming a device of an account, as the new device: opens a channel at the relay, shows the offer, agrees on keys with the
// device that joins, lets the person compare digits, and takes over what that device hands over. Nothing is saved before all of
// it is there, and then everything at once: a vault is linked or it is as it was. Called by sirdas.ts. SPEC §12.
import {
  agreeAsNewDevice,
  generateSignatureSeed,
  importSignatureKey,
  makeLinkingKey,
  type RandomSource,
  type SecretBytes,
} from '@sirdas/crypto';
import { formatLinkingOffer, LIMITS, type LinkingOffer } from '@sirdas/protocol';
import { aborted } from '../abort.ts';
import type { BackupContent } from '../backup-format.ts';
import type { Clock } from '../clock.ts';
import { toSirdasError } from '../convert-error.ts';
import { SirdasError } from '../errors.ts';
import { greet } from '../handshake.ts';
import type { RelayAddress } from '../model.ts';
import { drawDeviceId } from '../new-account.ts';
import { Session } from '../session.ts';
import type { Transport } from '../transport/transport.ts';
import { joinContent, type LinkingPart } from './linking-content.ts';
import type { NewDevice } from './linking-message.ts';
import { LinkingPipe } from './linking-pipe.ts';
import { type ConfirmDigits, SealedPipe } from './sealed-pipe.ts';

export interface DeviceToLink {
  readonly relay: RelayAddress;
  /** What stands before `/l#` in the offer. */
  readonly webAddress: string;
  readonly deviceName: string;
  /** The offer as a link: for the old device's eyes, as text or as a QR code. */
  readonly onOffer: (offer: string) => void;
  readonly confirm: ConfirmDigits;
  /** How much has been handed over, from 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a new device was given, and what it made itself. */
export interface LinkedDevice {
  readonly content: BackupContent;
  readonly device: NewDevice;
  readonly deviceSeed: SecretBytes;
}

export interface LinkingTools {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * `save` makes it this device's own: durable when it resolves. Throws UNREACHABLE, WRONG_RELAY_KEY, PLAINTEXT_REFUSED, CLOCK_SKEW,
 * UNSUPPORTED_VERSION, LINKING_EXPIRED, LINKING_REFUSED, LINKING_ENDED, LINKING_TAMPERED, ABORTED, and what `save` throws.
 */
export async function linkNewDevice(
  toLink: DeviceToLink,
  tools: LinkingTools,
  save: (linked: LinkedDevice) => Promise<void>,
): Promise<void> {
  const signal = toLink.signal ?? new AbortController().signal;
  let pipe: LinkingPipe | null = null;
  const session = await Session.connect(
    {
      transport: tools.transport,
      address: toLink.relay,
      clock: tools.clock,
      onEvent: (event) => {
        if (event.kind === 'linkingMessage' || event.kind === 'linkingEnded') pipe?.hear(event);
      },
    },
    signal,
  );
  try {
    const { channel, ttlMs } = await openChannel(session, toLink, { clock: tools.clock, signal });
    pipe = new LinkingPipe({ session, channel, ttlMs, clock: tools.clock, signal });
    await link(pipe, channel, toLink, { random: tools.random, save });
  } catch (cause) {
    throw signal.aborted ? aborted(signal) : toSirdasError(cause);
  } finally {
    pipe?.close();
    session.close(new SirdasError('CLOSED', 'this connection has served its purpose'));
  }
}

async function openChannel(
  session: Session,
  { relay }: DeviceToLink,
  tools: { readonly clock: Clock; readonly signal: AbortSignal },
) {
  const hello = await greet(session, relay.fingerprint, tools);
  const opened = await session.request({ kind: 'openLinking' }, tools.signal);
  session.startKeepalive(hello.limits?.pingIntervalMs ?? LIMITS.PING_INTERVAL_MS);
  return opened;
}

async function link(
  pipe: LinkingPipe,
  channel: Uint8Array,
  toLink: DeviceToLink,
  { random, save }: { readonly random: RandomSource; readonly save: (linked: LinkedDevice) => Promise<void> },
): Promise<void> {
  const { relay, webAddress, deviceName: name, onOffer, confirm, onProgress } = toLink;
  const { host, port: tcpPort, fingerprint: relayFingerprint, plaintext } = relay;
  const key = await makeLinkingKey(random);
  const deviceSeed = generateSignatureSeed(random);
  const { publicKey: signatureKey } = await importSignatureKey(deviceSeed);
  const device: NewDevice = { id: drawDeviceId(random), signatureKey, name };
  const offer: LinkingOffer = { host, tcpPort, relayFingerprint, plaintext, channel, keyHash: key.keyHash };
  onOffer(formatLinkingOffer(webAddress, offer));
  const sealed = new SealedPipe(pipe, await agreeAsNewDevice(key, offer, pipe, random));
  const { answer } = await sealed.compare(confirm, 'part');
  await sealed.say({ kind: 'introduction', device }).catch(async (cause: unknown) => {
    throw await sealed.explain(cause, answer);
  });
  try {
    const parts = await receiveParts(sealed, await answer, onProgress ?? (() => {}));
    await save({ content: await joinContent(parts, device, relay), device, deviceSeed });
  } catch (cause) {
    // The account has this device by now: the other one should take it out again.
    await sealed.say({ kind: 'failed' }).catch(() => {});
    throw cause;
  }
  // From here on this is a device of the account, whether the other one hears of it or not.
  await sealed.say({ kind: 'saved' }).catch(() => {});
}

async function receiveParts(
  sealed: SealedPipe,
  first: LinkingPart,
  onProgress: (fraction: number) => void,
): Promise<readonly LinkingPart[]> {
  const parts: LinkingPart[] = [];
  for (let part = first; ; part = await sealed.hear('part')) {
    // CLI-088
    if (part.number !== parts.length || part.count !== first.count) {
      throw new SirdasError('LINKING_TAMPERED', 'a part of what is handed over is out of place');
    }
    parts.push(part);
    onProgress(parts.length / first.count);
    if (parts.length === first.count) return parts;
  }
}
