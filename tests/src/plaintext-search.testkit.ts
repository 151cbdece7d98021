// Looks for known texts in places where they must not be: files, output, the memory of a running process. A text is looked
// for in every form in which careless code could have kept it: UTF-8, Latin-1, UTF-16 both ways, hexadecimal, and base64 and base64url at
// all three offsets that it can have inside something longer. Its own test shows that it finds each of them.
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const READ_BYTES = 16 * 1024 * 1024;
const PAGE_BYTES = 4096;

/** A text and one of its forms. */
interface Needle {
  readonly label: string;
  readonly bytes: Buffer;
}

/** Where a text was found: `SECRET as utf16le in relay.db`. */
export type Finding = string;

/** Everything under a folder, contents and names of the files. */
export function searchFolder(folder: string, texts: readonly string[]): Finding[] {
  const needles = texts.flatMap(formsOf);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.flatMap((path) => {
    const inName = searchBytes(Buffer.from(path), needles, `the name ${path}`);
    if (!statSync(join(folder, path)).isFile()) return inName;
    return [...inName, ...searchBytes(readFileSync(join(folder, path)), needles, path)];
  });
}

export function searchText(text: string, texts: readonly string[], place: string): Finding[] {
  return searchBytes(Buffer.from(text), texts.flatMap(formsOf), place);
}

/**
 * All readable memory of a process that this one may look into (an own child, or anything as root). Throws where the system does
 * not allow it.
 */
export function searchMemory(
  pid: number,
  texts: readonly string[],
): { findings: Finding[]; searchedBytes: number } {
  const needles = texts.flatMap(formsOf);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const pageMap = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const findings = new Set<Finding>();
    let searchedBytes = 0;
    for (const region of writtenRegions(pid).flatMap((region) => presentParts(pageMap, region))) {
      searchedBytes += searchRegion(memory, region, (bytes) => {
        for (const finding of searchBytes(bytes, needles, 'memory')) findings.add(finding);
      });
    }
    return { findings: [...findings], searchedBytes };
  } finally {
    closeSync(memory);
    closeSync(pageMap);
  }
}

/** Every form of a text that is looked for. */
export function formsOf(text: string): Needle[] {
  const utf8 = Buffer.from(text, 'utf8');
  const utf16 = Buffer.from(text, 'utf16le');
  const hex = utf8.toString('hex');
  const forms: [string, Buffer][] = [
    ['utf8', utf8],
    ['utf16le', utf16],
    ['utf16be', Buffer.from(utf16).swap16()],
    ...latin1Forms(text),
    ['hex', Buffer.from(hex)],
    ['HEX', Buffer.from(hex.toUpperCase())],
    ...base64Forms(utf8),
  ];
  const isFirst = ([, bytes]: [string, Buffer], i: number) =>
    forms.findIndex(([, other]) => other.equals(bytes)) === i;
  return forms.filter(isFirst).map(([name, bytes]) => ({ label: `${text} as ${name}`, bytes }));
}

/** V8 keeps a string in one byte per character when it can, `ç` and `ü` included. */
function latin1Forms(text: string): [string, Buffer][] {
  return /^[\0-\u00ff]*$/.test(text) ? [['latin1', Buffer.from(text, 'latin1')]] : [];
}

/** The characters that depend on the text alone, whatever stands before and after it. */
function base64Forms(utf8: Buffer): [string, Buffer][] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), utf8]).toString('base64');
    const firstWhole = Math.ceil((offset * 8) / 6);
    const endWhole = Math.floor(((offset + utf8.length) * 8) / 6);
    const stable = encoded.slice(firstWhole, endWhole);
    const forUrls = stable.replaceAll('+', '-').replaceAll('/', '_');
    return [
      [`base64 at ${offset}`, Buffer.from(stable)],
      [`base64url at ${offset}`, Buffer.from(forUrls)],
    ] satisfies [string, Buffer][];
  });
}

function searchBytes(bytes: Buffer, needles: readonly Needle[], place: string): Finding[] {
  return needles
    .filter((needle) => bytes.includes(needle.bytes))
    .map((needle) => `${needle.label} in ${place}`);
}

interface Region {
  readonly start: number;
  readonly end: number;
}

/** Code and data mapped from files read-only are the program, not what it knows. */
function writtenRegions(pid: number): Region[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [range = '', access = '', , , , path = ''] = line.split(/ +/);
    const isReadable = access.startsWith('r') && !/^\[(?:vvar|vsyscall)/.test(path);
    if (!isReadable || (path.startsWith('/') && access[1] !== 'w')) return [];
    const [start = 0, end = 0] = range.split('-').map((address) => Number.parseInt(address, 16));
    return [{ start, end }];
  });
}

/** The parts of a region that have been touched: V8 reserves far more than it uses. proc_pid_pagemap(5): bits 62 and 63. */
function presentParts(pageMap: number, { start, end }: Region): Region[] {
  const entries = Buffer.alloc(((end - start) / PAGE_BYTES) * 8);
  readSync(pageMap, entries, 0, entries.length, (start / PAGE_BYTES) * 8);
  const parts: Region[] = [];
  for (let at = start; at < end; at += PAGE_BYTES) {
    const isPresent = (entries[((at - start) / PAGE_BYTES) * 8 + 7] ?? 0) >= 0x40;
    const last = parts.at(-1);
    if (!isPresent) continue;
    if (last?.end === at) parts[parts.length - 1] = { start: last.start, end: at + PAGE_BYTES };
    else parts.push({ start: at, end: at + PAGE_BYTES });
  }
  return parts;
}

/** Pieces overlap by more than the longest needle. Returns how many bytes could be read. */
function searchRegion(memory: number, { start, end }: Region, search: (bytes: Buffer) => void): number {
  const overlap = 4096;
  let searchedBytes = 0;
  for (let at = start; at < end; at += READ_BYTES - overlap) {
    const buffer = Buffer.alloc(Math.min(READ_BYTES, end - at));
    const readBytes = readMemory(memory, buffer, at);
    if (readBytes === 0) break;
    search(buffer.subarray(0, readBytes));
    searchedBytes += readBytes;
  }
  return searchedBytes;
}

/** Pages that have gone since the list was read cannot be read: there is nothing in them any more. */
function readMemory(memory: number, buffer: Buffer, at: number): number {
  try {
    return readSync(memory, buffer, 0, buffer.length, BigInt(at));
  } catch {
    return 0;
  }
}
