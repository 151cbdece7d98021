"""The commands of the program (cli.py reads the arguments): each takes an open vault and writes to an Output.

What `bridge` does stands in bridge.py.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from .account import Account, NewAccount
from .errors import Code, ExitStatus, PeerError, exit_status_of, may_retry
from .events import Connected, Delayed, Disconnected, NotSent
from .invite import Invite
from .nickname import prepare_nickname
from .outbox import Draft, queue_message
from .output import Output
from .session import Options, Session, join, own_account
from .store import Vault

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_DAY_MS = 86_400_000

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Client:
    """What every command needs."""

    vault: Vault
    output: Output
    options: Options

    @cached_property
    def account(self) -> Account:
        """Raises NO_ACCOUNT."""
        return own_account(self.vault)

    async def open_session(self) -> Session:
        return await Session.open(self.vault, self.account, self.options)


async def run_join(client: Client, link: str, chosen: NewAccount) -> int:
    await join(client.vault, Invite.parse(link), chosen, client.options)
    return run_whoami(client)


def run_whoami(client: Client) -> int:
    account = client.account
    fields = {
        "nickname": account.nickname,
        "identity_key": account.identity.public_bytes().hex(),
        "device": account.device.hex(),
        "relay_fingerprint": account.invite.relay_fingerprint.hex(),
        "refused_letters": client.vault.refusals(),
    }
    client.output.fields("account", fields)
    return ExitStatus.DONE


async def run_online(client: Client) -> int:
    async with await client.open_session() as session:
        for presence in await session.watch_presence():
            client.output.event(presence)
    return ExitStatus.DONE


async def run_invite(client: Client, uses: int, days: float) -> int:
    async with await client.open_session() as session:
        invite = await session.create_invite(uses, int(days * _DAY_MS))
    client.output.fields("invite", {"invite": invite.to_text()})
    return ExitStatus.DONE


async def run_safety(client: Client, typed_name: str) -> int:
    nickname = prepare_nickname(typed_name)
    async with await client.open_session() as session:
        number = await session.safety_number(nickname)
    client.output.fields("safety_number", {"nickname": nickname, "safety_number": number})
    return ExitStatus.DONE


async def run_trust(client: Client, typed_name: str) -> int:
    nickname = prepare_nickname(typed_name)
    async with await client.open_session() as session:
        for event in await session.trust(nickname):
            client.output.event(event)
        await send_waiting(client, session)
    client.output.show_unshown(client.vault)
    return ExitStatus.DONE


async def run_send(client: Client, typed_name: str, texts: list[str]) -> int:
    """Saves the texts, sends all that waits, and reports on each message. What could not go waits for the next time."""
    recipient = prepare_nickname(typed_name)
    for text in texts:
        queue_message(client.vault, client.account, Draft(recipient, text), client.options.world)
    statuses = {ExitStatus.DONE}
    async with await client.open_session() as session:
        async with aclosing(session.flush()) as events:
            async for event in events:
                client.output.event(event)
                if isinstance(event, NotSent | Delayed):
                    statuses.add(exit_status_of(event.code))
    return max(statuses)


async def run_listen(client: Client, count: int | None, timeout_s: float | None) -> int:
    """Shows messages until `count` of them were shown. Raises NOTHING_CAME when that takes longer than the timeout."""
    shown = client.output.show_unshown(client.vault, count)

    async def show_messages(session: Session) -> None:
        nonlocal shown
        await send_waiting(client, session)
        async with aclosing(session.events()) as events:
            async for event in events:
                if event:
                    client.output.event(event)
                    continue
                shown += client.output.show_unshown(client.vault, None if count is None else count - shown)
                if count is not None and shown >= count:
                    return

    if count is None or shown < count:
        try:
            async with asyncio.timeout(timeout_s):
                await stay_connected(client, show_messages)
        except TimeoutError:
            raise PeerError(Code.NOTHING_CAME, f"{shown} messages came in this time") from None
    return ExitStatus.DONE


async def send_waiting(client: Client, session: Session) -> bool:
    """Sends what waits in the outbox; True when something still waits."""
    is_delayed = False
    async with aclosing(session.flush()) as events:
        async for event in events:
            client.output.event(event)
            is_delayed |= isinstance(event, Delayed)
    return is_delayed


async def stay_connected(client: Client, work: Callable[[Session], Awaitable[_Result]]) -> _Result:
    """Does the work on a session, again on a new one whenever the connection ends."""
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            async with await client.open_session() as session:
                client.output.event(Connected(client.account.nickname))
                pause_s = _FIRST_PAUSE_S
                return await work(session)
        except PeerError as error:
            if not may_retry(error):
                raise
            client.output.event(Disconnected(error.code))
            await asyncio.sleep(max(error.retry_after_ms / 1000, pause_s * random.uniform(0.5, 1)))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
