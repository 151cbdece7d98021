// Randomness that is the same in every run, for tests whose outcome would otherwise hang on it, however seldom.
import { concatBytes, encodeUtf8 } from '@sirdas/protocol';
import { hashBytes } from './hash.ts';
import type { RandomSource } from './random.ts';

export function seededRandom(seed: string): RandomSource {
  let block = 0;
  return (lengthBytes) => {
    const blocks: Uint8Array[] = [];
    for (let length = 0; length < lengthBytes; length += 32)
      blocks.push(hashBytes(encodeUtf8(`${seed} ${block++}`)));
    return concatBytes(blocks).slice(0, lengthBytes);
  };
}
