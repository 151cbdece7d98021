// Writes the panels: help, who is online, safety number, invite. Called by slash-commands.ts.
import type { Nickname } from '@sirdas/client';
import { drawQrCode, type QrSurface } from '../terminal/qr-code.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import type { ChatView } from './chat-model.ts';
import type { Panel, PanelLine } from './panel.ts';

export interface PanelWriter {
  readonly help: () => Panel;
  readonly names: (view: ChatView) => Panel;
  readonly safetyNumber: (nickname: Nickname, digits: string) => Panel;
  readonly invite: (link: string) => Panel;
}

/** Keys as they are written on keyboards everywhere; what they do stands in the words. */
const KEY_LABELS: Readonly<Record<keyof Words['chat']['keys'], string>> = {
  pick: 'Tab ↑ ↓',
  cycle: 'Ctrl-N Ctrl-P',
  number: 'Alt-1 … Alt-9',
  unread: 'Alt-A',
  scroll: 'PgUp PgDn End',
  history: '↑ ↓',
  newline: 'Alt-Enter Ctrl-J',
  sidebar: 'Ctrl-B',
  redraw: 'Ctrl-L',
  quit: 'Ctrl-C Ctrl-D',
};

const EMPTY: PanelLine = { text: '' };
const GROUPS_PER_LINE = 4;
const LABEL_COLUMNS = 24;

export function createPanelWriter(
  words: Words,
  surface: QrSurface,
  colourOfName: (nickname: Nickname) => number,
): PanelWriter {
  const { chat } = words;
  return {
    help: () => ({ title: chat.helpTitle, lines: writeHelp(chat) }),
    names: ({ people, account }) => ({
      title: chat.namesTitle,
      lines: [
        {
          text: `● ${account.nickname} ${words.names.you}`,
          style: { colour: colourOfName(account.nickname) },
        },
        ...people
          .filter(({ isOnline, isSelf }) => isOnline && !isSelf)
          .map(({ nickname }) => ({ text: `● ${nickname}`, style: { colour: colourOfName(nickname) } })),
      ],
    }),
    safetyNumber: (nickname, digits) => ({
      title: chat.verifyTitle(nickname),
      safetyNumber: digits,
      lines: [
        EMPTY,
        ...groupDigits(digits).map((text) => ({ text, label: '  ', style: { bold: true } })),
        EMPTY,
        { text: chat.verifyAdvice },
        EMPTY,
        ...drawQrCode(digits.replaceAll(' ', ''), surface).map(toPicture),
      ],
    }),
    invite: (link) => ({
      title: chat.inviteTitle,
      lines: [
        { text: chat.inviteAdvice },
        EMPTY,
        { text: toSafeLine(link), isLink: true },
        EMPTY,
        ...drawQrCode(link, surface).map(toPicture),
      ],
    }),
  };
}

/** 60 digits, with or without spaces, as 12 groups of 5, four to a line. */
export function groupDigits(digits: string): string[] {
  const groups = digits.match(/\d{5}/g) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += GROUPS_PER_LINE) {
    lines.push(groups.slice(i, i + GROUPS_PER_LINE).join('  '));
  }
  return lines;
}

function writeHelp(chat: Words['chat']): PanelLine[] {
  const names = Object.keys(chat.slash) as (keyof typeof chat.slash)[];
  const keys = Object.keys(chat.keys) as (keyof typeof chat.keys)[];
  return [
    ...names.map((name) => writeEntry(`/${name} ${chat.slashArguments[name]}`, chat.slash[name])),
    EMPTY,
    { text: chat.keysTitle, style: { bold: true } },
    ...keys.map((key) => writeEntry(KEY_LABELS[key], chat.keys[key])),
  ];
}

function writeEntry(label: string, what: string): PanelLine {
  return { label: label.padEnd(LABEL_COLUMNS), text: what };
}

function toPicture(text: string): PanelLine {
  return { text, isPicture: true };
}
