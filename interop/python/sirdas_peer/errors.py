"""One error class, `PeerError`, with a code; the exit status of the program for each code.

A code is either a relay's (SPEC §9, see limits.py) or one of this client's own, listed below. Error texts hold nothing
secret and nothing that a peer or a relay has sent.
"""

from enum import StrEnum

from .limits import RELAY_ERRORS


class Code(StrEnum):
    """This client's own codes, beside the names in RELAY_ERRORS."""

    MALFORMED = "MALFORMED"
    NO_CONNECTION = "NO_CONNECTION"
    RELAY_MISBEHAVED = "RELAY_MISBEHAVED"
    UNKNOWN_ERROR = "UNKNOWN_ERROR"
    WRONG_FINGERPRINT = "WRONG_FINGERPRINT"
    RELAY_PROOF_INVALID = "RELAY_PROOF_INVALID"
    VERSION_MISMATCH = "VERSION_MISMATCH"
    CLOCK_WRONG = "CLOCK_WRONG"
    DIRECTORY_ALARM = "DIRECTORY_ALARM"
    KEY_CHANGED = "KEY_CHANGED"
    RELAY_WENT_BACK = "RELAY_WENT_BACK"
    INVITE_MALFORMED = "INVITE_MALFORMED"
    PLAINTEXT_NOT_ALLOWED = "PLAINTEXT_NOT_ALLOWED"
    PROOF_OF_WORK_TOO_HARD = "PROOF_OF_WORK_TOO_HARD"
    NICKNAME_INVALID = "NICKNAME_INVALID"
    PROFILE_INVALID = "PROFILE_INVALID"
    TEXT_INVALID = "TEXT_INVALID"
    NO_CLASSIC_KEY = "NO_CLASSIC_KEY"
    NOT_JOINED = "NOT_JOINED"
    ALREADY_JOINED = "ALREADY_JOINED"
    VAULT_BUSY = "VAULT_BUSY"
    VAULT_DAMAGED = "VAULT_DAMAGED"
    NOTHING_CAME = "NOTHING_CAME"
    # Why a letter was refused (SPEC §7.3, in the order of its steps).
    LETTER_MALFORMED = "LETTER_MALFORMED"
    UNSUPPORTED_ENVELOPE = "UNSUPPORTED_ENVELOPE"
    LETTER_MISDIRECTED = "LETTER_MISDIRECTED"
    RECORD_NEEDED = "RECORD_NEEDED"
    DOWNGRADE_REFUSED = "DOWNGRADE_REFUSED"
    LETTER_FORGED = "LETTER_FORGED"
    LETTER_FROM_FUTURE = "LETTER_FROM_FUTURE"
    UNREADABLE = "UNREADABLE"


class PeerError(Exception):
    """What went wrong, as a code; `detail` is a sentence for a person."""

    def __init__(self, code: str, detail: str = "", retry_after_ms: int = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = str(code)
        self.detail = detail
        self.retry_after_ms = retry_after_ms


EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3
EXIT_TRY_LATER = 4
EXIT_ALARM = 5
EXIT_VAULT = 6

_EXIT_STATUSES = {
    EXIT_USAGE: {
        Code.INVITE_MALFORMED,
        Code.PLAINTEXT_NOT_ALLOWED,
        Code.NICKNAME_INVALID,
        Code.PROFILE_INVALID,
        Code.TEXT_INVALID,
    },
    EXIT_TRY_LATER: {Code.NO_CONNECTION, Code.NOTHING_CAME},
    EXIT_ALARM: {
        Code.RELAY_MISBEHAVED,
        Code.WRONG_FINGERPRINT,
        Code.RELAY_PROOF_INVALID,
        Code.CLOCK_WRONG,
        Code.DIRECTORY_ALARM,
        Code.KEY_CHANGED,
    },
    EXIT_VAULT: {Code.NOT_JOINED, Code.ALREADY_JOINED, Code.VAULT_BUSY, Code.VAULT_DAMAGED},
}


def may_retry(error: PeerError) -> bool:
    """True when the same request may succeed later."""
    if error.code in (Code.NO_CONNECTION, Code.RELAY_WENT_BACK):
        return True
    return any(row.name == error.code and row.retry for row in RELAY_ERRORS.values())


def exit_status_of(error: PeerError) -> int:
    """The exit status of the program that ends because of this error."""
    for status, codes in _EXIT_STATUSES.items():
        if error.code in codes:
            return status
    return EXIT_TRY_LATER if may_retry(error) else EXIT_REFUSED
