"""Fernet tokens: the published vectors (github.com/fernet/spec) and the strict form of SPEC §7."""

import base64
import unittest
from datetime import datetime

from sirdas_peer.errors import Code, PeerError
from sirdas_peer.fernet import open_token, seal_token

from .vectors import load_published_vectors

KEY = bytes(range(32))


def seconds_of(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def timestamp_in(token: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(token)[1:9], "big")


class PublishedVectors(unittest.TestCase):
    def test_verify(self) -> None:
        for vector in load_published_vectors("fernet/verify.json"):
            key = base64.urlsafe_b64decode(vector["secret"])
            opened = open_token(key, vector["token"].encode(), timestamp_in(vector["token"]))
            self.assertEqual(opened, vector["src"].encode())

    def test_generate_says_the_same_when_opened(self) -> None:
        for vector in load_published_vectors("fernet/generate.json"):
            key = base64.urlsafe_b64decode(vector["secret"])
            self.assertEqual(
                open_token(key, vector["token"].encode(), seconds_of(vector["now"])), vector["src"].encode()
            )

    def test_cry_004_to_007_every_invalid_token_is_unreadable(self) -> None:
        vectors = load_published_vectors("fernet/invalid.json")
        for vector in vectors:
            with self.subTest(vector["desc"]), self.assertRaises(PeerError) as caught:
                key = base64.urlsafe_b64decode(vector["secret"])
                open_token(key, vector["token"].encode(), seconds_of(vector["now"]))
            self.assertEqual(caught.exception.code, Code.UNREADABLE)
        self.assertEqual(len(vectors), 8)


class StrictForm(unittest.TestCase):
    def test_a_sealed_token_opens_at_its_time_only(self) -> None:
        token = seal_token(KEY, b"merhaba", 1_790_000_000)
        self.assertEqual(open_token(KEY, token, 1_790_000_000), b"merhaba")
        with self.assertRaises(PeerError):  # CRY-006
            open_token(KEY, token, 1_790_000_001)

    def test_cry_003_other_spellings_of_the_same_bytes_are_refused(self) -> None:
        token = seal_token(KEY, b"\xff" * 300, 1_790_000_000)
        standard = token.replace(b"-", b"+").replace(b"_", b"/")
        self.assertNotEqual(standard, token)
        for other in (
            token + b"\n",
            b" " + token,
            token.rstrip(b"="),
            token + b"=",
            standard,
            token[:9] + b"." + token[9:],
        ):
            with self.assertRaises(PeerError):
                open_token(KEY, other, 1_790_000_000)
