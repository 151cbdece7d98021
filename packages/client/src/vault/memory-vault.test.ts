// The vault of the tests keeps the promises of every vault; this also runs record-codec.ts in Chromium.
import { MemoryVault, VaultMemory } from './memory-vault.testkit.ts';
import { describeVaultContract } from './vault-contract.testkit.ts';

describeVaultContract('memory', async () => {
  const memory = new VaultMemory();
  return { open: async () => new MemoryVault(memory) };
});
