// What a process printed, as lines, and a way to wait for one instead of sleeping. Used by child-process.testkit.ts for
// stdout and stderr.

const DEFAULT_TIMEOUT_MS = 60_000;

interface Waiter {
  readonly matches: (line: string) => boolean;
  readonly resolve: (line: string) => void;
}

export class LineLog {
  readonly #name: string;
  readonly #lines: string[] = [];
  #unfinished = '';
  #isEnded = false;
  readonly #waiters = new Map<Waiter, (reason: Error) => void>();
  readonly #decoder = new TextDecoder();

  constructor(name: string) {
    this.#name = name;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Everything so far, the unfinished last line included. */
  text(): string {
    return [...this.#lines, this.#unfinished].join('\n');
  }

  push(chunk: Uint8Array): void {
    const parts = (this.#unfinished + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#unfinished = parts.pop() ?? '';
    for (const line of parts) this.#addLine(line);
  }

  /** No more will come: whoever still waits is told so. */
  end(): void {
    if (this.#unfinished !== '') this.#addLine(this.#unfinished);
    this.#unfinished = '';
    this.#isEnded = true;
    for (const [, reject] of this.#waiters) reject(this.#failure('ended'));
    this.#waiters.clear();
  }

  /** The first line from index `from` on that matches, now or when it comes. */
  waitFor(pattern: RegExp, options: { from?: number; timeoutMs?: number } = {}): Promise<string> {
    const matches = (line: string) => pattern.test(line);
    const present = this.#lines.slice(options.from ?? 0).find(matches);
    if (present !== undefined) return Promise.resolve(present);
    if (this.#isEnded) return Promise.reject(this.#failure('ended', pattern));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => settle(() => reject(this.#failure('timed out', pattern))),
        options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      );
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        finish();
      };
      const waiter: Waiter = { matches, resolve: (line) => settle(() => resolve(line)) };
      this.#waiters.set(waiter, (reason) => settle(() => reject(reason)));
    });
  }

  #addLine(line: string): void {
    this.#lines.push(line);
    for (const waiter of [...this.#waiters.keys()]) if (waiter.matches(line)) waiter.resolve(line);
  }

  #failure(what: string, pattern?: RegExp): Error {
    const looked = pattern ? ` while waiting for ${pattern}` : '';
    return new Error(`${this.#name} ${what}${looked}; it printed:\n${this.text()}`);
  }
}
