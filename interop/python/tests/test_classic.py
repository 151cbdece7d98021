"""Classic letters (SPEC §7): the shared vectors, right ones and broken ones, and letters sealed here."""

import secrets
import unittest
from dataclasses import replace
from typing import Any

from sirdas_peer.classic import (
    Direction,
    check_direction,
    decode_letter,
    open_letter,
    seal_letter,
    verify_letter,
)
from sirdas_peer.content import Content, conversation_of
from sirdas_peer.errors import Code, PeerError

from .people import LETTERS, RELAY_FINGERPRINT, person

NOW_MS = 1_790_000_600_123


def receive(given: dict[str, Any]) -> tuple[Direction, Content]:
    """All of SPEC §7.3 but the looking up and the saving."""
    reader = person(given["reader"])
    sender = person(given["sender"]).head
    both = given.get("bothPublishedOtherSuite", False)
    sender = replace(sender, has_other_suite=both)
    own = replace(reader.head, has_other_suite=both)
    letter = decode_letter(bytes.fromhex(given["envelope"]))
    direction = check_direction(letter, reader.head.nickname, RELAY_FINGERPRINT)
    verify_letter(letter, sender, own, given["nowMs"])
    return direction, open_letter(letter, direction, reader.unwrap_key)


class SharedVectors(unittest.TestCase):
    def test_letters_that_open(self) -> None:
        for vector in LETTERS["open"]:
            with self.subTest(vector["name"]):
                _, content = receive(vector["input"])
                expected = vector["output"]
                self.assertEqual(content.text, expected["text"])
                self.assertEqual(
                    (content.time_ms, content.counter), (expected["timeMs"], expected["counter"])
                )
                ids = (content.message_id.hex(), content.conversation.hex(), content.device.hex())
                self.assertEqual(ids, (expected["messageId"], expected["conversation"], expected["device"]))

    def test_letters_that_are_refused_and_at_which_step(self) -> None:
        steps = LETTERS["refuse"]
        self.assertEqual(list(steps), ["receive", "verify", "open"])
        for vectors in steps.values():
            for vector in vectors:
                with self.subTest(vector["name"]), self.assertRaises(PeerError) as caught:
                    receive(vector["input"])
                self.assertEqual(caught.exception.code, vector["expect"], vector["name"])


class SealedHere(unittest.TestCase):
    def setUp(self) -> None:
        self.ayse, self.bora = person("ayşe"), person("bora")
        conversation = conversation_of(RELAY_FINGERPRINT, "ayşe", "bora")
        self.content = Content(b"m" * 16, NOW_MS, conversation, b"d" * 16, 3, "Görüşürüz 👋")
        self.envelope = seal_letter(
            self.content, self.ayse.sender(), self.bora.recipient(), secrets.token_bytes
        )

    def receive(self, envelope: bytes, reader: str = "bora") -> Content:
        given = {"reader": reader, "sender": "ayşe", "nowMs": NOW_MS, "envelope": envelope.hex()}
        return receive(given)[1]

    def test_recipient_and_own_devices_read_it(self) -> None:
        self.assertEqual(self.receive(self.envelope), self.content)
        self.assertEqual(self.receive(self.envelope, reader="ayşe"), self.content)

    def test_cry_022_the_key_of_an_account_of_another_name_does_not_count(self) -> None:
        another = replace(self.ayse.head, nickname="cem")
        with self.assertRaises(PeerError) as caught:
            verify_letter(decode_letter(self.envelope), another, self.bora.head, NOW_MS)
        self.assertEqual(caught.exception.code, Code.LETTER_FORGED)

    def test_every_letter_has_a_key_of_its_own(self) -> None:
        again = seal_letter(self.content, self.ayse.sender(), self.bora.recipient(), secrets.token_bytes)
        one, other = decode_letter(self.envelope).header, decode_letter(again).header
        self.assertNotEqual(one.key_commitment, other.key_commitment)

    def test_no_byte_can_be_changed(self) -> None:
        refusals = {
            Code.LETTER_MALFORMED,
            Code.LETTER_FORGED,
            Code.LETTER_MISDIRECTED,
            Code.UNSUPPORTED_ENVELOPE,
        }
        for place in range(0, len(self.envelope), 7):
            changed = bytearray(self.envelope)
            changed[place] ^= 0x01
            with self.subTest(place), self.assertRaises(PeerError) as caught:
                self.receive(bytes(changed))
            self.assertIn(caught.exception.code, refusals)

    def test_no_truncation_opens(self) -> None:
        for length in range(0, len(self.envelope), 11):
            with self.subTest(length), self.assertRaises(PeerError):
                self.receive(self.envelope[:length])
