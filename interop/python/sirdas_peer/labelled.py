"""Labelled inputs (SPEC §1.1): the only byte strings that are ever hashed or signed."""

import hashlib
from enum import StrEnum


class Label(StrEnum):
    """One label per purpose, so that a signature made for one never verifies for another."""

    LOGIN = "sirdas/v1/login"
    RELAY_PROOF = "sirdas/v1/relay-proof"
    PROOF_OF_WORK = "sirdas/v1/proof-of-work"
    ACCOUNT_RECORD = "sirdas/v1/account-record"
    RECORD_HASH = "sirdas/v1/record-hash"
    DIRECT_CONVERSATION = "sirdas/v1/direct-conversation"
    SAFETY_NUMBER = "sirdas/v1/safety-number"
    CLASSIC_HEADER = "sirdas/v1/classic-header"
    CLASSIC_WRAPS = "sirdas/v1/classic-wraps"
    CLASSIC_KEY = "sirdas/v1/classic-key"
    # Of MLS conversations and of linking, which this client does not speak.
    SIGNAL = "sirdas/v1/signal"
    DEVICE_REPORT = "sirdas/v1/device-report"
    EPOCH_AUTHENTICATOR = "sirdas/v1/epoch-authenticator"
    LINKING_COMMITMENT = "sirdas/v1/linking-commitment"
    LINKING_TRANSCRIPT = "sirdas/v1/linking-transcript"


def labelled_input(label: Label, *fields: bytes | str) -> bytes:
    """`lp(label) || lp(field 1) || …`; strings are UTF-8."""
    return b"".join(_length_prefixed(part) for part in (str(label), *fields))


def labelled_sha256(label: Label, *fields: bytes | str) -> bytes:
    return hashlib.sha256(labelled_input(label, *fields)).digest()


def _length_prefixed(part: bytes | str) -> bytes:
    data = part.encode("utf-8") if isinstance(part, str) else part
    return len(data).to_bytes(4, "big") + data
