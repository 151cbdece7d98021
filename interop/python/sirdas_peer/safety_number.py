"""Safety numbers (SPEC §5.5): 60 digits that two people compare to know that nobody stands between them."""

import hashlib
from dataclasses import dataclass

from .labelled import Label, labelled_input

_FURTHER_ROUNDS = 5199
_GROUPS = 6
_GROUP_BYTES = 5
_GROUP_DIGITS = 5


@dataclass(frozen=True)
class Party:
    nickname: str
    # 32 bytes.
    identity_key: bytes


def safety_number(relay_fingerprint: bytes, one: Party, other: Party) -> str:
    """12 groups of 5 digits with spaces between; the same for both people."""
    digits = "".join(sorted(_digits_of(relay_fingerprint, party) for party in (one, other)))
    return " ".join(digits[start : start + _GROUP_DIGITS] for start in range(0, len(digits), _GROUP_DIGITS))


def _digits_of(relay_fingerprint: bytes, party: Party) -> str:
    start = labelled_input(Label.SAFETY_NUMBER, relay_fingerprint, party.nickname, party.identity_key)
    digest = hashlib.sha512(start).digest()
    for _ in range(_FURTHER_ROUNDS):
        digest = hashlib.sha512(digest + party.identity_key).digest()
    groups = (
        digest[start : start + _GROUP_BYTES] for start in range(0, _GROUPS * _GROUP_BYTES, _GROUP_BYTES)
    )
    return "".join(f"{int.from_bytes(group, 'big') % 10**_GROUP_DIGITS:0{_GROUP_DIGITS}}" for group in groups)
