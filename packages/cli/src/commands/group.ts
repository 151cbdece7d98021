// `sirdas group create | list | members | add | remove | leave | rename | role | reset`: groups without the full-screen program.
// Each change ends when the relay has accepted it. On a terminal leaving and resetting are asked first.
import { type Conversation, type GroupRole, type Member, type Sirdas, SirdasError } from '@sirdas/client';
import { withAccount } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { connectAndCatchUp, findGroup, listGroups } from '../find-conversation.ts';
import { formatJsonLine } from '../json-line.ts';
import { askLine } from '../prompt.ts';
import { isolateDirection, toSafeName } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import { type Options, readSwitch, takeArguments } from './command.ts';

interface Work {
  readonly sirdas: Sirdas;
  readonly console: Console;
  readonly options: Options;
  /** What stands behind the name of the action. */
  readonly given: readonly string[];
}

interface Action {
  /** Names of its arguments; the last one may be given several times, or with `canBeMissing` not at all. */
  readonly takes: readonly (keyof Words['arguments'])[];
  readonly repeats?: boolean;
  readonly canBeMissing?: boolean;
  readonly run: (work: Work) => Promise<void>;
}

const ROLES: readonly GroupRole[] = ['owner', 'admin', 'member'];

const ACTIONS: Readonly<Record<string, Action>> = {
  create: { takes: ['NEW_NAME', 'NAME'], repeats: true, canBeMissing: true, run: create },
  list: { takes: [], run: list },
  members: { takes: ['GROUP'], run: listMembers },
  add: { takes: ['GROUP', 'NAME'], repeats: true, run: add },
  remove: { takes: ['GROUP', 'NAME'], run: remove },
  leave: { takes: ['GROUP'], run: leave },
  rename: { takes: ['GROUP', 'NEW_NAME'], run: rename },
  role: { takes: ['GROUP', 'NAME', 'ROLE'], run: setRole },
  reset: { takes: ['GROUP'], run: reset },
};

export async function runGroup(console: Console, options: Options): Promise<number> {
  const [name, ...given] = options.positionals;
  if (name === undefined) throw new CommandError('MISSING_ARGUMENT', console.words.arguments.ACTION);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new CommandError('BAD_VALUE', name);
  checkArguments(action, given, console.words);
  return await withAccount(console, options, async (sirdas) => {
    await connectAndCatchUp(sirdas, options);
    await runAction(action, { sirdas, console, options, given });
    return EXIT_STATUS.done;
  });
}

/** What the relay would say of an account is here about a role. Throws ROLE_TOO_LOW. */
async function runAction({ run }: Action, work: Work): Promise<void> {
  try {
    await run(work);
  } catch (cause) {
    if (!(cause instanceof SirdasError) || cause.code !== 'NOT_ALLOWED') throw cause;
    throw new CommandError('ROLE_TOO_LOW', '', { cause });
  }
}

/** Throws MISSING_ARGUMENT or TOO_MANY_ARGUMENTS. */
function checkArguments(action: Action, given: readonly string[], words: Words): void {
  const { takes, repeats = false, canBeMissing = false } = action;
  const needed = takes.slice(0, canBeMissing ? -1 : takes.length);
  const counted = repeats
    ? given.slice(0, Math.max(needed.length, Math.min(given.length, takes.length)))
    : given;
  takeArguments(
    { values: {}, positionals: counted },
    (counted.length > needed.length && repeats ? takes : needed).map((name) => words.arguments[name]),
  );
}

async function create({ sirdas, console, options, given }: Work): Promise<void> {
  const [name = '', ...members] = given;
  const group = await sirdas.groups.create({ name, members });
  if (readSwitch(options, 'json')) {
    print(console, formatJsonLine(describeGroup(group)));
    return;
  }
  if (console.isInteractive) warn(console, console.words.group.made(safeNameOf(group, console)));
  print(console, group.id);
}

async function list({ sirdas, console, options }: Work): Promise<void> {
  const { group: words } = console.words;
  const groups = listGroups(sirdas);
  if (groups.length === 0 && console.isInteractive) warn(console, words.none);
  for (const group of groups) {
    if (readSwitch(options, 'json')) print(console, formatJsonLine(describeGroup(group)));
    else {
      const name = console.paint(isolateDirection(safeNameOf(group, console)), { bold: true });
      const members = group.members.map(({ nickname }) => nickname).join(', ');
      const state = group.state === 'active' ? [] : [words.states[group.state]];
      print(console, [group.id, name, isolateDirection(members), ...state].join('  '));
    }
  }
}

async function listMembers({ sirdas, console, options, given: [group = ''] }: Work): Promise<void> {
  const { panels } = console.words.chat;
  for (const member of findGroup(sirdas, group).members) {
    const contact = sirdas.contacts().find(({ nickname }) => nickname === member.nickname);
    const verifiedMs = contact?.verifiedMs ?? null;
    const hasChangedKey = contact?.changedKey != null;
    if (readSwitch(options, 'json')) {
      print(
        console,
        formatJsonLine({ v: 1, type: 'member', ...describeMember(member), verifiedMs, hasChangedKey }),
      );
      continue;
    }
    const trust = hasChangedKey
      ? panels.keyChanged
      : verifiedMs === null
        ? panels.notVerified
        : panels.verified;
    const isSelf = member.nickname === sirdas.account?.nickname;
    const facts = [
      isolateDirection(member.nickname),
      panels.roles[member.role],
      panels.devices(member.devices.length),
    ];
    print(console, [...facts, isSelf ? console.words.names.you : trust].join('  '));
  }
}

async function add({ sirdas, console, given: [group = '', ...people] }: Work): Promise<void> {
  await sirdas.groups.add(findGroup(sirdas, group).id, people);
  tellDone(console);
}

async function remove({ sirdas, console, given: [group = '', person = ''] }: Work): Promise<void> {
  await sirdas.groups.remove(findGroup(sirdas, group).id, person);
  tellDone(console);
}

async function leave({ sirdas, console, given: [name = ''] }: Work): Promise<void> {
  const group = findGroup(sirdas, name);
  await confirm(console, console.words.chat.leaveQuestion(safeNameOf(group, console)));
  await sirdas.groups.leave(group.id);
  tellDone(console);
}

async function rename({ sirdas, console, given: [group = '', name = ''] }: Work): Promise<void> {
  await sirdas.groups.rename(findGroup(sirdas, group).id, name);
  tellDone(console);
}

async function setRole({
  sirdas,
  console,
  given: [group = '', person = '', typed = ''],
}: Work): Promise<void> {
  const role = ROLES.find((candidate) => candidate === typed);
  if (role === undefined) throw new CommandError('BAD_VALUE', typed);
  await sirdas.groups.setRole(findGroup(sirdas, group).id, person, role);
  tellDone(console);
}

async function reset({ sirdas, console, given: [name = ''] }: Work): Promise<void> {
  const group = findGroup(sirdas, name);
  await confirm(console, console.words.chat.resetQuestion);
  await sirdas.groups.reset(group.id);
  tellDone(console);
}

/** A script means what it says; a person is asked. Throws NOT_CONFIRMED. */
async function confirm(console: Console, question: string): Promise<void> {
  if (!console.isInteractive) return;
  const { yes } = console.words.prompts;
  const answer = await askLine(console, `${question} [${yes}/N] `);
  if (!answer.toLocaleLowerCase(console.language).startsWith(yes)) throw new CommandError('NOT_CONFIRMED');
}

function tellDone(console: Console): void {
  if (console.isInteractive) print(console, console.words.group.done);
}

/** CLI-106 */
function safeNameOf({ name }: Conversation, { words }: Console): string {
  return toSafeName(name, words.chat.unnamedGroup);
}

function describeGroup({ id, name, state, members, postQuantum, expiresAfterMs }: Conversation): object {
  return {
    v: 1,
    type: 'group',
    id,
    name,
    state,
    members: members.map(describeMember),
    postQuantum,
    expiresAfterMs,
  };
}

function describeMember({ nickname, role, devices }: Member): object {
  return { nickname, role, devices };
}
