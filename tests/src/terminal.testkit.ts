// A real terminal for tests: a program in a pty, its output on the screen model of xterm.js. What a test sees is what a
// person would see; what it waits for is the screen, never a time. Used by the tests of the command and by the pictures
// in docs/images.
import pty from '@lydell/node-pty';
import graphemes from '@xterm/addon-unicode-graphemes';
import xterm from '@xterm/headless';

export interface TerminalOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  readonly cwd?: string;
}

export interface ExitOutcome {
  readonly exitCode: number;
  readonly signal: number | null;
}

const WAIT_MS = 20_000;
/** What a person presses, as the bytes a terminal sends for it. */
export const KEYS = {
  enter: '\r',
  tab: '\t',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  left: '\u001b[D',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  end: '\u001b[F',
  backspace: '\u007f',
  ctrlB: '\u0002',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlR: '\u0012',
  altUp: '\u001b[1;3A',
  altEnter: '\u001b\r',
} as const;

export class Terminal {
  readonly exit: Promise<ExitOutcome>;
  readonly #process: pty.IPty;
  readonly #screen: xterm.Terminal;
  readonly #watchers = new Set<() => void>();
  #output = '';
  #hasExited = false;

  private constructor(options: TerminalOptions) {
    const { columns = 100, rows = 30 } = options;
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 5000 });
    // A modern terminal: an emoji of several code points is one character of two columns.
    this.#screen.loadAddon(new graphemes.UnicodeGraphemesAddon());
    this.#process = pty.spawn(options.command, [...options.args], {
      name: 'xterm-256color',
      cols: columns,
      rows,
      cwd: options.cwd ?? process.cwd(),
      env: { ...options.environment, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    });
    // The screen answers what programs ask a terminal (its attributes, the place of the cursor).
    this.#screen.onData((answer) => this.#process.write(answer));
    this.#process.onData((data) => {
      this.#output += data;
      this.#screen.write(data, () => this.#notify());
    });
    this.exit = new Promise((resolve) => {
      this.#process.onExit(({ exitCode, signal }) => {
        this.#hasExited = true;
        resolve({ exitCode, signal: signal || null });
        this.#screen.write('', () => this.#notify());
      });
    });
  }

  static start(options: TerminalOptions): Terminal {
    return new Terminal(options);
  }

  /** Everything the program has written, escape sequences and all. */
  get output(): string {
    return this.#output;
  }

  /** The model of the screen, for what `rows` does not tell: colours, the place of the cursor. */
  get screen(): xterm.Terminal {
    return this.#screen;
  }

  /** What stands on the screen, row by row, without spaces at the end. */
  get rows(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  get text(): string {
    return this.rows.join('\n');
  }

  /** Sends keys as if typed. */
  type(keys: string): void {
    this.#process.write(keys);
  }

  paste(text: string): void {
    this.#process.write(`\u001b[200~${text}\u001b[201~`);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#process.resize(columns, rows);
  }

  /** Resolves when the screen shows it; rejects with a picture of the screen when it does not in time. */
  async waitFor(
    what: string | RegExp | ((terminal: Terminal) => boolean),
    timeoutMs = WAIT_MS,
  ): Promise<void> {
    const isShown = () => {
      if (typeof what === 'function') return what(this);
      return typeof what === 'string' ? this.text.includes(what) : what.test(this.text);
    };
    if (isShown()) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const fail = (why: string) =>
        finish(() => reject(new Error(`${String(what)}: ${why}. The screen:\n${this.text}`)));
      const look = () => {
        if (isShown()) finish(resolve);
        else if (this.#hasExited) fail('the program has ended');
      };
      const timer = setTimeout(() => fail(`not shown within ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' = 'SIGTERM'): void {
    if (!this.#hasExited) this.#process.kill(signal);
  }

  /** Ends the program if it still runs, and waits for its end. */
  async close(): Promise<void> {
    this.kill('SIGKILL');
    await this.exit;
    this.#screen.dispose();
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
