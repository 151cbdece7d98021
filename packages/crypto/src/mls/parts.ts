// How several byte strings are kept as one in the vault: each behind its length (4 bytes, big-endian).
import { concatBytes, encodeUint32 } from '@sirdas/protocol';
import { CryptoError } from '../errors.ts';

const LENGTH_BYTES = 4;

export function joinParts(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes(parts.flatMap((part) => [encodeUint32(part.length), part]));
}

type Tuple<Count extends number, Parts extends Uint8Array[] = []> = Parts['length'] extends Count
  ? Parts
  : Tuple<Count, [...Parts, Uint8Array]>;

/** Throws BAD_STATE unless there are exactly that many parts. */
export function splitParts<Count extends number>(joined: Uint8Array, count: Count): Tuple<Count> {
  const view = new DataView(joined.buffer, joined.byteOffset, joined.length);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < joined.length) {
    const end = at + LENGTH_BYTES <= joined.length ? at + LENGTH_BYTES + view.getUint32(at) : Infinity;
    if (end > joined.length) throw damaged();
    parts.push(joined.slice(at + LENGTH_BYTES, end));
    at = end;
  }
  if (parts.length !== count) throw damaged();
  return parts as Tuple<Count>;
}

function damaged(): CryptoError {
  return new CryptoError('BAD_STATE', 'stored parts: their lengths are wrong');
}
