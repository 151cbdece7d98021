// Writes the panels: help, who is online, safety number, invite, and those of trust-panels.ts. Called by the slash commands.
import type { Nickname } from '@sirdas/client';
import { drawQrCode, type QrSurface } from '../terminal/qr-code.ts';
import { toSafeLine } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import type { ChatView } from './chat-view.ts';
import { EMPTY_LINE, groupDigits, type Panel, type PanelLine } from './panel.ts';
import type { TimeWriter } from './time-writer.ts';
import { createTrustPanels, type TrustPanels } from './trust-panels.ts';

export interface PanelWriter extends TrustPanels {
  readonly help: () => Panel;
  readonly names: (view: ChatView) => Panel;
  readonly safetyNumber: (nickname: Nickname, digits: string) => Panel;
  readonly invite: (link: string) => Panel;
}

export interface PanelSurroundings {
  readonly words: Words;
  readonly times: TimeWriter;
  readonly surface: QrSurface;
  readonly colourOfName: (nickname: Nickname) => number;
}

/** Keys as they are written on keyboards everywhere; what they do stands in the words. */
const KEY_LABELS: Readonly<Record<keyof Words['chat']['keys'], string>> = {
  pick: 'Tab ↑ ↓',
  cycle: 'Ctrl-N Ctrl-P',
  number: 'Alt-1 … Alt-9',
  unread: 'Alt-A',
  select: 'Alt-↑ Alt-↓',
  reply: 'Ctrl-R',
  editLast: '↑',
  scroll: 'PgUp PgDn End',
  history: 'Ctrl-↑ Ctrl-↓',
  newline: 'Alt-Enter Ctrl-J',
  sidebar: 'Ctrl-B',
  redraw: 'Ctrl-L',
  quit: 'Ctrl-C Ctrl-D',
};

const LABEL_COLUMNS = 24;

export function createPanelWriter({ words, times, surface, colourOfName }: PanelSurroundings): PanelWriter {
  const { chat } = words;
  const trust = createTrustPanels(words, times, colourOfName);
  return {
    ...trust,
    help: () => ({ title: chat.helpTitle, lines: writeHelp(chat) }),
    names: (view) => ({ title: chat.namesTitle, lines: [...writeOnline(view), ...writeOpenGroup(view)] }),
    safetyNumber: (nickname, digits) => ({
      title: chat.verifyTitle(nickname),
      safetyNumber: { nickname, digits },
      lines: [
        EMPTY_LINE,
        ...groupDigits(digits).map((text) => ({ text, label: '  ', style: { bold: true } })),
        EMPTY_LINE,
        { text: chat.verifyAdvice },
        EMPTY_LINE,
        ...drawQrCode(digits.replaceAll(' ', ''), surface).map(toPicture),
      ],
    }),
    invite: (link) => ({
      title: chat.inviteTitle,
      lines: [
        { text: chat.inviteAdvice },
        EMPTY_LINE,
        { text: toSafeLine(link), isLink: true },
        EMPTY_LINE,
        ...drawQrCode(link, surface).map(toPicture),
      ],
    }),
  };

  function writeOnline({ entries, account }: ChatView): PanelLine[] {
    const others = entries.filter(({ isOnline, isSelf }) => isOnline && !isSelf);
    return [
      {
        text: `● ${account.nickname} ${words.names.you}`,
        style: { colour: colourOfName(account.nickname) },
      },
      ...others
        .map(({ with: nickname }) => nickname)
        .filter((nickname) => nickname !== null)
        .map((nickname) => ({ text: `● ${nickname}`, style: { colour: colourOfName(nickname) } })),
    ];
  }

  function writeOpenGroup(view: ChatView): PanelLine[] {
    if (view.open?.kind !== 'group') return [];
    const { title, lines } = trust.members(view.open, view);
    return [EMPTY_LINE, { text: title, style: { bold: true } }, EMPTY_LINE, ...lines];
  }
}

function writeHelp(chat: Words['chat']): PanelLine[] {
  const names = Object.keys(chat.slash) as (keyof typeof chat.slash)[];
  const keys = Object.keys(chat.keys) as (keyof typeof chat.keys)[];
  return [
    ...names.map((name) => writeEntry(`/${name} ${chat.slashArguments[name]}`, chat.slash[name])),
    EMPTY_LINE,
    { text: chat.keysTitle, style: { bold: true } },
    ...keys.map((key) => writeEntry(KEY_LABELS[key], chat.keys[key])),
  ];
}

/** A label that is too long for its column has two spaces behind it. */
function writeEntry(label: string, what: string): PanelLine {
  return { label: label.length < LABEL_COLUMNS ? label.padEnd(LABEL_COLUMNS) : `${label}  `, text: what };
}

function toPicture(text: string): PanelLine {
  return { text, isPicture: true };
}
