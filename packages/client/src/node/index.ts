// The SDK on Node: a vault in a folder, the TCP transport, and both put together.
export type { NodeSirdasOptions } from './open-sirdas.ts';
export { openSirdas } from './open-sirdas.ts';
export type { VaultOptions, VaultProtection } from './open-vault.ts';
export { changeProtection, isPassphraseOf, openVault, readVaultProtection } from './open-vault.ts';
export type { TcpOptions } from './tcp-transport.ts';
export { tcpTransport } from './tcp-transport.ts';
