// The judge of the fault tests must itself be able to condemn: forged histories, each with one known fault.
import { describe, expect, test } from 'vitest';
import {
  judgeHistory,
  type NumberedMessage,
  percentile,
  type SavedMessage,
} from './message-history.testkit.ts';

const CLEAN = { acked: 150, lost: 0, lostAccepted: 0, shownTwice: 0, misordered: 0, invented: 0 };

describe('judgeHistory', () => {
  const saved: SavedMessage[] = ['ayşe', 'burak'].flatMap((sender) =>
    Array.from({ length: 100 }, (_, i) => ({ sender, number: i + 1, isAccepted: i < 75 })),
  );
  // Two senders take turns; their messages may stand in any order to each other.
  const shown: NumberedMessage[] = Array.from({ length: 100 }, (_, i) => i + 1).flatMap((number) => [
    { sender: 'burak', number },
    { sender: 'ayşe', number },
  ]);

  test('finds nothing in a history without a fault', () => {
    expect(judgeHistory(saved, shown)).toEqual(CLEAN);
  });

  test('finds a lost message, and knows whether it had been accepted', () => {
    const isLost = ({ sender, number }: NumberedMessage) =>
      sender === 'ayşe' && (number === 7 || number === 99);
    const verdict = judgeHistory(
      saved,
      shown.filter((message) => !isLost(message)),
    );
    expect(verdict).toEqual({ ...CLEAN, lost: 2, lostAccepted: 1 });
  });

  test('finds a lost tail, which leaves no hole behind it', () => {
    expect(judgeHistory(saved, shown.slice(0, -2))).toEqual({ ...CLEAN, lost: 2 });
  });

  test('finds a message that is shown twice', () => {
    expect(judgeHistory(saved, [...shown.slice(0, 4), ...shown.slice(3)])).toEqual({
      ...CLEAN,
      shownTwice: 1,
    });
  });

  test('finds a message that is shown again later', () => {
    expect(judgeHistory(saved, [...shown, ...shown.slice(20, 21)])).toEqual({
      ...CLEAN,
      shownTwice: 1,
      misordered: 1,
    });
  });

  test('finds two messages of one sender that have changed places', () => {
    const swapped = shown.with(10, shown[12] ?? fail()).with(12, shown[10] ?? fail());
    expect(judgeHistory(saved, swapped)).toEqual({ ...CLEAN, misordered: 1 });
  });

  test('finds a message that nobody had saved', () => {
    expect(judgeHistory(saved, [...shown, { sender: 'ayşe', number: 101 }])).toEqual({
      ...CLEAN,
      invented: 1,
    });
  });
});

test('percentile takes the worst of a few and the 99th of a hundred', () => {
  expect(percentile([], 0.99)).toBe(0);
  expect(percentile([3, 1, 2], 0.99)).toBe(3);
  expect(
    percentile(
      Array.from({ length: 200 }, (_, i) => i + 1),
      0.99,
    ),
  ).toBe(198);
});

function fail(): never {
  throw new Error('not reached');
}
