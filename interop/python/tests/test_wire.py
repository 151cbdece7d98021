"""Decoding of frames and of canonical messages (SPEC §3, §5.1)."""

import unittest

from sirdas_peer.errors import Code, PeerError
from sirdas_peer.schema import pb
from sirdas_peer.wire import decode, decode_canonical, encode

from .vectors import load_vectors

PROFILE = encode(pb.Profile(colour=0, display_name="Ayşe"))
UNKNOWN_FIELD = b"\x98\x06\x01"


class Frames(unittest.TestCase):
    def test_frozen_frames_of_version_1(self) -> None:
        for vector in load_vectors("protocol/vectors/frames-v1.json"):
            with self.subTest(vector["name"]):
                data = bytes.fromhex(vector["input"])
                self.assertEqual(outcome_of(data), vector["expect"])
                if vector["expect"] == "ok":
                    self.assertEqual(encode(decode(pb.Frame, data)), data)

    def test_frozen_frames_of_conversations(self) -> None:
        for vector in load_vectors("protocol/vectors/frames-v1-conversations.json"):
            # Of what this client never gets, only the form is checked.
            if vector["expect"] == "ok":
                with self.subTest(vector["name"]):
                    data = bytes.fromhex(vector["input"])
                    self.assertEqual(encode(decode(pb.Frame, data)), data)

    def test_pro_002_no_truncation_of_a_frame_passes_for_the_frame(self) -> None:
        for vector in load_vectors("protocol/vectors/frames-v1.json"):
            data = bytes.fromhex(vector["input"])
            if vector["expect"] == "ok":
                for length in range(len(data)):
                    self.assertFalse(self.decodes_to(data[:length], data), vector["name"])

    def test_pro_002_bytes_behind_the_end_of_the_message_are_refused(self) -> None:
        end_of_a_group = b"\x0c"
        self.assertEqual(outcome_of(encode(pb.Frame(ping=pb.Ping())) + end_of_a_group + b"rest"), "MALFORMED")

    def test_unknown_fields_of_a_frame_are_ignored(self) -> None:
        frame = decode(pb.Frame, encode(pb.Frame(request=7, done=pb.Done())) + UNKNOWN_FIELD)
        self.assertEqual((frame.request, frame.WhichOneof("kind")), (7, "done"))

    def test_pro_003_a_deliver_without_its_log_is_refused(self) -> None:
        self.assertEqual(outcome_of(encode(pb.Frame(deliver=pb.Deliver()))), "MALFORMED")

    def test_pro_003_a_directory_entry_without_its_record_is_refused(self) -> None:
        account = pb.Account(inbox=bytes(16), entries=[pb.DirectoryEntry(directory_index=1)])
        self.assertEqual(outcome_of(encode(pb.Frame(account=account))), "MALFORMED")

    def decodes_to(self, data: bytes, whole: bytes) -> bool:
        try:
            return encode(decode(pb.Frame, data)) == whole
        except PeerError:
            return False


class CanonicalForm(unittest.TestCase):
    def test_what_encode_makes_is_canonical(self) -> None:
        self.assertEqual(decode_canonical(pb.Profile, PROFILE).display_name, "Ayşe")

    def test_pro_006_every_other_form_is_refused(self) -> None:
        others = {
            "an unknown field": PROFILE + UNKNOWN_FIELD,
            "fields out of order": encode(pb.Profile(display_name="A")) + encode(pb.Profile(colour=1)),
            "a field twice": PROFILE + encode(pb.Profile(display_name="Ayşe")),
            "a default value": PROFILE + b"\x12\x00",
            "a number longer than needed": b"\x08\x81\x00",
            "an unknown field inside": encode(pb.AccountRecord(profile=pb.Profile()))
            + b"\x4a\x03"
            + UNKNOWN_FIELD,
        }
        for name, data in others.items():
            with self.subTest(name), self.assertRaises(PeerError) as caught:
                decode_canonical(pb.Profile if "inside" not in name else pb.AccountRecord, data)
            self.assertEqual(caught.exception.code, Code.MALFORMED)

    def test_pro_002_text_that_is_not_utf_8_is_refused(self) -> None:
        with self.assertRaises(PeerError):
            decode(pb.Profile, b"\x12\x01\xff")


def outcome_of(data: bytes) -> str:
    try:
        return "ok" if decode(pb.Frame, data).WhichOneof("kind") else "UNKNOWN_KIND"
    except PeerError as error:
        return error.code
