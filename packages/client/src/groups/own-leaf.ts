// This device as a leaf of groups and key packages (SPEC §11.3). Used by everything in this folder that signs.
import { importSignatureKey, type OwnLeaf, type SecretBytes, type SignatureKey } from '@sirdas/crypto';
import type { OwnAccount } from '../own-account.ts';

export class OwnLeafSource {
  readonly #own: OwnAccount;
  #imported: { readonly seed: SecretBytes; readonly key: Promise<SignatureKey> } | null = null;

  constructor(own: OwnAccount) {
    this.#own = own;
  }

  /** The device key. Throws NO_ACCOUNT. */
  signatureKey(): Promise<SignatureKey> {
    const { deviceSeed } = this.#own.need();
    if (this.#imported?.seed !== deviceSeed) {
      this.#imported = { seed: deviceSeed, key: importSignatureKey(deviceSeed) };
    }
    return this.#imported.key;
  }

  /** By the newest record that the relay has. Throws NO_ACCOUNT. */
  async get(): Promise<OwnLeaf> {
    const { relay, nickname, device } = this.#own.need();
    const recordIndex = this.#own.needVerified().record.index;
    const signatureKey = await this.signatureKey();
    return { relayFingerprint: relay.fingerprint, nickname, device, recordIndex, signatureKey };
  }
}
