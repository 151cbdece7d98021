"""The command `bridge`: a client for another program. JSON lines in, JSON lines out, both at the same time.

In: `{"to": "NAME", "text": "TEXT"}`. Out: everything that `listen` writes, and who comes and goes. At the end of the input it
waits until everything was sent, and ends.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from typing import Any, BinaryIO

from .commands import Client, send_waiting, stay_connected
from .errors import Code, ExitStatus, PeerError
from .nickname import prepare_nickname
from .outbox import Draft, queue_message
from .session import Session

# How long what the relay did not take for a passing reason waits.
_DELAY_S = 5.0


async def run_bridge(client: Client, stdin: BinaryIO = sys.stdin.buffer) -> int:
    bridge = _Bridge(client)
    client.output.show_unshown(client.vault)
    _read_lines_into(bridge.lines, stdin)
    taking = asyncio.create_task(bridge.take_lines())
    try:
        await stay_connected(client, bridge.work)
    finally:
        taking.cancel()
    return ExitStatus.DONE


class _Bridge:
    def __init__(self, client: Client) -> None:
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._client = client
        self._account = client.account
        self._something_to_do = asyncio.Event()
        self._input_ended = False

    async def take_lines(self) -> None:
        while line := await self.lines.get():
            try:
                queue_message(
                    self._client.vault, self._account, _parse_line(line), self._client.options.world
                )
            except PeerError as error:
                self._client.output.error(error)
            self._something_to_do.set()
        self._input_ended = True
        self._something_to_do.set()

    async def work(self, session: Session) -> None:
        """Until the input has ended and was sent; raises what ends the connection."""
        for presence in await session.watch_presence():
            self._client.output.event(presence)
        await _first_of(self._send(session), self._show(session))

    async def _send(self, session: Session) -> None:
        while True:
            self._something_to_do.clear()
            is_last = self._input_ended
            is_delayed = await send_waiting(self._client, session)
            if is_last and not is_delayed:
                return
            try:
                async with asyncio.timeout(_DELAY_S if is_delayed else None):
                    await self._something_to_do.wait()
            except TimeoutError:
                continue

    async def _show(self, session: Session) -> None:
        async with aclosing(session.events()) as events:
            async for event in events:
                if event:
                    self._client.output.event(event)
                else:
                    self._client.output.show_unshown(self._client.vault)


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _read_lines_into(lines: asyncio.Queue[bytes], stdin: BinaryIO) -> None:
    """In a thread of its own that does not keep the program alive; an empty line of bytes is the end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        with suppress(RuntimeError):  # the program has ended meanwhile
            for line in stdin:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            loop.call_soon_threadsafe(lines.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()


def _parse_line(line: bytes) -> Draft:
    try:
        fields = json.loads(line)
        recipient, text = fields["to"], fields["text"]
        if not (isinstance(recipient, str) and isinstance(text, str)):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        raise PeerError(Code.BAD_LINE, 'a line is {"to": "NAME", "text": "TEXT"}') from None
    return Draft(prepare_nickname(recipient), text)
