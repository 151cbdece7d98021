// A pair notices what is lost, comes twice or comes late.
import { describe, expect, it } from 'vitest';
import { Pair, Tally } from './pair.ts';
import { makePayload, writeStamp } from './payload.ts';

function receive(seqs: readonly number[]): Tally {
  const tally = new Tally();
  const pair = new Pair(tally);
  const payload = makePayload();
  for (const seq of seqs) {
    writeStamp(payload, 0, seq, 0);
    pair.receiverEvents.onMessage(payload, 0);
  }
  return tally;
}

describe('pair', () => {
  it('finds nothing wrong with what comes in order', () => {
    expect(receive([1, 2, 3])).toMatchObject({ received: 3, duplicates: 0, misordered: 0 });
  });

  it('counts what comes twice', () => {
    expect(receive([1, 2, 2, 1])).toMatchObject({ received: 4, duplicates: 2, misordered: 0 });
  });

  it('counts what comes after a later one', () => {
    expect(receive([2, 1, 5, 4, 3])).toMatchObject({ received: 5, duplicates: 0, misordered: 3 });
  });

  it('counts beyond the numbers it has room for at first', () => {
    expect(receive([200_000, 1, 200_000])).toMatchObject({ duplicates: 1, misordered: 1 });
  });

  it('times acceptances from the sending of the oldest message', () => {
    const tally = new Tally();
    tally.isRecording = true;
    const pair = new Pair(tally);
    pair.send(0);
    pair.send(0);
    pair.senderEvents.onAccepted(2);
    expect(tally.acceptanceUs).toHaveLength(2);
    expect(pair.inFlight).toBe(0);
  });
});
