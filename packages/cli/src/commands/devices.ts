// `sirdas devices [list | link | approve LINE | rename NAME | revoke ID-OR-NAME]`: the devices of the account. A new one is let in only by somebody
// who compares its number and knows the passphrase of this vault (THREATS 35).
import { type Device, formatInviteLink, type Sirdas, SirdasError, toHex } from '@sirdas/client';
import { isPassphraseOf, readVaultProtection } from '@sirdas/client/node';
import { connectOnce, needAccount, readHome, withAccount } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { describeFailure } from '../describe-failure.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { nameCommand } from '../home.ts';
import { formatJsonLine } from '../json-line.ts';
import { chooseConfirmation, ProgressLine } from '../linking-console.ts';
import { askLine, askSecret } from '../prompt.ts';
import { readGivenPassphrase } from '../protection.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import { type Options, readSwitch, takeArguments } from './command.ts';

type Action = (sirdas: Sirdas, console: Console, options: Options) => Promise<void>;

export async function runDevices(console: Console, options: Options): Promise<number> {
  const action = chooseAction(console, options);
  return await withAccount(console, options, async (sirdas) => {
    await action(sirdas, console, options);
    return EXIT_STATUS.done;
  });
}

function chooseAction(console: Console, options: Options): Action {
  const { arguments: names } = console.words;
  const [name = 'list'] = options.positionals;
  switch (name) {
    case 'list':
      takeArguments(options, options.positionals.slice(0, 1));
      return list;
    case 'link':
      takeArguments(options, ['link']);
      return showRelay;
    case 'approve': {
      const mayAsk = console.isInteractive && options.positionals.length === 1;
      takeArguments(options, mayAsk ? ['approve'] : ['approve', names.OFFER]);
      chooseConfirmation(console, options);
      return approve;
    }
    case 'rename':
      takeArguments(options, ['rename', names.DEVICE_NAME]);
      return rename;
    case 'revoke':
      takeArguments(options, ['revoke', names.DEVICE]);
      return revoke;
    default:
      throw new CommandError('BAD_VALUE', name);
  }
}

/** As the relay has them now, or as they are known here when it cannot be reached. */
async function list(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  try {
    await connectOnce(sirdas, options);
  } catch (error) {
    if (!(error instanceof SirdasError)) throw error;
    for (const line of describeFailure(error, console).lines) warn(console, line);
  }
  const { devices: words } = console.words;
  const date = new Intl.DateTimeFormat(console.language === 'tr' ? 'tr' : 'en-GB', { dateStyle: 'long' });
  for (const device of sirdas.devices.list()) {
    if (readSwitch(options, 'json')) {
      print(console, formatJsonLine(describeDevice(device)));
      continue;
    }
    const parts = [device.id, toSafeLine(device.name), words.since(date.format(device.addedMs))];
    print(console, [...parts, ...(device.isThis ? [words.isThis] : [])].join('  '));
  }
}

/** What a person types on the new device: the address, where it speaks TLS on the usual terms, and a link that always works. */
async function showRelay(sirdas: Sirdas, console: Console): Promise<void> {
  const { relay } = needAccount(sirdas);
  const { host, port: tcpPort, fingerprint: relayFingerprint, plaintext } = relay;
  const address = `${host.includes(':') ? `[${host}]` : host}:${tcpPort}`;
  const command = `${nameCommand(console.environment)} link-device ${address}`;
  if (console.isInteractive && !plaintext) warn(console, console.words.devices.relay(command));
  const invite = { host, tcpPort, relayFingerprint, token: new Uint8Array(), plaintext };
  print(console, formatInviteLink('https://localhost:6443', invite).replace(/^.*#/, ''));
}

async function approve(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const [, given] = options.positionals;
  const confirm = chooseConfirmation(console, options);
  await connectOnce(sirdas, options);
  const progress = new ProgressLine(console);
  const device = await sirdas.devices.approve(
    given ?? (await askLine(console, console.words.linking.askOffer)),
    {
      confirm,
      authorise: (signal) => askPassphraseAgain(console, options, signal),
      history: !readSwitch(options, 'no-history'),
      onProgress: (fraction) => progress.show(fraction),
    },
  );
  progress.end();
  if (readSwitch(options, 'json')) print(console, formatJsonLine(describeDevice(device)));
  else print(console, console.words.linking.added(toSafeLine(device.name)));
}

/** Without a terminal it is the one that was given to open the vault. */
async function askPassphraseAgain(console: Console, options: Options, signal: AbortSignal): Promise<boolean> {
  const home = readHome(console, options);
  if ((await readVaultProtection(home)) !== 'passphrase') return true;
  const passphrase = console.isInteractive
    ? await askSecret(console, console.words.linking.passphraseAgain)
    : readGivenPassphrase(console, options);
  signal.throwIfAborted();
  if (passphrase !== null && (await isPassphraseOf(home, passphrase))) return true;
  throw new SirdasError('WRONG_PASSPHRASE', 'the passphrase that was given once more is another one');
}

async function rename(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const [, name = ''] = options.positionals;
  await connectOnce(sirdas, options);
  await sirdas.devices.rename(name);
  if (console.isInteractive) print(console, console.words.devices.renamed(toSafeLine(name)));
}

async function revoke(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const [, wanted = ''] = options.positionals;
  await connectOnce(sirdas, options);
  const device = findDevice(sirdas.devices.list(), wanted);
  const { devices: words, linking } = console.words;
  const name = toSafeLine(device.name);
  if (console.isInteractive && !device.isThis) {
    const answer = await askLine(console, words.askRemove(name));
    if (!answer.toLocaleLowerCase(console.language).startsWith(linking.yes)) {
      print(console, words.kept);
      return;
    }
  }
  await sirdas.devices.revoke(device.id);
  if (console.isInteractive) print(console, words.removed(name));
}

/** By its whole id, or by its name where only one has it. Throws UNKNOWN_DEVICE. */
function findDevice(devices: readonly Device[], wanted: string): Device {
  const byId = devices.find(({ id }) => id === wanted);
  const [byName, ...others] = devices.filter(({ name }) => name === wanted);
  const found = byId ?? (others.length === 0 ? byName : undefined);
  if (found) return found;
  throw new SirdasError('UNKNOWN_DEVICE', 'no device, or more than one, is called that');
}

function describeDevice({ id, name, signatureKey, addedMs, isThis }: Device): object {
  return { v: 1, type: 'device', id, name, signatureKey: toHex(signatureKey), addedMs, isThis };
}
