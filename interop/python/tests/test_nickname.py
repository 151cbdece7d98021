"""Nicknames (SPEC §5.3)."""

import unittest

from sirdas_peer.errors import PeerError
from sirdas_peer.nickname import is_canonical_nickname, prepare_nickname

from .vectors import load_vectors


def outcome_of(typed: str) -> str:
    try:
        return prepare_nickname(typed)
    except PeerError:
        return "BAD_NICKNAME"


class Nicknames(unittest.TestCase):
    def test_shared_vectors(self) -> None:
        for vector in load_vectors("protocol/vectors/nicknames.json"):
            with self.subTest(vector["name"]):
                self.assertEqual(outcome_of(vector["input"]), vector.get("output", vector["expect"]))

    def test_pro_007_only_the_prepared_form_is_canonical(self) -> None:
        for vector in load_vectors("protocol/vectors/nicknames.json"):
            with self.subTest(vector["name"]):
                self.assertEqual(
                    is_canonical_nickname(vector["input"]), vector["input"] == vector.get("output")
                )

    def test_every_name_that_is_not_one(self) -> None:
        names = {
            "33 code points": "a" * 33,
            "starts with a hyphen": "-ali",
            "starts with a mark": "\u0301ali",
            "a tatweel": "مـح",
            "a variation selector": "ali\ufe0f",
            "a Hangul filler": "ali\u3164",
            "a conjoining Jamo": "\u1100\u1161\u11a8",
            "both kinds of Arabic digits": "\u0627\u0661\u06f1",
            "a right-to-left name that ends in a Latin letter": "דודd",
            "a lone surrogate": "ali\ud800",
            "a circled letter": "ali\u24d0",
        }
        for reason, name in names.items():
            with self.subTest(reason):
                self.assertEqual(outcome_of(name), "BAD_NICKNAME")

    def test_names_that_are_fine(self) -> None:
        for name in (
            "abc",
            "a" * 32,
            "1ali",
            "ali.veli-49_50",
            "çığ",
            "δημος",
            "олег",
            "محمد",
            "דוד1",
            "日本語",
        ):
            with self.subTest(name):
                self.assertEqual(outcome_of(name), name)
