// What `npm run bench:envelopes` measures: a library that seals a message of one member and opens it as another one.
export interface EnvelopeSubject {
  readonly name: string;
  /** A conversation of that many members; the function seals one message and opens it once. */
  open(members: number): Promise<(plaintext: Uint8Array<ArrayBuffer>) => Promise<void>>;
}
