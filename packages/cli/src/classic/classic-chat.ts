// `sirdas chat --classic`: the original program whole. It asks for the address and the port of a relay and for a nickname,
// joins, prints who is online, asks to whom one wants to talk, sends what is typed and prints what arrives. It is a program
// of lines: any terminal will do, and so will a pipe. The account publishes classic letters only.
import {
  colourOf,
  describeError,
  formatInviteLink,
  type Message,
  type Nickname,
  type Sirdas,
  SirdasError,
} from '@sirdas/client';
import { needAccount, protectEmptyVault, withVault } from '../account.ts';
import { type Options, readSwitch, readText } from '../commands/command.ts';
import { cleanLink, join } from '../commands/join.ts';
import type { Console } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatMessage } from '../message-lines.ts';
import { isolateDirection } from '../terminal/safe-text.ts';
import { LineInput } from './line-input.ts';
import {
  formatFingerprint,
  isOwnComputer,
  parseHostAndPort,
  readRelayFingerprint,
} from './relay-fingerprint.ts';

const STANDARD_PORT = 6000;
const STANDARD_HOST = 'localhost';
const WEB_PORT = 6443;

export async function runClassicChat(console: Console, options: Options): Promise<number> {
  await protectEmptyVault(console, options);
  return await withVault(console, options, async (sirdas) => {
    const input = new LineInput(console);
    const chat = new ClassicChat(sirdas, console, input);
    // From now on: who is online is told while joining.
    const stops = chat.listen();
    try {
      if (sirdas.account === null && !sirdas.hasUnfinishedJoin) await chat.join(options);
      await chat.talk();
    } finally {
      for (const stop of stops) stop();
      input.close();
    }
    return EXIT_STATUS.done;
  });
}

class ClassicChat {
  readonly #sirdas: Sirdas;
  readonly #console: Console;
  readonly #input: LineInput;
  #recipient: Nickname | null = null;
  #wasOnline = false;

  constructor(sirdas: Sirdas, console: Console, input: LineInput) {
    this.#sirdas = sirdas;
    this.#console = console;
    this.#input = input;
  }

  /** With the invite link of the command line, or with an address alone where the relay is open. */
  async join(options: Options): Promise<void> {
    const { prompts } = this.#console.words;
    const [given] = options.positionals;
    const link = given ?? (await this.#linkToAddress(options));
    const nickname = readText(options, 'name') ?? (await this.#input.ask(prompts.nickname));
    const joinWith = (invite: string) =>
      join(this.#sirdas, this.#console, { link: cleanLink(invite), nickname, options, classicOnly: true });
    try {
      await joinWith(link);
    } catch (error) {
      if (!(error instanceof SirdasError) || error.code !== 'INVITE_REQUIRED') throw error;
      this.#tellError(error);
      await joinWith(await this.#input.ask(prompts.invite));
    }
  }

  /** Until the input ends or /quit. */
  async talk(): Promise<void> {
    const { classic } = this.#console.words.chat;
    await this.#sirdas.connect({ firstFailure: true });
    await this.#showUnread();
    this.#input.print(classic.mark);
    for (;;) {
      if (this.#recipient === null) this.#input.setPrompt(classic.chooseRecipient);
      const line = await this.#input.next();
      if (line === null || line.trim() === '/quit') break;
      await this.#take(line);
    }
    await this.#settle();
  }

  async #linkToAddress(options: Options): Promise<string> {
    const { prompts } = this.#console.words;
    const given = readText(options, 'relay');
    const typed = given ?? ((await this.#input.ask(prompts.relayHost)) || STANDARD_HOST);
    const port =
      given ?? (/:\d+$/.test(typed) ? '' : (await this.#input.ask(prompts.relayPort)) || `${STANDARD_PORT}`);
    const address = parseHostAndPort(
      given !== null || port === '' ? typed : `${typed}:${port}`,
      STANDARD_PORT,
    );
    if (address === null) throw new CommandError('BAD_ADDRESS', typed);
    const isPlain = readSwitch(options, 'plaintext');
    const relayFingerprint = isPlain ? new Uint8Array(32) : await readRelayFingerprint(address);
    if (!isPlain && !isOwnComputer(address.host))
      await this.#confirmFingerprint(address.host, relayFingerprint);
    const { host, port: tcpPort } = address;
    const invite = { host, tcpPort, relayFingerprint, token: new Uint8Array(0), plaintext: isPlain };
    return formatInviteLink(`https://${host}:${WEB_PORT}`, invite);
  }

  async #confirmFingerprint(host: string, fingerprint: Uint8Array): Promise<void> {
    const { prompts } = this.#console.words;
    this.#input.print(prompts.fingerprint(host, formatFingerprint(fingerprint)));
    const answer = await this.#input.ask(prompts.trustFingerprint);
    if (!answer.toLocaleLowerCase(this.#console.language).startsWith(prompts.yes)) {
      throw new CommandError('RELAY_NOT_TRUSTED');
    }
  }

  /** Tells what happens; the functions it returns end that. */
  listen(): (() => void)[] {
    const { words } = this.#console;
    return [
      this.#sirdas.on('message', ({ message }) => {
        if (message.direction === 'in') void this.#show(message);
      }),
      this.#sirdas.on('delivery', ({ message }) => this.#tellFailure(message)),
      this.#sirdas.on('presence', ({ online, change }) => {
        if (change === null) this.#printNames(online.map(({ nickname }) => nickname));
        else if (change.nickname !== this.#sirdas.account?.nickname) {
          const tell = change.online ? words.chat.cameOnline : words.chat.wentOffline;
          this.#input.print(`* ${tell(change.nickname)}`);
        }
      }),
      this.#sirdas.on('link', ({ link }) => {
        if (link.state === 'online') this.#wasOnline = true;
        if (link.state === 'offline' && this.#wasOnline) {
          this.#wasOnline = false;
          this.#input.print(`* ${words.chat.classic.disconnected}`);
        }
      }),
      this.#sirdas.on('refused', ({ error }) => this.#tellError(new SirdasError(error, 'refused'))),
    ];
  }

  async #take(line: string): Promise<void> {
    const [, command, argument = ''] = /^\/(\w+)\s*(.*)$/.exec(line) ?? [];
    try {
      if (command === 'names') this.#printNames(this.#sirdas.online().map(({ nickname }) => nickname));
      else if (command === 'to') await this.#choose(argument);
      else if (line.trim() === '') return;
      else if (this.#recipient === null) await this.#choose(line);
      else await this.#sirdas.send(this.#recipient, line);
    } catch (error) {
      if (!(error instanceof SirdasError)) throw error;
      this.#tellError(error);
    }
  }

  async #choose(typed: string): Promise<void> {
    const { nickname } = await this.#sirdas.lookUp(typed.trim());
    this.#recipient = nickname;
    this.#input.print(this.#console.words.chat.classic.talkingTo(nickname));
    this.#input.setPrompt(`${nickname}> `);
  }

  async #show(message: Message): Promise<void> {
    const place = { self: needAccount(this.#sirdas).nickname, group: null };
    for (const line of formatMessage(message, this.#console, place)) this.#input.print(line);
    await this.#sirdas.markRead(message.conversation, message.position);
  }

  async #showUnread(): Promise<void> {
    for (const { id, unread } of this.#sirdas.conversations().toReversed()) {
      if (unread === 0) continue;
      const messages = await this.#sirdas.messages(id, { limit: unread });
      for (const message of messages.toReversed()) if (message.direction === 'in') await this.#show(message);
    }
  }

  /** At the end of a pipe what was typed last is still on its way. */
  async #settle(): Promise<void> {
    for (const { lastMessage } of this.#sirdas.conversations()) {
      if (lastMessage?.delivery !== 'queued') continue;
      await this.#sirdas
        .waitUntilAccepted(lastMessage.id, { signal: AbortSignal.timeout(SETTLE_MS) })
        .catch(() => {});
    }
  }

  #printNames(online: readonly Nickname[]): void {
    const { classic } = this.#console.words.chat;
    const own = needAccount(this.#sirdas).nickname;
    const others = online.filter((nickname) => nickname !== own);
    this.#input.print(others.length === 0 ? classic.nobody : classic.whoIsOnline);
    for (const nickname of others) {
      const person = this.#sirdas.online().find((candidate) => candidate.nickname === nickname);
      const colour = colourOf(person ?? { nickname, chosenColour: null }, this.#console.background);
      this.#input.print(`  ${this.#console.paint(isolateDirection(nickname), { colour })}`);
    }
  }

  #tellFailure({ delivery, failure }: Message): void {
    if (delivery === 'failed') this.#tellError(new SirdasError(failure ?? 'INTERNAL', 'not delivered'));
  }

  #tellError({ code }: SirdasError): void {
    const { what, advice } = describeError(code, this.#console.language);
    this.#input.print(`! ${what} ${advice}`);
  }
}

const SETTLE_MS = 10_000;
