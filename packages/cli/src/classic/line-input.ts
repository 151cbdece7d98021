// Lines that a person types, or that a pipe brings: the input of the classic program. On a terminal the line being
// written stays below what is printed meanwhile; elsewhere lines are just lines.
import { createInterface, type Interface } from 'node:readline';
import { SirdasError } from '@sirdas/client';
import type { Console } from '../console.ts';

export class LineInput {
  readonly #console: Console;
  readonly #reader: Interface;
  readonly #isTerminal: boolean;
  readonly #lines: string[] = [];
  #wake: () => void = () => {};
  #isEnded = false;

  constructor(console: Console) {
    const { input, output, environment } = console;
    this.#console = console;
    this.#isTerminal = console.isInteractive && environment['TERM'] !== 'dumb';
    this.#reader = createInterface({ input, output, terminal: this.#isTerminal, prompt: '' });
    this.#reader.on('line', (line) => this.#add(line));
    this.#reader.on('SIGINT', () => this.close());
    this.#reader.on('close', () => this.#end());
  }

  /** Prints above the line that is being written. */
  print(line: string): void {
    const { output } = this.#console;
    if (!this.#isTerminal) {
      output.write(`${line}\n`);
      return;
    }
    output.write(`\r\u001b[K${line}\n`);
    this.#reader.prompt(true);
  }

  /** What stands in front of the line; shown with the next one. */
  setPrompt(prompt: string): void {
    this.#reader.setPrompt(this.#isTerminal ? prompt : '');
    this.#reader.prompt(true);
  }

  /** Throws ABORTED at the end of the input. */
  async ask(question: string): Promise<string> {
    this.#reader.setPrompt(question);
    if (this.#isTerminal) this.#reader.prompt();
    else this.#console.output.write(question);
    const line = await this.next();
    if (!this.#isTerminal) this.#console.output.write('\n');
    if (line === null) throw new SirdasError('ABORTED', 'the input has ended');
    return line.trim();
  }

  /** The next line; null at the end of the input. */
  async next(): Promise<string | null> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#reader.close();
  }

  #add(line: string): void {
    this.#lines.push(line);
    this.#wake();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }
}
