// The command `sirdas`: reads the command line, makes the console, runs one command and ends with its status. Loaded by
// bin/sirdas.js after the version of Node was checked. Commands are loaded only when they are asked for.
import type { Language } from '@sirdas/client';
import { type CommandLine, parseCommandLine } from './commands/command-line.ts';
import { COMMANDS } from './commands/command-table.ts';
import { type Console, print, warn } from './console.ts';
import { describeFailure } from './describe-failure.ts';
import { CommandError } from './errors.ts';
import { EXIT_STATUS } from './exit-status.ts';
import { formatCommandHelp, formatHelp } from './help.ts';
import { detectLanguage, parseLanguage } from './language.ts';
import { BLACK, guessBackground } from './terminal/background.ts';
import { detectColourDepth } from './terminal/colour-depth.ts';
import { createPainter } from './terminal/paint.ts';
import { VERSION } from './version.ts';
import { wordsIn } from './words/catalogue.ts';

// A reader that has gone away (`sirdas listen | head -1`) ends the program, quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT_STATUS.done : EXIT_STATUS.local);
});
const status = await run(process.argv.slice(2));
process.stdout.write('', () => process.exit(status));

async function run(args: readonly string[]): Promise<number> {
  const environment = process.env;
  let console = makeConsole(detectLanguage(environment), false);
  try {
    const commandLine = parseCommandLine(args);
    const values = 'options' in commandLine ? commandLine.options.values : {};
    console = makeConsole(chooseLanguage(values.lang) ?? console.language, values['no-color'] === true);
    return await runCommandLine(commandLine, console);
  } catch (error) {
    const failure = describeFailure(error, console);
    for (const line of failure.lines) warn(console, line);
    return failure.status;
  }
}

async function runCommandLine(commandLine: CommandLine, console: Console): Promise<number> {
  switch (commandLine.kind) {
    case 'version':
      print(console, `sirdas ${VERSION}`);
      return EXIT_STATUS.done;
    case 'help':
      await printHelp(commandLine, console);
      return EXIT_STATUS.done;
    case 'raw':
    case 'command': {
      const spec = COMMANDS[commandLine.command];
      if ('ownOptions' in spec) {
        const runRaw = await spec.load();
        return await runRaw(console, commandLine.kind === 'raw' ? commandLine.args : []);
      }
      const runOne = await spec.load();
      return await runOne(console, commandLine.options);
    }
  }
}

async function printHelp({ command }: { readonly command: keyof typeof COMMANDS | null }, console: Console) {
  if (command === null) {
    print(console, formatHelp(console.words));
    return;
  }
  const ownOptions = command === 'relay' ? (await import('./commands/relay.ts')).listRelayOptions() : [];
  print(console, formatCommandHelp(command, console.words, ownOptions));
}

function makeConsole(language: Language, isPlain: boolean): Console {
  const environment = process.env;
  const depth = isPlain ? 'none' : detectColourDepth(environment, process.stdout.isTTY === true);
  const background =
    environment['COLORFGBG'] === undefined ? BLACK : guessBackground(environment['COLORFGBG']);
  return {
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    environment,
    language,
    words: wordsIn(language),
    depth,
    background,
    paint: process.stdout.isTTY === true ? createPainter(depth, background) : (text) => text,
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    now: Date.now,
  };
}

function chooseLanguage(given: string | boolean | undefined): Language | null {
  if (typeof given !== 'string') return null;
  const language = parseLanguage(given);
  if (language === null) throw new CommandError('BAD_VALUE', `--lang ${given}`);
  return language;
}
