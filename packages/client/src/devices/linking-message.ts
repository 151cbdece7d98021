// What two devices say to each other once the channel between them is sealed (SPEC §12.3): one JSON object for each message. What
// comes in is checked here, also when both persons have confirmed: it may have been written by anybody until then.
import {
  type DeviceId,
  decodeUtf8,
  encodeUtf8,
  fromBase64Url,
  fromHex,
  isPrintableName,
  isUsableEd25519Point,
  toBase64Url,
  toDeviceId,
} from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';

export const PART_BYTES = 32_768;
/** 64 MiB: far more than a device hands over. */
export const MAX_PARTS = 2048;

const DEVICE_ID_BYTES = 16;
const KEY_BYTES = 32;

export interface NewDevice {
  readonly id: DeviceId;
  /** Ed25519, 32 bytes. */
  readonly signatureKey: Uint8Array;
  readonly name: string;
}

export type LinkingMessage =
  /** The person has confirmed on the new device. */
  | { readonly kind: 'introduction'; readonly device: NewDevice }
  /** A piece of what is handed over; the first is number 0. */
  | {
      readonly kind: 'part';
      readonly number: number;
      readonly count: number;
      readonly bytes: Uint8Array;
    }
  /** The new device has everything in its vault. */
  | { readonly kind: 'saved' }
  /** It has not, and goes. */
  | { readonly kind: 'failed' }
  /** A person has not confirmed. */
  | { readonly kind: 'refused' };

export function encodeLinkingMessage(message: LinkingMessage): Uint8Array<ArrayBuffer> {
  return encodeUtf8(JSON.stringify(toPlain(message)));
}

/** Throws LINKING_TAMPERED. */
export function decodeLinkingMessage(bytes: Uint8Array): LinkingMessage {
  try {
    return fromPlain(new Fields(JSON.parse(decodeUtf8(bytes))));
  } catch (cause) {
    // CLI-086
    throw new SirdasError('LINKING_TAMPERED', 'a message of the linking channel is malformed', { cause });
  }
}

function toPlain(message: LinkingMessage): object {
  switch (message.kind) {
    case 'introduction': {
      const { id, signatureKey, name } = message.device;
      return { kind: message.kind, device: id, signatureKey: toBase64Url(signatureKey), name };
    }
    case 'part':
      return { ...message, bytes: toBase64Url(message.bytes) };
    default:
      return message;
  }
}

function fromPlain(fields: Fields): LinkingMessage {
  const kind = fields.text('kind');
  switch (kind) {
    case 'introduction':
      return { kind, device: readDevice(fields) };
    case 'part':
      return readPart(fields);
    case 'saved':
    case 'failed':
    case 'refused':
      return { kind };
    default:
      throw new Error('an unknown kind of message');
  }
}

function readDevice(fields: Fields): NewDevice {
  const name = fields.text('name');
  const id = fromHex(fields.text('device'));
  const signatureKey = fromBase64Url(fields.text('signatureKey'));
  const isKey = signatureKey.length === KEY_BYTES && isUsableEd25519Point(signatureKey);
  if (!isPrintableName(name) || !isKey || id.length !== DEVICE_ID_BYTES) throw new Error('not a device');
  return { id: toDeviceId(id), signatureKey, name };
}

function readPart(fields: Fields): LinkingMessage {
  const [number, count] = [fields.number('number'), fields.number('count')];
  const bytes = fromBase64Url(fields.text('bytes'));
  const isPlaced = number < count && count <= MAX_PARTS;
  if (!isPlaced || bytes.length === 0 || bytes.length > PART_BYTES) throw new Error('not a part');
  return { kind: 'part', number, count, bytes };
}

/** The fields of one object, each of its type or an error. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw new Error('not an object');
    this.#fields = { ...value };
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string') throw new Error(`no ${name}`);
    return value;
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (!Number.isSafeInteger(value) || typeof value !== 'number' || value < 0) throw new Error(`no ${name}`);
    return value;
  }
}
