// Opens a listener's port and says in a sentence why that did not work. Used by listeners.ts.
import type { AddressInfo, Server } from 'node:net';
import { RelayError } from '../errors.ts';

export interface ListenAddress {
  /** `*` is every address of this machine. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** The option to name when something is wrong. */
  readonly option: string;
}

const BACKLOG = 1024;

/** Returns the port; throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_UNAVAILABLE. */
export async function listen(server: Server, address: ListenAddress): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const { host, port } = address;
      server.listen(host === '*' ? { port, backlog: BACKLOG } : { host, port, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw explain(cause, address);
  }
  return (server.address() as AddressInfo).port;
}

function explain(cause: unknown, { host, port, option }: ListenAddress): RelayError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new RelayError(
      'PORT_IN_USE',
      `Port ${port} is in use by another program, perhaps by a relay that runs already. Stop that one, or choose another port with --${option}.`,
      { cause },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new RelayError(
      'PORT_FORBIDDEN',
      `This user may not listen on port ${port}. Choose a port above 1023 with --${option}.`,
      { cause },
    );
  }
  return new RelayError(
    'ADDRESS_UNAVAILABLE',
    `This machine cannot listen on "${host}", port ${port}. Check the address in --${option} and its host.`,
    { cause },
  );
}
