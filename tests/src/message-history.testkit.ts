// The judge of the fault tests: compares what senders had saved with what the receiver shows. Knows nothing of sırdaş, only
// numbered messages, so that it can be proven by itself (message-history.test.ts). THREATS §3: the zeros.

/** One message as its sender numbered it: 1, 2, 3 … for each sender. */
export interface NumberedMessage {
  readonly sender: string;
  readonly number: number;
}

export interface SavedMessage extends NumberedMessage {
  /** The sender was told that the relay has it for good. */
  readonly isAccepted: boolean;
}

export interface Verdict {
  /** Messages that the relay had accepted. */
  readonly acked: number;
  /** Saved by the sender (accepted ones among them), never shown. */
  readonly lost: number;
  readonly lostAccepted: number;
  readonly shownTwice: number;
  /** Shown after a later one of the same sender. */
  readonly misordered: number;
  /** Shown, though no sender had saved them. */
  readonly invented: number;
}

export function judgeHistory(saved: readonly SavedMessage[], shown: readonly NumberedMessage[]): Verdict {
  const savedKeys = new Set(saved.map(keyOf));
  const shownKeys = new Set(shown.map(keyOf));
  const lost = saved.filter((message) => !shownKeys.has(keyOf(message)));
  return {
    acked: saved.filter((message) => message.isAccepted).length,
    lost: lost.length,
    lostAccepted: lost.filter((message) => message.isAccepted).length,
    shownTwice: shown.length - shownKeys.size,
    misordered: countMisordered(shown),
    invented: [...shownKeys].filter((key) => !savedKeys.has(key)).length,
  };
}

/** The smallest value that at least the given share of the others do not exceed; 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function countMisordered(shown: readonly NumberedMessage[]): number {
  const highest = new Map<string, number>();
  let misordered = 0;
  for (const { sender, number } of shown) {
    const before = highest.get(sender) ?? 0;
    if (number < before) misordered++;
    highest.set(sender, Math.max(before, number));
  }
  return misordered;
}

function keyOf({ sender, number }: NumberedMessage): string {
  return `${sender} ${number}`;
}
