"""limits.py and labelled.py say what the tables of SPEC.md say."""

import re
import unittest

from sirdas_peer import limits
from sirdas_peer.labelled import Label, labelled_input

from .vectors import SPEC

TEXT = SPEC.read_text(encoding="utf-8")


class SpecTables(unittest.TestCase):
    def test_limits_equal_those_of_section_8(self) -> None:
        rows = re.findall(r"^\| `([A-Z_0-9]+)` \| (\d+) \|", TEXT, re.MULTILINE)
        self.assertGreater(len(rows), 10)
        for name, value in rows:
            self.assertEqual(getattr(limits, name), int(value), name)

    def test_errors_equal_those_of_section_9(self) -> None:
        rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \| (yes|no) \| (yes|no) \|", TEXT, re.MULTILINE)
        expected = {
            int(code): limits.RelayError(name, fatal == "yes", retry == "yes")
            for code, name, fatal, retry in rows
        }
        self.assertEqual(limits.RELAY_ERRORS, expected)

    def test_labels_equal_those_of_section_1(self) -> None:
        self.assertEqual(
            {str(label) for label in Label}, set(re.findall(r"^\| `(sirdas/v1/[a-z-]+)`", TEXT, re.MULTILINE))
        )

    def test_labelled_input_prefixes_every_part_with_its_length(self) -> None:
        made = labelled_input(Label.LOGIN, "ş", b"")
        self.assertEqual(made, b"\0\0\0\x0fsirdas/v1/login" + b"\0\0\0\x02\xc5\x9f" + b"\0\0\0\0")
