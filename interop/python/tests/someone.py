"""Clients for the tests of sessions: someone with a folder of its own, and a relay with two people."""

import tempfile
import unittest
from contextlib import aclosing
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sirdas_peer.account import Account, NewAccount
from sirdas_peer.errors import PeerError
from sirdas_peer.events import Event
from sirdas_peer.keys import UnwrapKey
from sirdas_peer.outbox import Draft, queue_message
from sirdas_peer.records import Profile
from sirdas_peer.session import Options, Session, join, own_account
from sirdas_peer.store import MessageRow, Vault
from sirdas_peer.world import World

from .fake_relay import NOW_MS, FakeRelay
from .people import person

OPTIONS = Options(world=World(now_ms=lambda: NOW_MS))


def codes(events: list[Event]) -> list[str]:
    """The codes of refusals and the like, and the names of other events."""
    return [getattr(event, "code", type(event).__name__) for event in events]


class Someone:
    """A client with a folder of its own."""

    def __init__(self, nickname: str) -> None:
        self.nickname = nickname
        self.folder = tempfile.TemporaryDirectory()
        self.vault = Vault.open(Path(self.folder.name))

    def close(self) -> None:
        self.vault.close()
        self.folder.cleanup()

    def restart(self) -> None:
        self.vault.close()
        self.vault = Vault.open(Path(self.folder.name))

    def forget_messages(self) -> None:
        """As on another device of the same account."""
        with self.vault._database.transaction() as connection:
            connection.execute("DELETE FROM message")
            connection.execute("DELETE FROM log_cursor")

    async def join(self, relay: FakeRelay) -> None:
        await join(self.vault, relay.invite, NewAccount(self.nickname, "test", Profile()), OPTIONS)

    @cached_property
    def account(self) -> Account:
        return own_account(self.vault)

    async def open_session(self) -> Session:
        return await Session.open(self.vault, self.account, OPTIONS)

    def write(self, recipient: str, *texts: str) -> None:
        for text in texts:
            queue_message(self.vault, self.account, Draft(recipient, text), OPTIONS.world)

    async def send(self, recipient: str, *texts: str) -> list[Event]:
        self.write(recipient, *texts)
        return await self.flush()

    async def flush(self) -> list[Event]:
        async with await self.open_session() as session:
            return [event async for event in session.flush()]

    async def fetch(self, relay: FakeRelay) -> list[Event]:
        """Reads until everything that the relay has is acknowledged; returns what happened."""
        events: list[Event] = []
        log = relay.accounts[self.nickname].inbox
        async with await self.open_session() as session, aclosing(session.events()) as source:
            event: Event | None = None
            while event or self.vault.cursor(log) < len(relay.logs[log]):
                event = await anext(source)
                if event:
                    events.append(event)
        return events

    def shown(self) -> list[MessageRow]:
        messages = []
        while message := self.vault.next_unshown():
            self.vault.mark_shown(message)
            messages.append(message)
        return messages

    def texts(self) -> list[str | None]:
        return [message.text for message in self.shown()]


class SessionCase(unittest.IsolatedAsyncioTestCase):
    """A relay with two people, ayşe and bora. All have the RSA key of the shared vectors: making one takes seconds."""

    def setUp(self) -> None:
        key = person("bora").unwrap_key
        self.enterContext(patch.object(UnwrapKey, "generate", lambda: key))
        self.enterContext(patch.object(UnwrapKey, "from_der", lambda der: key))

    async def asyncSetUp(self) -> None:
        self.relay = await self.enterAsyncContext(FakeRelay())
        self.ayse, self.bora = await self.someone("ayşe"), await self.someone("bora")

    async def someone(self, nickname: str) -> Someone:
        someone = Someone(nickname)
        self.addCleanup(someone.close)
        await someone.join(self.relay)
        return someone

    async def refusal_code(self, work: Any) -> str:
        with self.assertRaises(PeerError) as caught:
            await work
        return caught.exception.code

    def inbox(self, someone: Someone) -> bytes:
        return self.relay.accounts[someone.nickname].inbox
