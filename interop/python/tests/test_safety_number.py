"""Safety numbers (SPEC §5.5)."""

import unittest

from sirdas_peer.safety_number import Party, safety_number

from .vectors import load_vectors


class SafetyNumbers(unittest.TestCase):
    def test_shared_vectors(self) -> None:
        vectors = load_vectors("crypto/vectors/safety-number.json")
        for vector in vectors:
            with self.subTest(vector["name"]):
                fingerprint = bytes.fromhex(vector["input"][0]["relayFingerprint"])
                parties = [
                    Party(party["nickname"], bytes.fromhex(party["identityKey"])) for party in vector["input"]
                ]
                self.assertEqual(safety_number(fingerprint, *parties), vector["output"])
        self.assertGreater(len(vectors), 3)
