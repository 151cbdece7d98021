// Who may become an account of this relay (SPEC §4.3): invites and proof of work. An invite's token is known to its holder
// only; the store has its hash. Called by the handlers and, for the owner's invite, by relay.ts.
import {
  type InviteId,
  LABELS,
  LIMITS,
  labelledInput,
  type Nickname,
  toInviteId,
  type WireErrorName,
} from '@sirdas/protocol';
import { sha256 } from './signatures.ts';
import type { Store, StoredInvite } from './store/store.ts';

const TOKEN_BYTES = 16;
const INVITE_ID_BYTES = 8;
const OWNER_INVITE_TTL_MS = 7 * 24 * 3_600_000;

export interface AdmissionOptions {
  readonly store: Store;
  /** 0: by invite only. */
  readonly proofOfWorkBits: number;
  /** Invites of one account that still admit somebody. */
  readonly maxInvites: number;
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What a client shows to be admitted. */
export interface Credentials {
  readonly inviteToken: Uint8Array | null;
  readonly proofOfWork: Uint8Array | null;
  /** The nonce of the connection's `hello`. */
  readonly relayNonce: Uint8Array;
}

export interface InviteTerms {
  readonly uses: number;
  readonly ttlMs: number;
  readonly grantsInvites: boolean;
}

export interface NewInvite {
  /** 16 bytes. */
  readonly token: Uint8Array;
  readonly id: InviteId;
}

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Whether the store may be asked to spend the invite (it alone knows whether that is good), or the work was done. */
  check(
    credentials: Credentials,
    recordBytes: Uint8Array,
  ): { readonly inviteHash: Uint8Array | null } | { readonly refused: WireErrorName } {
    const { inviteToken, proofOfWork, relayNonce } = credentials;
    if (inviteToken !== null) return { inviteHash: sha256(inviteToken) };
    // RLY-030
    if (this.#options.proofOfWorkBits === 0) return { refused: 'INVITE_REQUIRED' };
    const work = sha256(
      labelledInput(LABELS.proofOfWork, [relayNonce, recordBytes, proofOfWork ?? new Uint8Array(0)]),
    );
    // RLY-031
    const isDone = proofOfWork !== null && countLeadingZeroBits(work) >= this.#options.proofOfWorkBits;
    return isDone ? { inviteHash: null } : { refused: 'PROOF_OF_WORK_INVALID' };
  }

  async createInvite(
    createdBy: Nickname,
    terms: InviteTerms,
  ): Promise<NewInvite | { readonly refused: WireErrorName }> {
    // RLY-033
    const isAllowed =
      isWithin(terms.uses, LIMITS.MAX_INVITE_USES) && isWithin(terms.ttlMs, LIMITS.MAX_INVITE_TTL_MS);
    if (!isAllowed) return { refused: 'NOT_ALLOWED' };
    const { store, nowMs, maxInvites } = this.#options;
    // RLY-034
    const existing = await store.listInvites(createdBy, nowMs());
    if (existing.length >= maxInvites) return { refused: 'RATE_LIMITED' };
    const { token, invite } = this.#makeInvite(createdBy, terms);
    await store.saveInvite(invite);
    return { token, id: invite.id };
  }

  listInvites(createdBy: Nickname): Promise<readonly StoredInvite[]> {
    return this.#options.store.listInvites(createdBy, this.#options.nowMs());
  }

  /** False when this account made no such invite. */
  async revokeInvite(id: InviteId, createdBy: Nickname): Promise<boolean> {
    const invites = await this.listInvites(createdBy);
    const invite = invites.find((candidate) => candidate.id === id);
    return invite !== undefined && this.#revoke(invite);
  }

  /**
   * As long as nobody has an account (or when told to): a fresh invite for an owner, who may invite others. The one of an earlier
   * start is revoked, since it may lie in a terminal's scrollback. Null when there are accounts.
   */
  async createOwnerInvite(isForced: boolean): Promise<NewInvite | null> {
    const { store, nowMs } = this.#options;
    const earlier = await store.listInvites(null, nowMs());
    const terms = { uses: 1, ttlMs: OWNER_INVITE_TTL_MS, grantsInvites: true };
    const { token, invite } = this.#makeInvite(null, terms);
    const isSaved = await store.saveInvite(invite, isForced ? undefined : 'withoutAccounts');
    if (!isSaved) return null;
    for (const one of earlier) if (one.createdBy === null) await this.#revoke(one);
    return { token, id: invite.id };
  }

  #revoke(invite: StoredInvite): Promise<boolean> {
    return this.#options.store.saveInvite({ ...invite, usesLeft: 0 });
  }

  /** `createdBy` null: the relay itself. */
  #makeInvite(createdBy: Nickname | null, { uses, ttlMs, grantsInvites }: InviteTerms) {
    const { nowMs, randomBytes } = this.#options;
    const token = randomBytes(TOKEN_BYTES);
    const invite: StoredInvite = {
      id: toInviteId(randomBytes(INVITE_ID_BYTES)),
      tokenHash: sha256(token),
      usesLeft: uses,
      expiresMs: nowMs() + ttlMs,
      grantsInvites,
      createdBy,
    };
    return { token, invite };
  }
}

function isWithin(value: number, max: number): boolean {
  return value >= 1 && value <= max;
}

function countLeadingZeroBits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    if (byte !== 0) return count + Math.clz32(byte) - 24;
    count += 8;
  }
  return count;
}
