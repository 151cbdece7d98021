// A whole client on Node in one call: the composition root for programs that need nothing else.
import { Sirdas } from '../sirdas.ts';
import { openVault, type VaultOptions } from './open-vault.ts';
import { type TcpOptions, tcpTransport } from './tcp-transport.ts';

export interface NodeSirdasOptions extends VaultOptions, TcpOptions {
  /** Aborting it closes the client. */
  readonly signal?: AbortSignal;
}

/** Throws as `openVault` does, and ABORTED. */
export async function openSirdas(options: NodeSirdasOptions): Promise<Sirdas> {
  const vault = await openVault(options);
  try {
    const transport = tcpTransport(options);
    return await Sirdas.open({ vault, transport, ...(options.signal ? { signal: options.signal } : {}) });
  } catch (cause) {
    await vault.close();
    throw cause;
  }
}
