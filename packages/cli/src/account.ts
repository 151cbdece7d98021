// Opens the account of this computer for one command, and closes it whatever happens. Called by all commands that need one.
import { hostname } from 'node:os';
import { type Account, type Sirdas, SirdasError } from '@sirdas/client';
import { changeProtection, openSirdas, readVaultProtection } from '@sirdas/client/node';
import { type Options, readNumber, readSwitch, readText } from './commands/command.ts';
import type { Console } from './console.ts';
import { findHome } from './home.ts';
import { chooseNewProtection, chooseProtection } from './protection.ts';

const STANDARD_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 86_400;
const MAX_DEVICE_NAME_LENGTH = 32;

/** The folder of the account, as the options and the environment say. */
export function readHome(console: Console, options: Options): string {
  return findHome(readText(options, 'home'), console.environment);
}

/** True when the folder holds a vault; it may still be one without an account. */
export async function hasVault(home: string): Promise<boolean> {
  return (await readVaultProtection(home)) !== 'absent';
}

/** For an account that exists. Throws NO_ACCOUNT, and as chooseProtection and openSirdas do. */
export async function withAccount<Result>(
  console: Console,
  options: Options,
  action: (sirdas: Sirdas, account: Account) => Promise<Result>,
): Promise<Result> {
  const home = readHome(console, options);
  if (!(await hasVault(home))) throw new SirdasError('NO_ACCOUNT', 'there is no vault in this folder');
  return await withVault(console, options, async (sirdas) => {
    // A join that was interrupted is brought to its end first.
    if (sirdas.account === null && sirdas.hasUnfinishedJoin) await sirdas.connect({ firstFailure: true });
    return await action(sirdas, needAccount(sirdas));
  });
}

/** For a vault that may be new or without an account. Whether its relay may do without TLS is decided when it joins. */
export async function withVault<Result>(
  console: Console,
  options: Options,
  action: (sirdas: Sirdas) => Promise<Result>,
): Promise<Result> {
  const folder = readHome(console, options);
  const protection = await chooseProtection(console, options, folder);
  const sirdas = await openSirdas({ folder, protection, allowPlaintext: true });
  try {
    return await action(sirdas);
  } finally {
    await sirdas.close();
  }
}

/**
 * Before joining: a vault without protection that holds no account was left by a join that failed. What protects it is
 * chosen again, so that a passphrase given now is not ignored.
 */
export async function protectEmptyVault(console: Console, options: Options): Promise<void> {
  const folder = readHome(console, options);
  const unprotected = { kind: 'unprotected' } as const;
  if ((await readVaultProtection(folder)) !== 'unprotected' || readSwitch(options, 'no-passphrase')) return;
  const sirdas = await openSirdas({ folder, protection: unprotected });
  const isEmpty = sirdas.account === null;
  await sirdas.close();
  if (isEmpty)
    await changeProtection({ folder, protection: unprotected }, await chooseNewProtection(console, options));
}

/** Throws ACCOUNT_EXISTS. */
export function needEmptyVault(sirdas: Sirdas): void {
  if (sirdas.account !== null) throw new SirdasError('ACCOUNT_EXISTS', 'this vault holds an account already');
}

export function needAccount(sirdas: Sirdas): Account {
  if (sirdas.account === null) throw new SirdasError('NO_ACCOUNT', 'this vault holds no account');
  return sirdas.account;
}

/** Connects now or says why not; a relay that answers nothing at all is given up after `--timeout`. */
export async function connectOnce(sirdas: Sirdas, options: Options): Promise<void> {
  const signal = AbortSignal.timeout(readTimeoutMs(options));
  try {
    await sirdas.connect({ firstFailure: true, signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new SirdasError('UNREACHABLE', 'the relay did not answer in time', { cause });
  }
}

export function readTimeoutMs(options: Options): number {
  const limits = { standard: STANDARD_TIMEOUT_SECONDS, min: 1, max: MAX_TIMEOUT_SECONDS };
  return 1000 * readNumber(options, 'timeout', limits);
}

/** What this device is called where nobody said. */
export function standardDeviceName(): string {
  const name = hostname().replaceAll(/[^\p{L}\p{N} ._-]/gu, '');
  return [...name].slice(0, MAX_DEVICE_NAME_LENGTH).join('') || 'terminal';
}
