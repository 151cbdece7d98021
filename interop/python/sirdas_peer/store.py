"""The vault: what a client must not forget, over one SQLite file (database.py).

Every method is one transaction; what must not come apart (a text and the cursor, SPEC §7.3 step 8) is one method. Keys and
texts lie in it unencrypted, readable for the owner of the folder only: README.md says so.
"""

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from .database import Database
from .records import ChainHead


@dataclass(frozen=True)
class AccountRow:
    # The encoded InviteLink.
    invite: bytes
    nickname: str
    identity_seed: bytes
    device: bytes
    device_seed: bytes
    # PKCS #8.
    rsa_key: bytes
    # The encoded SignedRecord.
    first_record: bytes
    # False until the relay has said that the nickname is ours.
    claimed: bool


@dataclass(frozen=True)
class MessageRow:
    message_id: bytes
    conversation: bytes
    sender: str
    recipient: str
    # None: a kind of a later version.
    text: str | None
    time_ms: int
    # How many messages of the same device before this one never came.
    missing: int = 0


@dataclass(frozen=True)
class OutgoingRow:
    number: int
    message: MessageRow
    counter: int


@dataclass(frozen=True)
class Origin:
    """Where a received message came from: the sending device and its counter."""

    device: bytes
    counter: int


@dataclass(frozen=True)
class Position:
    """A place in a log."""

    log: bytes
    seq: int


_MAX_HELD_LETTERS = 1000
_MESSAGE_COLUMNS = "message_id, conversation, sender, recipient, text, time_ms, missing"
_CONTACT_COLUMNS = "nickname, identity_key, record_index, record_hash, signed_record, has_other_suite"


class Vault:
    """Made by `open`, closed by `close`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, home: Path) -> Self:
        """Raises VAULT_IN_USE, VAULT_CORRUPT."""
        return cls(Database.open(home))

    def close(self) -> None:
        self._database.close()

    # The own account

    def account(self) -> AccountRow | None:
        row = self._database.row(
            "SELECT invite, nickname, identity_seed, device, device_seed, rsa_key, first_record, claimed FROM account"
        )
        return None if row is None else replace(AccountRow(*row), claimed=bool(row[-1]))

    def save_account(self, account: AccountRow) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO account (one, invite, nickname, identity_seed, device, device_seed, rsa_key,"
                " first_record, claimed) VALUES (1, :invite, :nickname, :identity_seed, :device, :device_seed,"
                " :rsa_key, :first_record, :claimed)",
                vars(account),
            )

    def finish_claim(self, own_head: ChainHead) -> None:
        """The nickname is ours: the account is kept, and the own chain is pinned like anyone's."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE account SET claimed = 1")
            _insert_contact(connection, own_head, pinned=True)

    def delete_unclaimed_account(self) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM account WHERE claimed = 0")

    # Other accounts

    def contact(self, nickname: str, pinned: bool = True) -> ChainHead | None:
        """The pinned chain of an account, or the changed one that waits beside it."""
        row = self._database.row(
            f"SELECT {_CONTACT_COLUMNS} FROM contact WHERE nickname = ? AND is_pinned = ?", (nickname, pinned)
        )
        return None if row is None else replace(ChainHead(*row), has_other_suite=bool(row[-1]))

    def save_contact(self, head: ChainHead, pinned: bool = True) -> None:
        with self._database.transaction() as connection:
            _insert_contact(connection, head, pinned)

    def accept_changed_contact(self, nickname: str) -> None:
        """The changed chain becomes the pinned one."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM contact WHERE nickname = ? AND is_pinned = 1", (nickname,))
            connection.execute("UPDATE contact SET is_pinned = 1 WHERE nickname = ?", (nickname,))

    # Own messages

    def queue_message(self, message: MessageRow, device: bytes) -> None:
        """Saves an own message before any network, and counts it."""
        with self._database.transaction() as connection:
            number = _insert_message(connection, message, shown=True)
            counter = _last_counter(connection, message.conversation, device) + 1
            _save_counter(connection, message.conversation, device, counter)
            connection.execute("INSERT INTO outgoing (number, counter) VALUES (?, ?)", (number, counter))

    def next_outgoing(self, after: int) -> OutgoingRow | None:
        """The oldest message behind a number that the relay has not accepted yet."""
        row = self._database.row(
            f"SELECT number, counter, {_MESSAGE_COLUMNS} FROM outgoing JOIN message USING (number)"
            " WHERE number > ? ORDER BY number LIMIT 1",
            (after,),
        )
        return None if row is None else OutgoingRow(row[0], MessageRow(*row[2:]), row[1])

    def newest_outgoing(self) -> int:
        """The number of the newest message that the relay has not accepted yet; 0: there is none."""
        row = self._database.row("SELECT max(number) FROM outgoing")
        return 0 if row is None or row[0] is None else int(row[0])

    def finish_outgoing(self, number: int) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM outgoing WHERE number = ?", (number,))

    # What came in

    def cursor(self, log: bytes) -> int:
        row = self._database.row("SELECT seq FROM log_cursor WHERE log = ?", (log,))
        return 0 if row is None else int(row[0])

    def save_cursor(self, position: Position) -> None:
        with self._database.transaction() as connection:
            _save_cursor(connection, position)

    def save_received(self, message: MessageRow, origin: Origin, position: Position | None) -> bool:
        """Saves a message and the cursor together. False when the message is known. Works out `missing`."""
        with self._database.transaction() as connection:
            _save_cursor(connection, position)
            known = "SELECT 1 FROM message WHERE sender = ? AND message_id = ?"
            if connection.execute(known, (message.sender, message.message_id)).fetchone():
                return False
            last = _last_counter(connection, message.conversation, origin.device)
            missing = max(0, origin.counter - last - 1)
            _insert_message(connection, replace(message, missing=missing), shown=False)
            _save_counter(connection, message.conversation, origin.device, max(last, origin.counter))
            return True

    def save_refused(self, code: str, position: Position | None) -> None:
        """Counts a letter that was refused, and passes it by."""
        with self._database.transaction() as connection:
            _save_cursor(connection, position)
            connection.execute(
                "INSERT INTO refusal (code, count) VALUES (?, 1) ON CONFLICT (code) DO UPDATE SET count = count + 1",
                (code,),
            )

    def refusals(self) -> dict[str, int]:
        """How many letters were refused, by code."""
        return {
            row[0]: row[1] for row in self._database.rows("SELECT code, count FROM refusal ORDER BY code")
        }

    def hold_letter(self, sender: str, envelope: bytes, position: Position | None) -> bool:
        """False when that many are held already; the letter is passed by then."""
        with self._database.transaction() as connection:
            _save_cursor(connection, position)
            if connection.execute("SELECT count(*) FROM held_letter").fetchone()[0] >= _MAX_HELD_LETTERS:
                return False
            connection.execute("INSERT INTO held_letter (sender, envelope) VALUES (?, ?)", (sender, envelope))
            return True

    def held_letters(self, sender: str) -> list[tuple[int, bytes]]:
        """Numbers and envelopes, in the order in which they came."""
        query = "SELECT number, envelope FROM held_letter WHERE sender = ? ORDER BY number"
        return [(row[0], row[1]) for row in self._database.rows(query, (sender,))]

    def drop_held_letter(self, number: int) -> None:
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM held_letter WHERE number = ?", (number,))

    # What was shown

    def next_unshown(self) -> MessageRow | None:
        row = self._database.row(
            f"SELECT {_MESSAGE_COLUMNS} FROM message WHERE is_shown = 0 ORDER BY number LIMIT 1"
        )
        return None if row is None else MessageRow(*row)

    def mark_shown(self, message: MessageRow) -> None:
        key = (message.sender, message.message_id)
        with self._database.transaction() as connection:
            connection.execute("UPDATE message SET is_shown = 1 WHERE sender = ? AND message_id = ?", key)


def _insert_contact(connection: sqlite3.Connection, head: ChainHead, pinned: bool) -> None:
    connection.execute(
        f"INSERT OR REPLACE INTO contact (is_pinned, {_CONTACT_COLUMNS}) VALUES (:is_pinned, :nickname,"
        " :identity_key, :index, :record_hash, :signed_record, :has_other_suite)",
        {**vars(head), "is_pinned": pinned},
    )


def _insert_message(connection: sqlite3.Connection, message: MessageRow, shown: bool) -> int | None:
    cursor = connection.execute(
        f"INSERT INTO message (is_shown, {_MESSAGE_COLUMNS}) VALUES (:is_shown, :message_id, :conversation, :sender,"
        " :recipient, :text, :time_ms, :missing)",
        {**vars(message), "is_shown": shown},
    )
    return cursor.lastrowid


def _last_counter(connection: sqlite3.Connection, conversation: bytes, device: bytes) -> int:
    query = "SELECT last FROM counter WHERE conversation = ? AND device = ?"
    row = connection.execute(query, (conversation, device)).fetchone()
    return 0 if row is None else int(row[0])


def _save_counter(connection: sqlite3.Connection, conversation: bytes, device: bytes, last: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO counter (conversation, device, last) VALUES (?, ?, ?)",
        (conversation, device, last),
    )


def _save_cursor(connection: sqlite3.Connection, position: Position | None) -> None:
    if position is not None:
        connection.execute(
            "INSERT OR REPLACE INTO log_cursor (log, seq) VALUES (?, ?)", (position.log, position.seq)
        )
