"""One error class, `PeerError`, with a code; the exit status of the program for each code.

A code is either a relay's (SPEC §9, see limits.py) or one of this client's own, listed below; where both can tell the same
thing it has one name. Error texts hold nothing secret and nothing that a peer or a relay has sent.
"""

from enum import IntEnum, StrEnum

from .limits import RELAY_ERRORS


class Code(StrEnum):
    """This client's own codes, beside the names in RELAY_ERRORS."""

    # Inside the client only: whoever decodes knows what broken bytes mean where it stands.
    MALFORMED = "MALFORMED"
    UNREACHABLE = "UNREACHABLE"
    PROTOCOL_VIOLATION = "PROTOCOL_VIOLATION"
    UNKNOWN_ERROR = "UNKNOWN_ERROR"
    WRONG_RELAY_KEY = "WRONG_RELAY_KEY"
    RELAY_PROOF_INVALID = "RELAY_PROOF_INVALID"
    UNSUPPORTED_VERSION = "UNSUPPORTED_VERSION"
    CLOCK_SKEW = "CLOCK_SKEW"
    DIRECTORY_FORGED = "DIRECTORY_FORGED"
    KEY_CHANGED = "KEY_CHANGED"
    RELAY_WENT_BACK = "RELAY_WENT_BACK"
    BAD_INVITE = "BAD_INVITE"
    PLAINTEXT_REFUSED = "PLAINTEXT_REFUSED"
    WORK_TOO_HARD = "WORK_TOO_HARD"
    BAD_NICKNAME = "BAD_NICKNAME"
    BAD_NAME = "BAD_NAME"
    BAD_TEXT = "BAD_TEXT"
    TEXT_EMPTY = "TEXT_EMPTY"
    TEXT_TOO_LARGE = "TEXT_TOO_LARGE"
    BAD_LINE = "BAD_LINE"
    NO_USABLE_KEY = "NO_USABLE_KEY"
    NO_ACCOUNT = "NO_ACCOUNT"
    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    VAULT_IN_USE = "VAULT_IN_USE"
    VAULT_CORRUPT = "VAULT_CORRUPT"
    DISK_FULL = "DISK_FULL"
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


class ExitStatus(IntEnum):
    """The same numbers as the command `sirdas` has."""

    DONE = 0
    USAGE = 2
    LOCAL = 3
    NETWORK = 4
    REFUSED = 5
    UNDELIVERED = 6
    TRUST = 7
    INTERRUPTED = 130


# Every other code is the relay's and means that it refused.
_EXIT_CODES: dict[ExitStatus, set[str]] = {
    ExitStatus.USAGE: {
        *(Code.BAD_INVITE, Code.PLAINTEXT_REFUSED, Code.BAD_NICKNAME, Code.BAD_NAME),
        *(Code.BAD_TEXT, Code.TEXT_EMPTY, Code.TEXT_TOO_LARGE),
    },
    ExitStatus.LOCAL: {
        *(Code.NO_ACCOUNT, Code.ACCOUNT_EXISTS, Code.VAULT_IN_USE, Code.VAULT_CORRUPT, Code.DISK_FULL),
    },
    ExitStatus.NETWORK: {
        *(Code.UNREACHABLE, Code.RELAY_WENT_BACK, "HANDSHAKE_TIMEOUT", "TOO_MANY_CONNECTIONS"),
        *("GOING_DOWN", "REPLACED", "TIMED_OUT", "SLOW_READER"),
    },
    ExitStatus.UNDELIVERED: {
        *(Code.NOTHING_CAME, Code.NO_USABLE_KEY, "UNKNOWN_ACCOUNT", "UNKNOWN_LOG"),
        *("ENVELOPE_TOO_LARGE", "MAILBOX_FULL"),
    },
    ExitStatus.TRUST: {
        *(Code.PROTOCOL_VIOLATION, Code.WRONG_RELAY_KEY, Code.RELAY_PROOF_INVALID, Code.CLOCK_SKEW),
        *(Code.DIRECTORY_FORGED, Code.KEY_CHANGED),
    },
}


# Codes with which a letter is refused for good; after any other it is looked at again later.
LETTER_REFUSALS = {
    *(Code.LETTER_MALFORMED, Code.UNSUPPORTED_ENVELOPE, Code.LETTER_MISDIRECTED, Code.RECORD_NEEDED),
    *(Code.DOWNGRADE_REFUSED, Code.LETTER_FORGED, Code.LETTER_FROM_FUTURE, Code.UNREADABLE),
    # The sender's records are not to be believed; the relay finds no nickname in the sender's name.
    *(Code.DIRECTORY_FORGED, "NICKNAME_FORBIDDEN"),
}


def may_retry(error: PeerError) -> bool:
    """True when the same request may succeed later."""
    if error.code in (Code.UNREACHABLE, Code.RELAY_WENT_BACK):
        return True
    return any(row.name == error.code and row.retry for row in RELAY_ERRORS.values())


def is_of_relay(error: PeerError) -> bool:
    """True when the relay has answered with this error."""
    return error.code == Code.UNKNOWN_ERROR or any(row.name == error.code for row in RELAY_ERRORS.values())


def exit_status_of(code: str) -> ExitStatus:
    """The exit status of the program that ends because of this code."""
    for status, codes in _EXIT_CODES.items():
        if code in codes:
            return status
    return ExitStatus.REFUSED
