// The panels that show who can read and who wrote: the members of a conversation, the check of a group, where a message comes
// from, the own devices. Names of devices pass the gate here (CLI-106). Called by the slash commands through panel-writer.ts.
import {
  type Device,
  type EpochCheck,
  type Message,
  type Nickname,
  type Provenance,
  toHex,
} from '@sirdas/client';
import { toSafeName } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import type { ChatView, OpenConversation } from './chat-view.ts';
import { formatDuration } from './duration.ts';
import { EMPTY_LINE, groupDigits, type Panel, type PanelLine } from './panel.ts';
import type { TimeWriter } from './time-writer.ts';

export interface TrustPanels {
  readonly members: (open: OpenConversation, view: ChatView) => Panel;
  readonly check: (open: OpenConversation, check: EpochCheck, view: ChatView) => Panel;
  readonly info: (message: Message, provenance: Provenance) => Panel;
  readonly devices: (devices: readonly Device[]) => Panel;
}

const WARNING_COLOUR = 0xff6b6b;

export function createTrustPanels(
  words: Words,
  times: TimeWriter,
  colourOfName: (nickname: Nickname) => number,
): TrustPanels {
  const { panels } = words.chat;
  const listMembers = (open: OpenConversation, view: ChatView) =>
    open.members.map((nickname) => describeMember(nickname, { open, view, words, colourOfName }));
  return {
    members: (open, view) => ({
      title: panels.membersTitle(open.title),
      lines: listMembers(open, view),
    }),
    check: (open, check, view) => ({
      title: panels.checkTitle(open.title),
      lines: [
        EMPTY_LINE,
        ...groupDigits(check.digits).map((text) => ({ text, label: '  ', style: { bold: true } })),
        EMPTY_LINE,
        { text: panels.checkAdvice(check.epoch) },
        EMPTY_LINE,
        { text: panels.checkMembers },
        EMPTY_LINE,
        ...listMembers(open, view),
      ],
    }),
    info: (message, provenance) => ({
      title: panels.infoTitle,
      lines: alignFacts([
        ...describeOrigin(provenance, message.direction === 'out', words, times),
        ...describeFate(message, words, times),
      ]),
    }),
    devices: (devices) => ({
      title: panels.devicesTitle,
      lines: [
        ...devices.flatMap((device) => describeDevice(device, words, times)),
        EMPTY_LINE,
        { text: panels.devicesAdvice },
      ],
    }),
  };
}

interface MemberContext {
  readonly open: OpenConversation;
  readonly view: ChatView;
  readonly words: Words;
  readonly colourOfName: (nickname: Nickname) => number;
}

/** `● ayşe  admin · 2 devices · ✓ verified` */
function describeMember(nickname: Nickname, { open, view, words, colourOfName }: MemberContext): PanelLine {
  const { panels } = words.chat;
  const member = open.roles.find((candidate) => candidate.nickname === nickname);
  const contact = view.contacts.get(nickname);
  const isSelf = nickname === view.account.nickname;
  const isOnline = isSelf || view.entries.some((entry) => entry.with === nickname && entry.isOnline);
  const facts = [
    ...(open.kind === 'group' && member !== undefined ? [panels.roles[member.role]] : []),
    ...(member === undefined ? [] : [panels.devices(member.devices.length)]),
    ...(isSelf || contact === undefined ? [] : [describeTrust(contact, words)]),
  ];
  const name = isSelf ? `${nickname} ${words.names.you}` : nickname;
  return {
    text: `${isOnline ? '●' : '○'} ${name}  ${facts.join(' · ')}`,
    style: { colour: contact?.changedKey == null ? colourOfName(nickname) : WARNING_COLOUR },
  };
}

function describeTrust(
  { changedKey, verifiedMs }: { readonly changedKey: Uint8Array | null; readonly verifiedMs: number | null },
  { chat: { panels } }: Words,
): string {
  if (changedKey !== null) return `⚠ ${panels.keyChanged}`;
  return verifiedMs === null ? panels.notVerified : `✓ ${panels.verified}`;
}

type Fact = readonly [label: string, text: string];

/** Nobody has to verify themselves. */
function describeOrigin(
  provenance: Provenance,
  isOwn: boolean,
  { chat: { panels } }: Words,
  times: TimeWriter,
): Fact[] {
  const { sender, device, deviceName, signatureKey, isRevoked, identityKey, verifiedMs } = provenance;
  const name =
    deviceName === null ? panels.unknownDevice : `${toSafeName(deviceName, '?')} (${device.slice(0, 8)})`;
  const trust = verifiedMs === null ? panels.never : panels.since(times.moment(verifiedMs));
  return [
    [panels.info.from, sender],
    [panels.info.device, isRevoked ? `${name} · ⚠ ${panels.revokedDevice}` : name],
    [panels.info.deviceKey, formatKey(signatureKey, panels.unknown)],
    [panels.info.identityKey, formatKey(identityKey, panels.unknown)],
    ...(isOwn ? [] : [[panels.info.verified, trust] as const]),
    [panels.info.envelope, panels.envelopes[provenance.envelope]],
  ];
}

function describeFate(message: Message, words: Words, times: TimeWriter): Fact[] {
  const { panels } = words.chat;
  const { sentMs, editedMs, expiresAfterMs, expiresMs, delivery, deliveredTo, readBy } = message;
  const facts: Fact[] = [[panels.info.sent, times.moment(sentMs)]];
  if (editedMs !== null) facts.push([panels.info.edited, times.moment(editedMs)]);
  if (expiresMs !== null) facts.push([panels.info.expires, panels.expiresAt(times.moment(expiresMs))]);
  else if (expiresAfterMs > 0)
    facts.push([panels.info.expires, panels.afterReading(formatDuration(expiresAfterMs, words))]);
  if (delivery === undefined) return facts;
  const list = (names: readonly Nickname[]) => (names.length === 0 ? panels.nobodyYet : names.join(', '));
  return [...facts, [panels.info.delivered, list(deliveredTo)], [panels.info.read, list(readBy)]];
}

function describeDevice(
  { id, name, signatureKey, addedMs, isThis }: Device,
  { chat: { panels } }: Words,
  times: TimeWriter,
): PanelLine[] {
  const mark = isThis ? ` ${panels.thisDevice}` : '';
  return [
    { text: `${isThis ? '▸' : '·'} ${toSafeName(name, id)}${mark}`, style: { bold: true } },
    { label: '    ', text: `${panels.added(times.moment(addedMs))} · ${id.slice(0, 8)}` },
    { label: '    ', text: `${panels.key} ${formatKey(signatureKey, panels.unknown)}`, style: { dim: true } },
  ];
}

/** Hexadecimal digits in groups of four. */
function formatKey(key: Uint8Array | null, unknown: string): string {
  return key === null ? unknown : (toHex(key).match(/.{1,4}/g) ?? []).join(' ');
}

function alignFacts(facts: readonly Fact[]): PanelLine[] {
  const width = Math.max(...facts.map(([label]) => label.length)) + 2;
  return facts.map(([label, text]) => ({ label: label.padEnd(width), text }));
}
