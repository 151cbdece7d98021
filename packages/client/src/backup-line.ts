// One line of a backup, whose fields are what they should be or an error. Used by backup-format.ts and backup-messages.ts.
import { fromBase64Url, fromHex, type Nickname, parseNickname } from '@sirdas/protocol';

export class BackupLine {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw malformed('line that is no object');
    this.#fields = { ...value };
  }

  value(name: string): unknown {
    return this.#fields[name];
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw malformed(name);
    return value;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.value(name));
    if (found === undefined) throw malformed(name);
    return found;
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw malformed(name);
    return value;
  }

  bytes(name: string): Uint8Array<ArrayBuffer> {
    return fromBase64Url(this.text(name));
  }

  id(name: string): Uint8Array {
    return fromHex(this.text(name));
  }

  nickname(name: string): Nickname {
    return parseNickname(this.text(name));
  }

  ids(name: string): Uint8Array[] {
    return this.#texts(name).map(fromHex);
  }

  nicknames(name: string): Nickname[] {
    return this.#texts(name).map(parseNickname);
  }

  /** An object of texts. */
  texts(name: string): Readonly<Record<string, string>> {
    const object = this.line(name);
    return Object.fromEntries(Object.keys(object.#fields).map((key) => [key, object.text(key)]));
  }

  /** Every item an object. */
  lines(name: string): BackupLine[] {
    return this.#array(name).map((value) => new BackupLine(value));
  }

  line(name: string): BackupLine {
    return new BackupLine(this.value(name));
  }

  numberOrNull(name: string): number | null {
    return this.value(name) === null ? null : this.number(name);
  }

  #texts(name: string): string[] {
    return this.#array(name).map((value) => {
      if (typeof value !== 'string') throw malformed(name);
      return value;
    });
  }

  #array(name: string): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw malformed(name);
    return value;
  }
}

export function malformed(what: string): Error {
  return new Error(`a backup with a wrong ${what}`);
}
