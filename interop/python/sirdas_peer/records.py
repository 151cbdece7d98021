"""Account records (SPEC §5.1, §5.2): making the first one of an account, verifying a chain of them.

The stages: bytes from the relay (`pb.SignedRecord`) → `verify_next_record` → `ChainHead`, what a client pins.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from .errors import Code, PeerError
from .keys import SigningKey, is_usable_ed25519, load_rsa_public_key, verifies_ed25519
from .labelled import Label, labelled_input, labelled_sha256
from .limits import MAX_DEVICES, MAX_NAME_BYTES, MAX_SUITE_LENGTH, MAX_SUITES
from .nickname import is_canonical_nickname
from .schema import pb
from .wire import decode, decode_canonical, encode

CLASSIC_SUITE = "classic-1"

_SUITE_NAME = re.compile(rf"[a-z0-9-]{{1,{MAX_SUITE_LENGTH}}}")
_MAX_COLOUR = 0xFFFFFF
_HASH_BYTES = 32
_BIDI_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class ChainHead:
    """The newest verified record of an account: what is pinned (SPEC §5.4)."""

    nickname: str
    # Ed25519 public key, 32 bytes.
    identity_key: bytes
    index: int
    record_hash: bytes
    # The encoded SignedRecord.
    signed_record: bytes
    # True when any record of the chain has named a suite that this client does not speak.
    has_other_suite: bool

    def record(self) -> Any:
        return pb.AccountRecord.FromString(pb.SignedRecord.FromString(self.signed_record).record)


@dataclass(frozen=True)
class Profile:
    """What an account shows of itself; empty and None mean not given."""

    display_name: str = ""
    # 0xRRGGBB.
    colour: int | None = None

    def encode(self) -> Any:
        return pb.Profile(display_name=self.display_name, colour=self.colour)


def sign_record(record: Any, identity: SigningKey) -> Any:
    data = encode(record)
    signature = identity.sign(labelled_input(Label.ACCOUNT_RECORD, data))
    return pb.SignedRecord(record=data, signature=signature)


def hash_record(record: bytes) -> bytes:
    return labelled_sha256(Label.RECORD_HASH, record)


def verify_next_record(signed: Any, before: ChainHead | None, relay_fingerprint: bytes) -> ChainHead:
    """Checks a record and that it follows `before` (None: that it is the first). Raises DIRECTORY_FORGED."""
    try:
        record = decode_canonical(pb.AccountRecord, signed.record)
        _check_own_rules(record, relay_fingerprint)
    except PeerError as error:
        raise PeerError(Code.DIRECTORY_FORGED, f"a record that breaks a rule ({error.detail})") from None
    if not verifies_ed25519(
        record.identity_key, signed.signature, labelled_input(Label.ACCOUNT_RECORD, signed.record)
    ):
        raise PeerError(Code.DIRECTORY_FORGED, "a record with a wrong signature")  # CRY-013
    _check_continues(record, before)
    had_other_suite = before is not None and before.has_other_suite
    return ChainHead(
        nickname=record.nickname,
        identity_key=record.identity_key,
        index=record.index,
        record_hash=hash_record(signed.record),
        signed_record=encode(signed),
        has_other_suite=had_other_suite or any(suite != CLASSIC_SUITE for suite in record.suites),
    )


def decode_signed_record(data: bytes) -> Any:
    return decode(pb.SignedRecord, data)


def check_profile(profile: Any) -> None:
    """Raises MALFORMED when a rule of SPEC §5.1 for profiles is broken."""
    if profile.colour > _MAX_COLOUR:
        raise PeerError(Code.MALFORMED, "a colour beyond 0xFFFFFF")
    if not is_plain_name(profile.display_name):
        raise PeerError(Code.MALFORMED, "a display name with a forbidden character, or too long")


def is_plain_name(name: str) -> bool:
    """Of a device or a person."""
    return is_printable(name, MAX_NAME_BYTES)


def is_printable(text: str, max_bytes: int) -> bool:
    """No character that changes more than its own place."""
    is_short = len(text.encode("utf-8")) <= max_bytes
    categories = {unicodedata.category(character) for character in text}
    return is_short and not categories & {"Cc", "Zl", "Zp"} and not _BIDI_CONTROLS & set(text)


def _check_own_rules(record: Any, relay_fingerprint: bytes) -> None:
    """The rules of SPEC §5.1 that concern one record alone."""
    if record.relay_fingerprint != relay_fingerprint:  # CRY-012
        raise PeerError(Code.MALFORMED, "of another relay")
    if not is_canonical_nickname(record.nickname):
        raise PeerError(Code.MALFORMED, "nickname")
    if not all(
        map(is_usable_ed25519, (record.identity_key, *(device.signature_key for device in record.devices)))
    ):
        raise PeerError(Code.MALFORMED, "a key that is not one")
    if len(record.previous_hash) != (_HASH_BYTES if record.index > 0 else 0):
        raise PeerError(Code.MALFORMED, "previous hash")
    _check_devices(record.devices)
    _check_suites(list(record.suites))
    if (CLASSIC_SUITE in record.suites) != bool(record.rsa_public_key):
        raise PeerError(Code.MALFORMED, "RSA key and suites do not fit")
    if record.rsa_public_key:
        load_rsa_public_key(record.rsa_public_key)
    check_profile(record.profile)


def _check_devices(devices: Any) -> None:
    if not 1 <= len(devices) <= MAX_DEVICES:  # PRO-010
        raise PeerError(Code.MALFORMED, "number of devices")
    if len({device.id for device in devices}) < len(devices):
        raise PeerError(Code.MALFORMED, "two devices with one id")
    if len({device.signature_key for device in devices}) < len(devices):
        raise PeerError(Code.MALFORMED, "two devices with one key")
    if not all(is_plain_name(device.name) for device in devices):
        raise PeerError(Code.MALFORMED, "name of a device")


def _check_suites(suites: list[str]) -> None:
    are_different = len(set(suites)) == len(suites)
    if not (1 <= len(suites) <= MAX_SUITES and are_different and all(map(_SUITE_NAME.fullmatch, suites))):
        raise PeerError(Code.MALFORMED, "suites")


def _check_continues(record: Any, before: ChainHead | None) -> None:
    """The rules of SPEC §5.1 about the record before. Raises KEY_CHANGED or DIRECTORY_FORGED."""
    if before is None:
        if record.index != 0:
            raise PeerError(Code.DIRECTORY_FORGED, "a chain without its beginning")
        return
    if record.identity_key != before.identity_key:  # CRY-014
        raise PeerError(Code.KEY_CHANGED, "a record by another identity key")
    continues = (
        record.nickname == before.nickname
        and record.index == before.index + 1
        and record.previous_hash == before.record_hash
    )
    if not continues:  # CRY-015
        raise PeerError(Code.DIRECTORY_FORGED, "a record that does not continue the pinned ones")
