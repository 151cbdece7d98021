"""Account records and chains (SPEC §5.1, §5.2) on the shared vectors."""

import unittest
from typing import Any

from sirdas_peer.errors import PeerError
from sirdas_peer.keys import SigningKey, is_usable_ed25519, verifies_ed25519
from sirdas_peer.records import ChainHead, sign_record, verify_next_record
from sirdas_peer.schema import pb

from .vectors import load_vectors

VECTORS = load_vectors("crypto/vectors/account-record.json")
PRIME = 2**255 - 19
IDENTITY = SigningKey.from_seed(b"i" * 32)


def person_record() -> Any:
    """Any valid record, by IDENTITY."""
    given = VECTORS["verify"][0]["input"]["records"][0]
    record = pb.AccountRecord.FromString(bytes.fromhex(given["record"]))
    record.identity_key = IDENTITY.public_bytes()
    return record


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


class Rules(unittest.TestCase):
    """The rules of SPEC §5.1 for which there is no vector."""

    def outcome(self, **changes: Any) -> str:
        record = pb.AccountRecord()
        record.CopyFrom(person_record())
        for name, value in changes.items():
            record.ClearField(name)
            if isinstance(value, list):
                getattr(record, name).extend(value)
            else:
                getattr(record, name).MergeFrom(value)
        try:
            verify_next_record(sign_record(record, IDENTITY), None, record.relay_fingerprint)
        except PeerError as error:
            return error.code
        return "ok"

    def test_pro_010_one_to_six_devices(self) -> None:
        keys = [SigningKey.from_seed(bytes([number]) * 32).public_bytes() for number in range(1, 8)]
        devices = [pb.Device(id=key[:16], signature_key=key) for key in keys]
        outcomes = [self.outcome(devices=devices[:count]) for count in (0, 1, 6, 7)]
        self.assertEqual(outcomes, ["DIRECTORY_FORGED", "ok", "ok", "DIRECTORY_FORGED"])

    def test_pro_010_suites(self) -> None:
        others = [f"suite-{number}" for number in range(8)]
        for suites, expected in (
            (["classic-1", *others[:7]], "ok"),
            (["classic-1", *others], "DIRECTORY_FORGED"),
            (["classic-1", "classic-1"], "DIRECTORY_FORGED"),
            (["classic-1", "MLS"], "DIRECTORY_FORGED"),
            (["classic-1", ""], "DIRECTORY_FORGED"),
            ([], "DIRECTORY_FORGED"),
        ):
            self.assertEqual(self.outcome(suites=suites), expected, suites)

    def test_pro_010_profiles(self) -> None:
        for profile, expected in (
            (pb.Profile(colour=0xFFFFFF, display_name="Ayşe 👩\u200d👧"), "ok"),
            (pb.Profile(colour=0x1000000), "DIRECTORY_FORGED"),
            (pb.Profile(display_name="ğ" * 33), "DIRECTORY_FORGED"),
            (pb.Profile(display_name="a\u202eb"), "DIRECTORY_FORGED"),
            (pb.Profile(display_name="a\u2028b"), "DIRECTORY_FORGED"),
            (pb.Profile(display_name="a\x9bb"), "DIRECTORY_FORGED"),
        ):
            self.assertEqual(self.outcome(profile=profile), expected, profile)


class Ed25519Keys(unittest.TestCase):
    def test_cry_001_a_key_of_small_order_verifies_nothing(self) -> None:
        neutral = b"\x01" + bytes(31)
        self.assertFalse(verifies_ed25519(neutral, neutral + bytes(32), b"any message"))

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
