"""Account records and chains (SPEC §5.1, §5.2) on the shared vectors."""

import unittest
from typing import Any

from sirdas_peer.errors import PeerError
from sirdas_peer.keys import is_usable_ed25519
from sirdas_peer.records import ChainHead, verify_next_record
from sirdas_peer.schema import pb

from .vectors import load_vectors

VECTORS = load_vectors("crypto/vectors/account-record.json")
PRIME = 2**255 - 19


def verify_chain(
    given: dict[str, Any], records: list[dict[str, str]], head: ChainHead | None = None
) -> ChainHead:
    """As directory.py does it with the relay's answers."""
    for record in records:
        signed = pb.SignedRecord(
            record=bytes.fromhex(record["record"]), signature=bytes.fromhex(record["signature"])
        )
        head = verify_next_record(signed, head, bytes.fromhex(given["relayFingerprint"]))
    if head is None or head.nickname != given["nickname"]:
        raise PeerError("ANOTHER_ACCOUNT")
    return head


class Chains(unittest.TestCase):
    def test_whole_chains(self) -> None:
        for vector in VECTORS["verify"]:
            with self.subTest(vector["name"]):
                if vector["expect"] != "ok":
                    with self.assertRaises(PeerError):
                        verify_chain(vector["input"], vector["input"]["records"])
                    continue
                head = verify_chain(vector["input"], vector["input"]["records"])
                expected = vector["output"]
                self.assertEqual(
                    (head.index, head.has_other_suite), (expected["index"], expected["publishedOtherSuite"])
                )
                # Some vectors leave the hash out.
                self.assertIn(expected["hash"], (head.record_hash.hex(), None))

    def test_continuing_a_pinned_chain(self) -> None:
        # That a chain is shorter or longer than the relay says is directory.py's, see test_session.py.
        codes = {
            "verified": "ok",
            "key-changed": "KEY_CHANGED",
            "forked": "DIRECTORY_FORGED",
            "BAD_RECORD": "DIRECTORY_FORGED",
        }
        for vector in VECTORS["continue"]:
            if "CRY-016" not in vector["name"]:
                with self.subTest(vector["name"]):
                    self.assertEqual(self.continue_chain(vector["input"]), codes[vector["expect"]])

    def continue_chain(self, given: dict[str, Any]) -> str:
        pinned = verify_chain(given, given["pinned"])
        try:
            verify_chain(given, given["records"], pinned)
        except PeerError as error:
            return error.code
        return "ok"


class Ed25519Keys(unittest.TestCase):
    def test_cry_001_small_order_and_non_canonical_keys_are_refused(self) -> None:
        for y in (0, 1, PRIME - 1, PRIME, PRIME + 1, 2**255 - 1):
            for sign in (0, 1 << 255):
                self.assertFalse(is_usable_ed25519((y | sign).to_bytes(32, "little")))
        self.assertFalse(is_usable_ed25519(bytes(31)))

    def test_cry_001_points_of_order_8_are_refused(self) -> None:
        """Doubling gives y = 0 where x² = −y²; with the curve's equation that is d·y⁴ + 2·y² − 1 = 0."""
        d = -121665 * pow(121666, -1, PRIME) % PRIME
        root = square_root((1 + d) % PRIME)
        squares = [(-1 + sign * root) * pow(d, -1, PRIME) % PRIME for sign in (1, -1)]
        y = next(square_root(square) for square in squares if square_root(square) ** 2 % PRIME == square)
        for point in (y, PRIME - y, y | 1 << 255, (PRIME - y) | 1 << 255):
            self.assertFalse(is_usable_ed25519(point.to_bytes(32, "little")))


def square_root(square: int) -> int:
    """RFC 8032 §5.1.3; of a number that has none it gives something else."""
    root = pow(square, (PRIME + 3) // 8, PRIME)
    return root if root * root % PRIME == square else root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
