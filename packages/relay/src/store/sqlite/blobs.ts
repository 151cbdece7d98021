// Ids as they lie in the tables: 16 or 8 bytes. Used by the tables of this folder.
import type { DeviceId, InviteId, LogId } from '@sirdas/protocol';

export function toBlob(id: string): Buffer {
  return Buffer.from(id, 'hex');
}

export function toId<Id extends LogId | DeviceId | InviteId>(blob: Buffer): Id {
  return blob.toString('hex') as Id;
}
