// `sirdas verify NAME`: the safety number of a contact, to be compared over another channel. --confirm marks the contact
// as verified, --accept goes on with a changed key; --group GROUP shows the digits that all members of a group see. Asks the relay for the newest records when it can be reached.
import { type Contact, type Sirdas, SirdasError } from '@sirdas/client';
import { connectOnce, withAccount } from '../account.ts';
import { groupDigits } from '../chat/panel.ts';
import { type Console, print, warn } from '../console.ts';
import { describeFailure } from '../describe-failure.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { connectAndCatchUp, findGroup } from '../find-conversation.ts';
import { nameCommand } from '../home.ts';
import { askLine } from '../prompt.ts';
import { BLACK } from '../terminal/background.ts';
import { drawQrCode } from '../terminal/qr-code.ts';
import { isolateDirection, toSafeName } from '../terminal/safe-text.ts';
import { type Options, readSwitch, readText, takeArguments } from './command.ts';

export async function runVerify(console: Console, options: Options): Promise<number> {
  const group = readText(options, 'group');
  if (group !== null) return await checkGroup(console, options, group);
  const [name = ''] = takeArguments(options, [console.words.arguments.NAME]);
  return await withAccount(console, options, async (sirdas) => {
    const contact = await findContact(sirdas, name, { console, options });
    const number = sirdas.safetyNumber(contact.nickname);
    showNumber(contact, number, console, readSwitch(options, 'no-qr'));
    if (readSwitch(options, 'accept') && contact.changedKey !== null) {
      await sirdas.acceptKeyChange(contact.nickname, contact.changedKey);
      print(console, console.words.verify.accepted(contact.nickname));
    }
    if (readSwitch(options, 'confirm')) return await confirm(sirdas, contact, { number, console });
    return EXIT_STATUS.done;
  });
}

async function checkGroup(console: Console, options: Options, given: string): Promise<number> {
  takeArguments(options, []);
  return await withAccount(console, options, async (sirdas) => {
    await connectAndCatchUp(sirdas, options);
    const { id, name } = findGroup(sirdas, given);
    const { digits, epoch } = await sirdas.groups.check(id);
    const { chat, group } = console.words;
    print(console, group.check(isolateDirection(toSafeName(name, chat.unnamedGroup))));
    print(console);
    for (const line of groupDigits(digits)) print(console, `  ${console.paint(line, { bold: true })}`);
    if (console.isInteractive) warn(console, `\n${chat.panels.checkAdvice(epoch)}`);
    return EXIT_STATUS.done;
  });
}

/** What the relay says now, or what is known here when it cannot be reached. */
async function findContact(
  sirdas: Sirdas,
  name: string,
  { console, options }: { readonly console: Console; readonly options: Options },
): Promise<Contact> {
  try {
    await connectOnce(sirdas, options);
    return await sirdas.lookUp(name);
  } catch (error) {
    const known = sirdas.contacts().find(({ nickname }) => nickname === name);
    if (known === undefined || !(error instanceof SirdasError)) throw error;
    for (const line of describeFailure(error, console).lines) warn(console, line);
    return known;
  }
}

function showNumber(contact: Contact, number: string, console: Console, isPlain: boolean): void {
  const { verify: words } = console.words;
  const { nickname, verifiedMs, changedKey } = contact;
  const date = new Intl.DateTimeFormat(console.language, { dateStyle: 'long' });
  print(console, words.title(nickname));
  print(console);
  for (const line of groupDigits(number)) print(console, `  ${console.paint(line, { bold: true })}`);
  print(console);
  if (changedKey !== null) print(console, words.changed);
  print(console, verifiedMs === null ? words.notVerified : words.verifiedOn(date.format(verifiedMs)));
  if (!console.isInteractive) return;
  if (!isPlain) {
    const surface = { depth: console.depth, isDark: console.background === BLACK };
    for (const row of drawQrCode(number.replaceAll(' ', ''), surface)) warn(console, row);
  }
  warn(console, `${words.advice}  ${nameCommand(console.environment)} verify ${nickname} --confirm`);
}

/** On a terminal the person is asked; a script says it with the option alone. */
async function confirm(
  sirdas: Sirdas,
  { nickname }: Contact,
  { number, console }: { readonly number: string; readonly console: Console },
): Promise<number> {
  const { prompts, verify } = console.words;
  if (console.isInteractive) {
    const answer = await askLine(console, prompts.sameNumber);
    if (!answer.toLocaleLowerCase(console.language).startsWith(prompts.yes)) return EXIT_STATUS.trust;
  }
  await sirdas.markVerified(nickname, number);
  print(console, verify.confirmed(nickname));
  return EXIT_STATUS.done;
}
