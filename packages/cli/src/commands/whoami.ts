// `sirdas whoami`: the account of this computer, without a connection.
import { type Account, toHex } from '@sirdas/client';
import { withAccount } from '../account.ts';
import { type Console, print } from '../console.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatJsonLine } from '../json-line.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { type Options, readSwitch, takeArguments } from './command.ts';

export async function runWhoami(console: Console, options: Options): Promise<number> {
  takeArguments(options, []);
  return await withAccount(console, options, async (_sirdas, account) => {
    if (readSwitch(options, 'json')) print(console, formatJsonLine(describeAccount(account)));
    else printAccount(account, console);
    return EXIT_STATUS.done;
  });
}

function describeAccount(account: Account): object {
  const { nickname, displayName, chosenColour, device, deviceName, identityKey, relay, mayInvite } = account;
  return {
    v: 1,
    type: 'account',
    nickname,
    displayName,
    chosenColour,
    device,
    deviceName,
    identityKey: toHex(identityKey),
    relay: { ...relay, fingerprint: toHex(relay.fingerprint) },
    mayInvite,
  };
}

function printAccount(account: Account, console: Console): void {
  const { whoami: words } = console.words;
  const { nickname, displayName, chosenColour, deviceName, identityKey, relay, mayInvite } = account;
  const colour =
    chosenColour === null ? words.colourDerived : `#${chosenColour.toString(16).padStart(6, '0')}`;
  const facts = [
    [words.nickname, nickname],
    ...(displayName === '' ? [] : [[words.displayName, toSafeLine(displayName)]]),
    [words.colour, colour],
    [words.device, toSafeLine(deviceName)],
    [words.relay, `${relay.host}:${relay.port}`],
    [words.fingerprint, toHex(relay.fingerprint)],
    [words.identityKey, toHex(identityKey)],
    [words.mayInvite, mayInvite ? words.yes : words.no],
  ] as const;
  const width = Math.max(...facts.map(([name = '']) => name.length));
  for (const [name = '', value = ''] of facts) print(console, `${name.padEnd(width)}  ${value}`);
}
