// Proof of work for open registration (SPEC §4.3). Called by the client when a relay's Hello asks for it. Millions of small
// hashes: synchronous, in slices between which the program stays responsive and can give up.
import { sha256 } from '@noble/hashes/sha2.js';
import { LABELS, labelledInput } from '@sirdas/protocol';
import { CryptoError } from './errors.ts';

/** About two minutes; a relay that asks for more wants to keep the client busy, not spammers out. */
const MAX_BITS = 26;
const WORK_BYTES = 8;
/** Some 20 ms on a slow machine. */
const HASHES_PER_SLICE = 8192;

export interface ProofOfWorkTask {
  /** `Hello.nonce`, 32 bytes. */
  readonly relayNonce: Uint8Array;
  /** The record to be claimed, encoded. */
  readonly record: Uint8Array;
  /** `Hello.proof_of_work_bits`. */
  readonly bits: number;
  readonly signal?: AbortSignal;
}

/** The 8 bytes of `Claim.proof_of_work`. Throws WORK_TOO_HARD, or the signal's reason when it is aborted. */
export async function solveProofOfWork(task: ProofOfWorkTask): Promise<Uint8Array<ArrayBuffer>> {
  // CRY-018
  if (task.bits > MAX_BITS)
    throw new CryptoError('WORK_TOO_HARD', 'the relay asks for too much proof of work');
  const work = new Uint8Array(WORK_BYTES);
  const input = labelledInput(LABELS.proofOfWork, [task.relayNonce, task.record, work]);
  const common = sha256.create().update(input.subarray(0, input.length - WORK_BYTES));
  for (;;) {
    task.signal?.throwIfAborted();
    for (let i = 0; i < HASHES_PER_SLICE; i++) {
      if (countLeadingZeroBits(common.clone().update(work).digest()) >= task.bits) return work;
      increment(work);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Little-endian. */
function increment(counter: Uint8Array): void {
  for (let i = 0; i < counter.length; i++) {
    counter[i] = (counter[i] ?? 0) + 1;
    if (counter[i] !== 0) return;
  }
}

function countLeadingZeroBits(hash: Uint8Array): number {
  const zeroBytes = hash.findIndex((byte) => byte !== 0);
  if (zeroBytes < 0) return hash.length * 8;
  return zeroBytes * 8 + Math.clz32(hash[zeroBytes] ?? 0) - 24;
}
