// Small things that a fake relay does with account records. Used by fake-relay.testkit.ts.
import type { SignedRecord } from '@sirdas/crypto';
import { type AccountRecord, decodeAccountRecord } from '@sirdas/protocol';

export function copyRecord({ record, signature }: SignedRecord): SignedRecord {
  return { record: Uint8Array.from(record), signature: Uint8Array.from(signature) };
}

export function colourOf(signed: SignedRecord | undefined): { colour?: number } {
  const profile: AccountRecord['profile'] = signed && decodeAccountRecord(signed.record).profile;
  return profile?.colour === undefined ? {} : { colour: profile.colour };
}
