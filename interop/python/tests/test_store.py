"""The vault and its file: one program at a time, damage, saving together."""

import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from sirdas_peer.errors import Code, PeerError
from sirdas_peer.store import MessageRow, Origin, Position, Vault

LOG = b"l" * 16
DEVICE = b"d" * 16


def message(number: int) -> MessageRow:
    return MessageRow(bytes([number]) * 16, b"c" * 16, "ayşe", "bora", f"{number}. mesaj", 1_790_000_000_000)


class VaultCase(unittest.TestCase):
    def setUp(self) -> None:
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()), "home")

    def open(self) -> Vault:
        vault = Vault.open(self.home)
        self.addCleanup(vault.close)
        return vault

    def refusal_code(self) -> str:
        with self.assertRaises(PeerError) as caught:
            self.open()
        return caught.exception.code

    def receive(self, vault: Vault, number: int, counter: int) -> bool:
        return vault.save_received(message(number), Origin(DEVICE, counter), Position(LOG, number))


class Files(VaultCase):
    def test_only_the_owner_can_read_the_folder(self) -> None:
        self.open()
        self.assertEqual(self.home.stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.home / "vault.sqlite").stat().st_mode & 0o777, 0o600)

    def test_a_second_program_is_refused(self) -> None:
        self.open()
        self.assertEqual(self.refusal_code(), Code.VAULT_IN_USE)

    def test_a_damaged_file_is_refused_and_kept(self) -> None:
        self.home.mkdir()
        (self.home / "vault.sqlite").write_bytes(b"not a database" * 1000)
        self.assertEqual(self.refusal_code(), Code.VAULT_CORRUPT)
        self.assertTrue((self.home / "vault.sqlite").read_bytes().startswith(b"not a database"))

    def test_a_file_of_a_later_version_is_refused(self) -> None:
        vault = Vault.open(self.home)
        with vault._database.transaction() as connection:
            connection.execute("PRAGMA user_version = 99")
        vault.close()
        self.assertEqual(self.refusal_code(), Code.VAULT_CORRUPT)

    def test_every_commit_is_durable(self) -> None:
        vault = self.open()
        self.receive(vault, 1, counter=1)
        self.assertEqual(vault._database.row("PRAGMA synchronous"), (2,))


class Messages(VaultCase):
    def test_a_known_message_is_not_saved_again_but_passed_by(self) -> None:
        vault = self.open()
        self.assertTrue(self.receive(vault, 1, counter=1))
        self.assertFalse(vault.save_received(message(1), Origin(DEVICE, 1), Position(LOG, 2)))
        self.assertEqual(vault.cursor(LOG), 2)

    def test_a_sender_cannot_take_the_id_of_somebody_elses_message(self) -> None:
        vault = self.open()
        self.assertTrue(self.receive(vault, 1, counter=1))
        of_another = replace(message(1), sender="cem")
        self.assertTrue(vault.save_received(of_another, Origin(b"e" * 16, 1), Position(LOG, 2)))

    def test_a_full_disk_is_told_and_nothing_is_half_saved(self) -> None:
        vault = self.open()
        pages = vault._database.row("PRAGMA page_count")
        assert pages
        vault._database.row(f"PRAGMA max_page_count = {pages[0]}")
        with self.assertRaises(PeerError) as caught:
            for number in range(1, 200):
                self.receive(vault, number, counter=number)
        self.assertEqual(caught.exception.code, Code.DISK_FULL)
        last = vault.cursor(LOG)
        vault._database.row("PRAGMA max_page_count = 100000")
        self.assertTrue(self.receive(vault, last + 1, counter=last + 1))

    def test_text_and_cursor_are_saved_together_or_not_at_all(self) -> None:
        vault = self.open()
        broken = MessageRow(b"m" * 16, b"c" * 16, "ayşe", "bora", "x", None)  # type: ignore[arg-type]
        with self.assertRaises(Exception):
            vault.save_received(broken, Origin(DEVICE, 1), Position(LOG, 7))
        self.assertEqual((vault.cursor(LOG), vault.next_unshown()), (0, None))

    def test_not_more_than_so_many_letters_are_held_back(self) -> None:
        vault = self.open()
        with patch("sirdas_peer.store._MAX_HELD_LETTERS", 2):
            outcomes = [vault.hold_letter("ayşe", b"letter", Position(LOG, seq)) for seq in (1, 2, 3)]
        self.assertEqual((outcomes, vault.cursor(LOG)), ([True, True, False], 3))

    def test_holes_in_the_counters_of_a_device_are_counted(self) -> None:
        vault = self.open()
        missing = []
        for number, counter in enumerate((3, 4, 2, 7), start=1):
            self.receive(vault, number, counter)
            shown = vault.next_unshown()
            assert shown
            vault.mark_shown(shown)
            missing.append(shown.missing)
        self.assertEqual(missing, [2, 0, 0, 2])

    def test_own_messages_are_counted_from_1_and_kept_until_accepted(self) -> None:
        vault = self.open()
        for number in (1, 2):
            vault.queue_message(message(number), DEVICE)
        first = vault.next_outgoing(after=0)
        assert first
        second = vault.next_outgoing(after=first.number)
        assert second
        self.assertEqual(
            [(row.counter, row.message.text) for row in (first, second)], [(1, "1. mesaj"), (2, "2. mesaj")]
        )
        vault.finish_outgoing(first.number)
        self.assertEqual(vault.next_outgoing(after=0), second)
