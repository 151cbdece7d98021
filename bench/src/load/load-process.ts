// The process of a load generator: answers the calls of measure.ts over IPC, one LoadGenerator for its lifetime.
import type { Connector } from './client.ts';
import type { RelayAddress } from './conversation.ts';
import { LimitConnector } from './limit-client.ts';
import { LoadGenerator } from './load-generator.ts';
import { RelayConnector } from './relay-client.ts';

/** Which relay to talk to. */
export type Endpoint =
  | { readonly kind: 'relay'; readonly address: RelayAddress }
  | { readonly kind: 'limit'; readonly port: number };

type Method = Exclude<keyof LoadGenerator, symbol>;

export interface LoadCall {
  readonly method: Method;
  readonly args: readonly unknown[];
}

export type LoadReply = { readonly result: unknown } | { readonly error: string };

const endpoint = JSON.parse(process.argv[2] ?? '') as Endpoint;
const generator = new LoadGenerator(makeConnector(endpoint));

process.on('message', (call: LoadCall) => void answer(call));
process.on('disconnect', () => process.exit(0));

async function answer({ method, args }: LoadCall): Promise<void> {
  const reply = await run(method, args).then(
    (result): LoadReply => ({ result }),
    (error): LoadReply => ({ error: String(error instanceof Error ? error.stack : error) }),
  );
  process.send?.(reply);
}

async function run(method: Method, args: readonly unknown[]): Promise<unknown> {
  const call = generator[method] as (...args: readonly unknown[]) => unknown;
  return call.apply(generator, [...args]);
}

function makeConnector(to: Endpoint): Connector {
  return to.kind === 'relay' ? new RelayConnector(to.address) : new LimitConnector(to.port);
}
