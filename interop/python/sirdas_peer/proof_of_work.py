"""The proof of work that an open relay asks of a new account (SPEC §4.3)."""

import hashlib
from itertools import count

from .errors import Code, PeerError
from .labelled import Label, labelled_input

PROOF_BYTES = 8
# CRY-018
_MAX_BITS = 26
_HASH_BITS = 256


def find_proof_of_work(relay_nonce: bytes, record: bytes, bits: int) -> bytes:
    """8 bytes. Raises WORK_TOO_HARD."""
    if bits > _MAX_BITS:
        raise PeerError(Code.WORK_TOO_HARD, "the relay asks for too much work")
    start = hashlib.sha256(
        labelled_input(Label.PROOF_OF_WORK, relay_nonce, record) + PROOF_BYTES.to_bytes(4, "big")
    )
    for number in count():
        proof = number.to_bytes(PROOF_BYTES, "big")
        attempt = start.copy()
        attempt.update(proof)
        if int.from_bytes(attempt.digest(), "big") >> (_HASH_BITS - bits) == 0:
            return proof
    raise AssertionError("unreachable")
