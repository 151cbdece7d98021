// Waits until the conversations of a device that came anew have let it in again. Used by the commands link-device and import.
import { type Conversation, type Sirdas, SirdasError } from '@sirdas/client';
import { connectOnce, readTimeoutMs } from './account.ts';
import type { Options } from './commands/command.ts';
import { type Console, warn } from './console.ts';
import { describeFailure } from './describe-failure.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { toSafeLine } from './terminal/safe-text.ts';

/**
 * The account is here already. Its status says how far the rest got: all of it; no connection, so that the next command goes on; or
 * conversations in which nobody is online who could let this device in (docs/exit-codes.md).
 */
export async function awaitReturn(sirdas: Sirdas, console: Console, options: Options): Promise<number> {
  try {
    await connectOnce(sirdas, options);
  } catch (error) {
    if (!(error instanceof SirdasError)) throw error;
    const { lines, status } = describeFailure(error, console);
    for (const line of lines) warn(console, line);
    return status;
  }
  const away = listAway(sirdas);
  if (away.length === 0) return EXIT_STATUS.done;
  await waitForAll(sirdas, console, { all: away.length, timeoutMs: readTimeoutMs(options) });
  const left = listAway(sirdas);
  for (const conversation of left) warn(console, console.words.transfer.notBack(nameOf(conversation)));
  return left.length === 0 ? EXIT_STATUS.done : EXIT_STATUS.undelivered;
}

function listAway(sirdas: Sirdas): Conversation[] {
  return sirdas.conversations().filter(({ state }) => state === 'broken');
}

async function waitForAll(
  sirdas: Sirdas,
  console: Console,
  { all, timeoutMs }: { readonly all: number; readonly timeoutMs: number },
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let shown = -1;
  const look = () => {
    const back = all - listAway(sirdas).length;
    if (console.isInteractive && back !== shown) warn(console, console.words.transfer.rejoining(back, all));
    shown = back;
    if (back === all) resolve();
  };
  const stop = sirdas.on('conversation', look);
  const timer = setTimeout(resolve, timeoutMs);
  look();
  await promise;
  clearTimeout(timer);
  stop();
}

function nameOf({ kind, name, with: other }: Conversation): string {
  return kind === 'group' ? toSafeLine(name) : (other ?? '');
}
