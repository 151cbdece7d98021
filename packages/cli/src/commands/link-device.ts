// `sirdas link-device [LINK | HOST[:PORT]]`: makes this computer a device of an account that a person has elsewhere. Shows the offer
// for `sirdas devices approve`, then the number that both devices show, and takes over what the other one hands over.
import { type Account, type RelayAddress, type Sirdas, SirdasError } from '@sirdas/client';
import { needEmptyVault, protectEmptyVault, standardDeviceName, withVault } from '../account.ts';
import { parseHostAndPort, readRelayFingerprint } from '../classic/relay-fingerprint.ts';
import { type Console, print, warn } from '../console.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { nameCommand } from '../home.ts';
import { formatJsonLine } from '../json-line.ts';
import { chooseConfirmation, ProgressLine } from '../linking-console.ts';
import { askLine } from '../prompt.ts';
import { awaitReturn } from '../rejoining.ts';
import { BLACK } from '../terminal/background.ts';
import { drawQrCode } from '../terminal/qr-code.ts';
import { type Options, readSwitch, readText, takeArguments } from './command.ts';
import { checkInvite, cleanLink } from './join.ts';

const STANDARD_PORT = 6000;

export async function runLinkDevice(console: Console, options: Options): Promise<number> {
  const confirm = chooseConfirmation(console, options);
  const relay = await chooseRelay(console, options);
  await protectEmptyVault(console, options);
  return await withVault(console, options, async (sirdas) => {
    needEmptyVault(sirdas);
    const progress = new ProgressLine(console);
    const account = await sirdas.linkDevice(relay, {
      deviceName: readText(options, 'device-name') ?? standardDeviceName(),
      onOffer: (offer) => showOffer(offer, console, options),
      confirm,
      onProgress: (fraction) => progress.show(fraction),
    });
    progress.end();
    return await welcome(sirdas, account, { console, options });
  });
}

/** The fingerprint of a relay that is given by its address needs no comparing: it is in the offer, and the other device knows it. */
async function chooseRelay(console: Console, options: Options): Promise<RelayAddress | string> {
  const isGiven = options.positionals.length > 0 || !console.isInteractive;
  const [given] = isGiven ? takeArguments(options, [console.words.arguments.LINK]) : [];
  const typed = given ?? (await askLine(console, console.words.linking.askRelay));
  const address = parseHostAndPort(typed, STANDARD_PORT);
  if (address !== null && !isInvite(typed)) {
    return { ...address, fingerprint: await readRelayFingerprint(address), plaintext: false };
  }
  const link = cleanLink(typed);
  checkInvite(link, options);
  return link;
}

/** The part of an invite behind `#` could be the name of a host, if it were shorter. */
function isInvite(typed: string): boolean {
  try {
    checkInvite(cleanLink(typed), { values: { plaintext: true }, positionals: [] });
    return true;
  } catch (cause) {
    if (cause instanceof SirdasError) return false;
    throw cause;
  }
}

function showOffer(offer: string, console: Console, options: Options): void {
  if (readSwitch(options, 'json')) {
    print(console, formatJsonLine({ v: 1, type: 'linking-offer', offer }));
    return;
  }
  if (console.isInteractive) warn(console, console.words.linking.offer(nameCommand(console.environment)));
  print(console, offer);
  if (!console.isInteractive || readSwitch(options, 'no-qr')) return;
  const surface = { depth: console.depth, isDark: console.background === BLACK };
  for (const row of drawQrCode(offer, surface)) warn(console, row);
}

async function welcome(
  sirdas: Sirdas,
  { nickname, device, deviceName }: Account,
  { console, options }: { readonly console: Console; readonly options: Options },
): Promise<number> {
  if (readSwitch(options, 'json')) {
    print(console, formatJsonLine({ v: 1, type: 'linked', nickname, device, deviceName }));
  } else print(console, console.words.linking.linked(nickname));
  const status = await awaitReturn(sirdas, console, options);
  if (console.isInteractive && status === EXIT_STATUS.done) {
    const home = readText(options, 'home');
    const command = nameCommand(console.environment);
    warn(console, console.words.join.next(home === null ? command : `${command} --home ${home}`));
  }
  return status;
}
