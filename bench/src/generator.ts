// The load generators of one measurement: processes that are called over IPC, all at once.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Endpoint, LoadCall, LoadReply } from './load/load-process.ts';

const SCRIPT = fileURLToPath(new URL('./load/load-process.ts', import.meta.url));

type Method = Exclude<keyof LoadGenerator, symbol>;
type Result<Name extends Method> = Awaited<ReturnType<LoadGenerator[Name]>>;

export class Generator {
  readonly #child: ChildProcess;

  constructor(endpoint: Endpoint) {
    this.#child = fork(SCRIPT, [JSON.stringify(endpoint)], { serialization: 'advanced' });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** One call at a time. */
  call<Name extends Method>(method: Name, ...args: Parameters<LoadGenerator[Name]>): Promise<Result<Name>> {
    const call: LoadCall = { method, args };
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('the load generator ended'));
      this.#child.once('exit', onExit);
      this.#child.once('message', (reply: LoadReply) => {
        this.#child.off('exit', onExit);
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.result as Result<Name>);
      });
      this.#child.send(call);
    });
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
