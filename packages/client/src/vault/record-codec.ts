// Vault records as bytes: JSON for everything that JSON can hold, byte strings appended behind it. Only for what the vault
// itself encrypted, so a record that does not decode means a damaged vault. Called by the vault adapters.
//   record = length of the JSON (4 bytes big-endian) || JSON || byte strings, each named by its place in the JSON
import { SecretBytes } from '@sirdas/crypto';
import { concatBytes, decodeUtf8, encodeUint32, encodeUtf8 } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';

const LENGTH_BYTES = 4;

/** `value` is plain data: objects, arrays, strings, numbers, booleans, null, Uint8Array and SecretBytes. */
export function encodeRecord(value: object): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const detach = (inner: unknown): unknown => {
    if (inner instanceof SecretBytes) return { $secret: detachBytes(inner.reveal()) };
    if (inner instanceof Uint8Array) return { $bytes: detachBytes(inner) };
    if (Array.isArray(inner)) return inner.map(detach);
    return inner !== null && typeof inner === 'object' ? mapValues(inner, detach) : inner;
  };
  const detachBytes = (bytes: Uint8Array): [number, number] => {
    const place: [number, number] = [offset, bytes.length];
    parts.push(bytes);
    offset += bytes.length;
    return place;
  };
  const json = encodeUtf8(JSON.stringify(detach(value)));
  return concatBytes([encodeUint32(json.length), json, ...parts]);
}

/** What `encodeRecord` was given; the caller knows its type. Throws VAULT_CORRUPT. */
export function decodeRecord(bytes: Uint8Array): unknown {
  try {
    const jsonLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    const jsonEnd = LENGTH_BYTES + jsonLength;
    const attached = bytes.subarray(jsonEnd);
    return attach(JSON.parse(decodeUtf8(bytes.subarray(LENGTH_BYTES, jsonEnd))), attached);
  } catch (cause) {
    throw new SirdasError('VAULT_CORRUPT', 'a vault record does not decode', { cause });
  }
}

function attach(inner: unknown, attached: Uint8Array): unknown {
  if (Array.isArray(inner)) return inner.map((item) => attach(item, attached));
  if (inner === null || typeof inner !== 'object') return inner;
  if ('$secret' in inner) return new SecretBytes(takeBytes(inner.$secret, attached));
  if ('$bytes' in inner) return takeBytes(inner.$bytes, attached);
  return mapValues(inner, (item) => attach(item, attached));
}

/** A copy, so that a record does not keep others' bytes in memory. */
function takeBytes(place: unknown, attached: Uint8Array): Uint8Array<ArrayBuffer> {
  const [offset, length] = place as [number, number];
  if (offset + length > attached.length) throw new Error('a byte string lies outside of the record');
  return Uint8Array.from(attached.subarray(offset, offset + length));
}

function mapValues(object: object, change: (value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
