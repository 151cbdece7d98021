"""What the program writes: peers' text never reaches a terminal as it is."""

import io
import json
import unittest

from sirdas_peer.events import (
    Connected,
    Delayed,
    Disconnected,
    Event,
    Expired,
    KeyChanged,
    NotSent,
    PresenceShown,
    Refused,
    Sent,
)
from sirdas_peer.output import Output, printable
from sirdas_peer.store import MessageRow

EVIL = "a\x1b[31m\x9b1m\x07\r\u202eb\u2066\ufeff\x00\x85\u2028c"
MESSAGE = MessageRow(b"m" * 16, b"c" * 16, "ayşe", "bora", EVIL, 1_790_000_000_000, missing=2)
EVENTS: list[Event] = [
    Connected("ayşe"),
    Disconnected("UNREACHABLE"),
    Sent(b"m" * 16),
    NotSent(b"m" * 16, "UNKNOWN_ACCOUNT"),
    Delayed(b"m" * 16, "MAILBOX_FULL"),
    Refused("UNREADABLE"),
    KeyChanged("ayşe"),
    Expired(3),
    PresenceShown("ayşe", 0xFF8800, True),
    PresenceShown("ayşe", None, False),
]


class ForPeople(unittest.TestCase):
    def test_no_character_that_a_terminal_obeys_is_left(self) -> None:
        self.assertEqual(
            printable(EVIL), "a\ufffd[31m\ufffd1m\ufffd\ufffd\ufffdb\ufffd\ufffd\ufffd\ufffd\ufffdc"
        )

    def test_a_second_line_cannot_pass_for_another_message(self) -> None:
        self.assertEqual(printable("a\nbora → ayşe: x"), "a\n    bora → ayşe: x")

    def test_emoji_that_are_joined_stay_joined(self) -> None:
        self.assertEqual(printable("👩\u200d👧 ğ"), "👩\u200d👧 ğ")

    def test_a_message_says_that_it_has_no_forward_secrecy_and_what_is_missing(self) -> None:
        stream = io.StringIO()
        Output(as_json=False, stream=stream).message(MESSAGE)
        self.assertIn("(2 earlier messages never came)", stream.getvalue())
        self.assertIn("(no forward secrecy)", stream.getvalue())

    def test_every_event_has_a_line(self) -> None:
        stream = io.StringIO()
        for event in EVENTS:
            Output(as_json=False, stream=stream).event(event)
        self.assertEqual(stream.getvalue().count("\n"), len(EVENTS))


class ForPrograms(unittest.TestCase):
    def test_a_message_is_one_ascii_line_that_says_all(self) -> None:
        stream = io.StringIO()
        Output(as_json=True, stream=stream).message(MESSAGE)
        line = stream.getvalue()
        self.assertTrue(line.isascii() and line.count("\n") == 1 and line[:-1].isprintable())
        fields = json.loads(line)
        self.assertEqual((fields["kind"], fields["from"], fields["text"]), ("message", "ayşe", EVIL))

    def test_every_event_is_an_object_of_its_kind(self) -> None:
        stream = io.StringIO()
        for event in EVENTS:
            Output(as_json=True, stream=stream).event(event)
        objects = [json.loads(line) for line in stream.getvalue().splitlines()]
        self.assertEqual(objects[3], {"kind": "not_sent", "id": "6d" * 16, "code": "UNKNOWN_ACCOUNT"})
        self.assertEqual(len({fields["kind"] for fields in objects}), len(EVENTS) - 1)
