// `sirdas names`: who is online now, one nickname per line.
import { colourOf, type OnlinePerson, type Sirdas } from '@sirdas/client';
import { connectOnce, withAccount } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatJsonLine } from '../json-line.ts';
import { isolateDirection } from '../terminal/safe-text.ts';
import { type Options, readSwitch, takeArguments } from './command.ts';

export async function runNames(console: Console, options: Options): Promise<number> {
  takeArguments(options, []);
  return await withAccount(console, options, async (sirdas, account) => {
    const online = await readOnline(sirdas, options);
    const isJson = readSwitch(options, 'json');
    for (const person of online) {
      const { nickname, chosenColour } = person;
      const isSelf = nickname === account.nickname;
      if (isJson) print(console, formatJsonLine({ v: 1, type: 'person', nickname, chosenColour, isSelf }));
      else print(console, formatPerson(person, isSelf, console));
    }
    const isAlone = online.every(({ nickname }) => nickname === account.nickname);
    if (isAlone && console.isInteractive && !isJson) warn(console, console.words.names.nobody);
    return EXIT_STATUS.done;
  });
}

async function readOnline(sirdas: Sirdas, options: Options): Promise<readonly OnlinePerson[]> {
  const { promise: told, resolve } = Promise.withResolvers<readonly OnlinePerson[]>();
  sirdas.on('presence', ({ online }) => resolve(online));
  await connectOnce(sirdas, options);
  return [...(await told)].sort((one, other) => one.nickname.localeCompare(other.nickname, 'tr'));
}

function formatPerson(person: OnlinePerson, isSelf: boolean, console: Console): string {
  const name = console.paint(isolateDirection(person.nickname), {
    colour: colourOf(person, console.background),
  });
  return isSelf && console.isInteractive ? `${name} ${console.words.names.you}` : name;
}
