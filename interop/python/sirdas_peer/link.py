"""One connection to the relay: hello, claim, login with proof of both sides (SPEC §4), requests, events, pings.

`Link.connect` → `claim` (new accounts) → `login` → `request`, `send`, `next_event`. A link that has ended stays ended: whoever
uses it connects again and resumes from what is saved.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self

from .errors import Code, PeerError
from .invite import Invite
from .keys import SigningKey, verifies_relay_signature
from .labelled import Label, labelled_input
from .limits import (
    HANDSHAKE_TIMEOUT_MS,
    MAX_CLOCK_SKEW_MS,
    PING_INTERVAL_MS,
    PING_TIMEOUT_MS,
    RELAY_ERRORS,
    VERSION,
)
from .proof_of_work import find_proof_of_work
from .schema import pb
from .transport import FrameStream, relay_fingerprint_of
from .world import World

_NONCE_BYTES = 32
# What may wait here for the program to fetch it; a mailbox is smaller by default.
_MAX_WAITING_BYTES = 64 * 1024 * 1024
_MIN_PING_INTERVAL_MS = 5000
# Between tries of a request that came too fast.
_MIN_WAIT_MS = 200
_MAX_WAIT_MS = 15_000
_EVENTS = {"deliver", "presence_change"}


@dataclass(frozen=True)
class LoginDevice:
    """Who logs in."""

    nickname: str
    # 16 bytes.
    device: bytes
    key: SigningKey
    visible: bool


class Link:
    """See the head of this file; made by `connect`."""

    def __init__(self, stream: FrameStream, hello: Any, world: World) -> None:
        self.hello = hello
        self.ping_interval_s = (
            max(hello.limits.ping_interval_ms or PING_INTERVAL_MS, _MIN_PING_INTERVAL_MS) / 1000
        )
        self.ping_timeout_s = PING_TIMEOUT_MS / 1000
        self._stream = stream
        self._world = world
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting_bytes = 0
        self._last_request = 0
        self._last_heard_s = asyncio.get_running_loop().time()
        self._end: PeerError | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def connect(cls, invite: Invite, world: World, allow_plaintext: bool = False) -> Self:
        """Connects and checks the relay's hello (SPEC §4.1, step 2)."""
        stream = await FrameStream.connect(invite, allow_plaintext)
        try:
            hello = await _read_hello(stream)
            _check_hello(hello, invite, world.now_ms())
        except BaseException:
            await stream.close()
            raise
        link = cls(stream, hello, world)
        link._start(link._read_frames())
        return link

    async def claim(self, signed_record: Any, invite_token: bytes) -> None:
        """Takes a nickname (SPEC §4.3). The same record may be sent again after a crash."""
        claim = pb.Claim(record=signed_record)
        if invite_token:
            claim.invite_token = invite_token
        elif self.hello.proof_of_work_bits > 0:
            claim.proof_of_work = await asyncio.to_thread(
                find_proof_of_work, self.hello.nonce, signed_record.record, self.hello.proof_of_work_bits
            )
        else:
            raise PeerError("INVITE_REQUIRED", "this relay admits by invite only")
        await self.request("done", claim=claim)

    async def login(self, who: LoginDevice) -> Any:
        """Returns the relay's LoggedIn, after checking its proof."""
        nonce = self._world.random_bytes(_NONCE_BYTES)
        fields = (
            self.hello.relay_key,
            self.hello.nonce,
            VERSION.to_bytes(4, "big"),
            who.nickname,
            who.device,
            nonce,
            b"",  # no channel binding, see transport.py
            bytes([who.visible]),
        )
        login = pb.Login(
            version=VERSION,
            nickname=who.nickname,
            device=who.device,
            nonce=nonce,
            channel_bound=False,
            signature=who.key.sign(labelled_input(Label.LOGIN, *fields)),
            visible=who.visible,
        )
        logged_in = await self.request("logged_in", login=login)
        proof = labelled_input(Label.RELAY_PROOF, *fields)
        if not verifies_relay_signature(self.hello.relay_key, logged_in.relay_signature, proof):  # CRY-017
            raise PeerError(Code.RELAY_PROOF_INVALID, "the relay could not prove that it holds its key")
        self._start(self._keep_alive())
        return logged_in

    @property
    def has_ended(self) -> bool:
        return self._end is not None

    async def request(self, answer: str, **kind: Any) -> Any:
        """Sends one request, for example `request("account", look_up=…)`, and returns the answer of that kind.

        Waits and repeats it when the relay finds it too fast, unless the wait is long.
        """
        while True:
            try:
                return await self._request_once(answer, **kind)
            except PeerError as error:
                if error.code != "RATE_LIMITED" or error.retry_after_ms > _MAX_WAIT_MS:
                    raise
                await asyncio.sleep(max(error.retry_after_ms, _MIN_WAIT_MS) / 1000)

    async def _request_once(self, answer: str, **kind: Any) -> Any:
        if self._end:
            raise self._end
        self._last_request += 1
        number = self._last_request
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._stream.write(pb.Frame(request=number, **kind))
            frame = await future
        finally:
            self._waiting.pop(number, None)
        if frame.WhichOneof("kind") != answer:
            raise PeerError(Code.PROTOCOL_VIOLATION, "the relay gave an answer to another question")
        return getattr(frame, answer)

    async def send(self, **kind: Any) -> None:
        """Sends a frame that has no response."""
        await self._stream.write(pb.Frame(**kind))

    async def next_event(self) -> Any:
        """The next `deliver` or `presence_change` frame. Raises what ended the connection."""
        if self._end and self._events.empty():
            raise self._end
        frame = await self._events.get()
        if frame is None:
            raise self._end or PeerError(Code.UNREACHABLE)
        self._waiting_bytes -= frame.ByteSize()
        return frame

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stream.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _read_frames(self) -> None:
        try:
            while True:
                await self._handle(await self._stream.read())
        except PeerError as error:
            self._finish(error)
        finally:
            self._finish(PeerError(Code.UNREACHABLE, "this client has closed the connection"))

    async def _handle(self, frame: Any) -> None:
        self._last_heard_s = asyncio.get_running_loop().time()
        kind = frame.WhichOneof("kind")
        future = self._waiting.get(frame.request)
        if kind == "error" and frame.request == 0:
            raise _relay_error(frame.error)
        if kind == "error" and future and not future.done():
            future.set_exception(_relay_error(frame.error))
        elif future and kind and not future.done():
            future.set_result(frame)
        elif kind == "ping":
            await self.send(pong=pb.Pong())
        elif kind == "goodbye":
            raise PeerError("GOING_DOWN", "the relay is going down", frame.goodbye.reconnect_after_ms)
        elif kind in _EVENTS:
            self._queue_event(frame)
        # Everything else is of a later version, or the answer to a request that was given up: ignored (SPEC §3).

    def _queue_event(self, frame: Any) -> None:
        self._waiting_bytes += frame.ByteSize()
        if self._waiting_bytes > _MAX_WAITING_BYTES:
            raise PeerError(Code.UNREACHABLE, "more came than can be kept waiting; connect again")
        self._events.put_nowait(frame)

    def _finish(self, error: PeerError) -> None:
        """The first reason stays the reason."""
        if self._end:
            return
        self._end = error
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
        self._events.put_nowait(None)

    async def _keep_alive(self) -> None:
        """Pings an idle connection and gives up a silent one (SPEC §8)."""
        try:
            while not self._end:
                await self._sleep_or_ping()
        except PeerError as error:
            self._finish(error)

    async def _sleep_or_ping(self) -> None:
        silence_s = asyncio.get_running_loop().time() - self._last_heard_s
        if silence_s >= self.ping_timeout_s:
            raise PeerError(Code.UNREACHABLE, "the relay fell silent")
        if silence_s < self.ping_interval_s:
            await asyncio.sleep(self.ping_interval_s - silence_s)
            return
        await self.send(ping=pb.Ping())
        await asyncio.sleep(self.ping_interval_s / 2)


async def _read_hello(stream: FrameStream) -> Any:
    try:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_MS / 1000):
            frame = await stream.read()
    except TimeoutError:
        raise PeerError(Code.UNREACHABLE, "the relay said nothing") from None
    kind = frame.WhichOneof("kind")
    if kind == "error":
        raise _relay_error(frame.error)
    if kind != "hello":
        raise PeerError(Code.PROTOCOL_VIOLATION, "the relay did not begin with hello")
    return frame.hello


def _check_hello(hello: Any, invite: Invite, now_ms: int) -> None:
    if relay_fingerprint_of(hello.relay_key) != invite.relay_fingerprint:
        raise PeerError(Code.WRONG_RELAY_KEY, "at this address answers another relay than the invite names")
    if not hello.min_version <= VERSION <= hello.max_version:
        raise PeerError(
            Code.UNSUPPORTED_VERSION, f"the relay does not speak version {VERSION} of the protocol"
        )
    if abs(hello.time_ms - now_ms) > MAX_CLOCK_SKEW_MS:
        raise PeerError(Code.CLOCK_SKEW, "this machine's clock and the relay's differ; set the clock")


def _relay_error(error: Any) -> PeerError:
    row = RELAY_ERRORS.get(error.code)
    return PeerError(row.name if row else Code.UNKNOWN_ERROR, "the relay refused", error.retry_after_ms)
