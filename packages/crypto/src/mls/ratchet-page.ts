// A page of ratchets as bytes for the vault: for every leaf one byte that says whether there is a member, then its two ratchets.
import { concatBytes, encodeUint32 } from '@sirdas/protocol';
import { CryptoError } from '../errors.ts';
import type { LeafRatchets, MessageKey, Ratchet, RatchetPage } from './ratchet.ts';

export function encodePage(page: RatchetPage): Uint8Array {
  return concatBytes(
    page.flatMap((leaf) =>
      leaf
        ? [Uint8Array.of(1), ...encodeRatchet(leaf.handshake), ...encodeRatchet(leaf.application)]
        : [Uint8Array.of(0)],
    ),
  );
}

/** Throws BAD_STATE. */
export function decodePage(bytes: Uint8Array): RatchetPage {
  const reader = new PageReader(bytes);
  const page: (LeafRatchets | null)[] = [];
  while (!reader.isDone()) {
    const isMember = reader.readByte() === 1;
    page.push(isMember ? { handshake: readRatchet(reader), application: readRatchet(reader) } : null);
  }
  return page;
}

function encodeRatchet({ generation, secret, skipped }: Ratchet): Uint8Array[] {
  return [
    encodeUint32(generation),
    Uint8Array.of(secret.length),
    secret,
    Uint8Array.of(skipped.length),
    ...skipped.flatMap((key) => [
      encodeUint32(key.generation),
      Uint8Array.of(key.key.length),
      key.key,
      Uint8Array.of(key.nonce.length),
      key.nonce,
    ]),
  ];
}

function readRatchet(reader: PageReader): Ratchet {
  const generation = reader.readUint32();
  const secret = reader.readBytes();
  const skipped: MessageKey[] = [];
  for (let left = reader.readByte(); left > 0; left--) {
    skipped.push({ generation: reader.readUint32(), key: reader.readBytes(), nonce: reader.readBytes() });
  }
  return { generation, secret, skipped };
}

class PageReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  readByte(): number {
    return this.#take(1)[0] ?? 0;
  }

  readUint32(): number {
    const four = this.#take(4);
    return new DataView(four.buffer, four.byteOffset).getUint32(0);
  }

  readBytes(): Uint8Array {
    return this.#take(this.readByte());
  }

  /** A copy: what is read must not keep the whole page alive. */
  #take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#at, this.#at + length);
    if (taken.length !== length) throw new CryptoError('BAD_STATE', 'a page of ratchets is too short');
    this.#at += length;
    return taken;
  }
}
