"""The numbers of SPEC §8 and the errors of SPEC §9.

A unit test compares both with the tables in SPEC.md.
"""

from dataclasses import dataclass

VERSION = 1

MAX_HANDSHAKE_BYTES = 8192
HANDSHAKE_TIMEOUT_MS = 10_000
MAX_FRAME_BYTES = 1_048_576
MAX_REQUEST_BYTES = 16_384
MAX_ENVELOPE_BYTES = 98_304
MAX_CONTENT_BYTES = 65_536
MAX_TEXT_BYTES = 61_440
MIN_NICKNAME_LENGTH = 3
MAX_NICKNAME_LENGTH = 32
MAX_DEVICES = 6
MAX_NAME_BYTES = 64
MAX_RSA_KEY_BYTES = 1200
MIN_RSA_BITS = 3072
MAX_SUITES = 8
PING_INTERVAL_MS = 60_000
PING_TIMEOUT_MS = 150_000
MAX_CLOCK_SKEW_MS = 120_000
MAX_FUTURE_MS = 300_000
MAX_LOOK_UP_RECORDS = 100
MAX_INVITE_USES = 1000
MAX_INVITE_TTL_MS = 31_536_000_000
MAX_COMMIT_BYTES = 262_144
MAX_WELCOME_BYTES = 524_288
MAX_READERS = 512
MAX_GROUP_MEMBERS = 256
MAX_GROUP_NAME_BYTES = 128
MAX_KEY_PACKAGE_BYTES = 8192
MAX_KEY_PACKAGES = 100
MAX_KEY_PACKAGES_AT_ONCE = 20
LOW_KEY_PACKAGES = 20
KEY_PACKAGE_TTL_MS = 2_592_000_000
MAX_SIGNAL_BYTES = 512
LINKING_TTL_MS = 600_000
MAX_LINKING_MESSAGE_BYTES = 65_536
MAX_REACTION_BYTES = 64
MAX_RECEIPT_MESSAGES = 100
MAX_EXPIRY_MS = 31_536_000_000

# Bounds that SPEC.md gives in its prose (§5.1, §6.2, §1).
MAX_RSA_BITS = 8192
MAX_SUITE_LENGTH = 32
MIN_CONTENT_BYTES = 256
MAX_UINT64 = 2**53 - 1


@dataclass(frozen=True)
class RelayError:
    """One row of the table in SPEC §9."""

    name: str
    fatal: bool
    retry: bool


RELAY_ERRORS = {
    1: RelayError("BAD_FRAME", fatal=True, retry=False),
    2: RelayError("FRAME_TOO_LARGE", fatal=True, retry=False),
    3: RelayError("UNSUPPORTED_VERSION", fatal=True, retry=False),
    4: RelayError("WRONG_STATE", fatal=True, retry=False),
    5: RelayError("UNKNOWN_KIND", fatal=False, retry=False),
    6: RelayError("HANDSHAKE_TIMEOUT", fatal=True, retry=True),
    7: RelayError("LOGIN_FAILED", fatal=True, retry=False),
    8: RelayError("TOO_MANY_CONNECTIONS", fatal=True, retry=True),
    9: RelayError("RATE_LIMITED", fatal=False, retry=True),
    10: RelayError("GOING_DOWN", fatal=True, retry=True),
    11: RelayError("INTERNAL", fatal=False, retry=True),
    12: RelayError("STORAGE_FULL", fatal=False, retry=True),
    13: RelayError("REPLACED", fatal=True, retry=False),
    14: RelayError("TIMED_OUT", fatal=True, retry=True),
    15: RelayError("SLOW_READER", fatal=True, retry=True),
    20: RelayError("INVITE_REQUIRED", fatal=False, retry=False),
    21: RelayError("INVITE_INVALID", fatal=False, retry=False),
    22: RelayError("INVITE_EXPIRED", fatal=False, retry=False),
    23: RelayError("INVITE_USED_UP", fatal=False, retry=False),
    24: RelayError("PROOF_OF_WORK_INVALID", fatal=False, retry=True),
    25: RelayError("UNKNOWN_INVITE", fatal=False, retry=False),
    26: RelayError("NOT_ALLOWED", fatal=False, retry=False),
    30: RelayError("NICKNAME_TAKEN", fatal=False, retry=False),
    31: RelayError("NICKNAME_FORBIDDEN", fatal=False, retry=False),
    32: RelayError("NICKNAME_CONFUSABLE", fatal=False, retry=False),
    33: RelayError("RECORD_INVALID", fatal=False, retry=False),
    34: RelayError("RECORD_STALE", fatal=False, retry=False),
    35: RelayError("UNKNOWN_ACCOUNT", fatal=False, retry=False),
    40: RelayError("UNKNOWN_LOG", fatal=False, retry=False),
    41: RelayError("ENVELOPE_TOO_LARGE", fatal=False, retry=False),
    42: RelayError("MAILBOX_FULL", fatal=False, retry=True),
    43: RelayError("STALE_EPOCH", fatal=False, retry=False),
    44: RelayError("LOG_EXISTS", fatal=False, retry=False),
    45: RelayError("READERS_INVALID", fatal=False, retry=False),
    46: RelayError("KEY_PACKAGES_FULL", fatal=False, retry=False),
    47: RelayError("UNKNOWN_CHANNEL", fatal=False, retry=False),
    48: RelayError("DEVICE_TAKEN", fatal=False, retry=False),
}
