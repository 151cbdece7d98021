// `sirdas send NAME | --group GROUP [TEXT… | -]`: saves one message, connects, and ends when the relay holds it durably. What could not
// be delivered stays in the outbox and leaves with the next command that reaches the relay.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ClientErrorCode,
  type ConversationId,
  type Message,
  type MessageId,
  type Sirdas,
  SirdasError,
} from '@sirdas/client';
import { connectOnce, readTimeoutMs, withAccount } from '../account.ts';
import { type Console, print } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { connectAndCatchUp, findGroup, findMessage, listGroups } from '../find-conversation.ts';
import { formatJsonLine } from '../json-line.ts';
import { type Options, readSwitch, readText } from './command.ts';

/** One text has at most 60 KiB; more than this is not read. */
const MAX_INPUT_BYTES = 1_048_576;

export async function runSend(console: Console, options: Options): Promise<number> {
  const group = readText(options, 'group');
  const [recipient, ...words] = group === null ? options.positionals : [group, ...options.positionals];
  if (recipient === undefined) throw new CommandError('MISSING_ARGUMENT', console.words.arguments.NAME);
  const isInput = words.length === 0 || (words.length === 1 && words[0] === '-');
  const text = isInput ? await readInput(console.input) : words.join(' ');
  return await withAccount(console, options, async (sirdas) => {
    const message = await save(sirdas, options, { recipient, isGroup: group !== null, text });
    const delay = watchDelay(sirdas, message.id);
    await connectOnce(sirdas, options);
    await waitUntilAccepted(sirdas, message.id, { delay, timeoutMs: readTimeoutMs(options) });
    const { id, conversation, sentMs } = message;
    const accepted = { v: 1, type: 'accepted', id, conversation, to: recipient, sentMs };
    if (readSwitch(options, 'json')) print(console, formatJsonLine(accepted));
    else if (console.isInteractive) print(console, console.words.send.accepted(recipient));
    return EXIT_STATUS.done;
  });
}

interface MessageToSend {
  /** A nickname, or a group by name or id. */
  readonly recipient: string;
  readonly isGroup: boolean;
  readonly text: string;
}

/** Into the outbox. A group that is not known here may be waiting at the relay. */
async function save(
  sirdas: Sirdas,
  options: Options,
  { recipient, isGroup, text }: MessageToSend,
): Promise<Message> {
  const replyTo = readText(options, 'reply-to');
  const answering = async (conversation: ConversationId) =>
    replyTo === null ? {} : { replyTo: await findMessage(sirdas, conversation, replyTo) };
  if (!isGroup) return sirdas.send(recipient, text, await answering(sirdas.conversationWith(recipient)));
  if (!isKnownGroup(sirdas, recipient)) await connectAndCatchUp(sirdas, options);
  const { id } = findGroup(sirdas, recipient);
  return await sirdas.sendTo(id, text, await answering(id));
}

function isKnownGroup(sirdas: Sirdas, given: string): boolean {
  return listGroups(sirdas).some(({ id, name }) => id === given || name === given);
}

/** Why a message has to wait, as far as that is known. */
interface Delay {
  reason: ClientErrorCode | null;
  /** Rejects when waiting is of no use, because the person has to decide something first. */
  readonly forPerson: Promise<never>;
}

function watchDelay(sirdas: Sirdas, id: MessageId): Delay {
  const { promise: forPerson, reject } = Promise.withResolvers<never>();
  // Whoever waits gets it; the connection may fail before.
  forPerson.catch(() => {});
  const delay: Delay = { reason: null, forPerson };
  sirdas.on('delayed', ({ message, error }) => {
    if (message !== id) return;
    delay.reason = error;
    if (error === 'KEY_CHANGED') reject(new SirdasError(error, 'the key of the recipient has changed'));
  });
  return delay;
}

/** Throws why the message failed for good, or in time why it has to wait: NOT_DELIVERED_IN_TIME when nobody knows. */
async function waitUntilAccepted(
  sirdas: Sirdas,
  id: MessageId,
  { delay, timeoutMs }: { readonly delay: Delay; readonly timeoutMs: number },
): Promise<void> {
  const end = new AbortController();
  const timeout = sleep(timeoutMs, 'timeout' as const, { signal: end.signal }).catch(() => 'ended' as const);
  try {
    const outcome = await Promise.race([sirdas.waitUntilAccepted(id), delay.forPerson, timeout]);
    if (outcome !== 'timeout') return;
    if (delay.reason === null) throw new CommandError('NOT_DELIVERED_IN_TIME');
    throw new SirdasError(delay.reason, 'the relay has not accepted the message in time');
  } finally {
    end.abort();
  }
}

/** The standard input as text, without the line break at its end. Throws BAD_TEXT or TEXT_TOO_LARGE. */
async function readInput(input: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_INPUT_BYTES) throw new SirdasError('TEXT_TOO_LARGE', 'the input is too large');
    chunks.push(bytes);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, '');
  } catch (cause) {
    throw new CommandError('BAD_TEXT', '', { cause });
  }
}
