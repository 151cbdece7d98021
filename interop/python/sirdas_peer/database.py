"""The SQLite file under the vault (store.py): its tables, durable transactions, one process at a time."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from .errors import Code, PeerError

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE account (
  one INTEGER PRIMARY KEY CHECK (one = 1), invite BLOB NOT NULL, nickname TEXT NOT NULL,
  identity_seed BLOB NOT NULL, device BLOB NOT NULL, device_seed BLOB NOT NULL, rsa_key BLOB NOT NULL,
  first_record BLOB NOT NULL, claimed INTEGER NOT NULL
) STRICT;

-- A pinned chain per nickname, and beside it a changed one that nobody has accepted yet.
CREATE TABLE contact (
  nickname TEXT NOT NULL, is_pinned INTEGER NOT NULL, identity_key BLOB NOT NULL, record_index INTEGER NOT NULL,
  record_hash BLOB NOT NULL, signed_record BLOB NOT NULL, has_other_suite INTEGER NOT NULL,
  PRIMARY KEY (nickname, is_pinned)
) STRICT;

CREATE TABLE message (
  number INTEGER PRIMARY KEY AUTOINCREMENT, message_id BLOB NOT NULL, conversation BLOB NOT NULL,
  sender TEXT NOT NULL, recipient TEXT NOT NULL, text TEXT, time_ms INTEGER NOT NULL, missing INTEGER NOT NULL,
  is_shown INTEGER NOT NULL, UNIQUE (sender, message_id)
) STRICT;
CREATE INDEX message_unshown ON message (number) WHERE is_shown = 0;

-- Own messages that the relay has not accepted yet.
CREATE TABLE outgoing (
  number INTEGER PRIMARY KEY REFERENCES message (number), counter INTEGER NOT NULL
) STRICT;

-- The newest counter seen or used, by device and conversation.
CREATE TABLE counter (
  conversation BLOB NOT NULL, device BLOB NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (conversation, device)
) STRICT;

CREATE TABLE log_cursor (log BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT;

-- Letters by a changed identity key, kept until a person has accepted it.
CREATE TABLE held_letter (
  number INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, envelope BLOB NOT NULL
) STRICT;

CREATE TABLE refusal (code TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT;
"""


class Database:
    """An open file; made by `open`."""

    def __init__(self, connection: sqlite3.Connection, lock_descriptor: int) -> None:
        self._connection = connection
        self._lock_descriptor = lock_descriptor

    @classmethod
    def open(cls, home: Path) -> Self:
        """Makes the folder and the file when they are missing. Raises VAULT_IN_USE, VAULT_CORRUPT."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(home / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return cls(_connect(home / "vault.sqlite"), lock)
        except BlockingIOError:
            os.close(lock)
            raise PeerError(Code.VAULT_IN_USE, "another program is using this folder; end it first") from None
        except (sqlite3.Error, PeerError):
            os.close(lock)
            raise PeerError(Code.VAULT_CORRUPT, "the vault in this folder cannot be read") from None

    def close(self) -> None:
        self._connection.close()
        os.close(self._lock_descriptor)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Durable when it ends. Raises DISK_FULL, VAULT_CORRUPT; nothing is saved then."""
        try:
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_FULL":
                raise PeerError(
                    Code.DISK_FULL, "the disk is full; nothing was lost, make room and try again"
                ) from None
            raise PeerError(Code.VAULT_CORRUPT, "the vault in this folder cannot be written") from None

    def row(self, query: str, parameters: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._connection.execute(query, parameters).fetchone()
        return row

    def rows(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    # A rollback journal, not WAL: Debian's SQLite is older than the WAL fix of 3.51.3.
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
    elif version != _SCHEMA_VERSION:
        connection.close()
        raise PeerError(Code.VAULT_CORRUPT)
    return connection
