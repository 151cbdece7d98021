// Protocol limits. The table in SPEC §8 is the norm; spec.node.test.ts compares it with this file.
// Rates and quotas are not here: they are a relay's own (packages/relay/src/config).

/** Versions of the protocol that this code speaks (SPEC §4.1). */
export const MIN_VERSION = 1;
export const MAX_VERSION = 1;

export const LIMITS = {
  MAX_HANDSHAKE_BYTES: 8192,
  HANDSHAKE_TIMEOUT_MS: 10_000,
  MAX_FRAME_BYTES: 1_048_576,
  MAX_REQUEST_BYTES: 16_384,
  MAX_ENVELOPE_BYTES: 98_304,
  MAX_CONTENT_BYTES: 65_536,
  MAX_TEXT_BYTES: 61_440,
  MIN_NICKNAME_LENGTH: 3,
  MAX_NICKNAME_LENGTH: 32,
  MAX_DEVICES: 6,
  MAX_NAME_BYTES: 64,
  MAX_RSA_KEY_BYTES: 1200,
  MIN_RSA_BITS: 3072,
  MAX_SUITES: 8,
  PING_INTERVAL_MS: 60_000,
  PING_TIMEOUT_MS: 150_000,
  MAX_CLOCK_SKEW_MS: 120_000,
  MAX_FUTURE_MS: 300_000,
  MAX_LOOK_UP_RECORDS: 100,
  MAX_INVITE_USES: 1000,
  MAX_INVITE_TTL_MS: 31_536_000_000,
} as const;
