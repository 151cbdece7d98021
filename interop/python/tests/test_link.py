"""The connection: pinning, hello, login, requests, pings (SPEC §2 to §4), against a fake relay."""

import asyncio
import unittest
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sirdas_peer.errors import Code, PeerError
from sirdas_peer.invite import Invite
from sirdas_peer.keys import verifies_relay_signature
from sirdas_peer.labelled import Label, labelled_input
from sirdas_peer.link import Link, LoginDevice
from sirdas_peer.records import sign_record
from sirdas_peer.schema import pb
from sirdas_peer.world import World

from .fake_relay import NOW_MS, FakeAccount, FakeRelay
from .people import RELAY_FINGERPRINT, person
from .vectors import load_vectors

WORLD = World(now_ms=lambda: NOW_MS)
DEVICE = LoginDevice("ayşe", b"d" * 16, person("ayşe").identity, visible=True)


def with_account(relay: FakeRelay) -> FakeRelay:
    """A relay that knows the device."""
    device = pb.Device(id=DEVICE.device, signature_key=DEVICE.key.public_bytes())
    record = sign_record(pb.AccountRecord(nickname="ayşe", devices=[device]), DEVICE.key)
    relay.accounts["ayşe"] = FakeAccount([record], b"i" * 16)
    return relay


def editing(kind: str, **changes: Any) -> Callable[[Any], list[Any]]:
    """An `on_send` that changes fields of one kind of frame."""

    def edit(frame: Any) -> list[Any]:
        if frame.WhichOneof("kind") == kind:
            for name, value in changes.items():
                setattr(getattr(frame, kind), name, value)
        return [frame]

    return edit


class Transcripts(unittest.TestCase):
    def test_shared_vectors(self) -> None:
        for vector in load_vectors("crypto/vectors/login.json"):
            with self.subTest(vector["name"]):
                given, expected = vector["input"], vector["output"]
                fields = (
                    bytes.fromhex(given["relayKey"]),
                    bytes.fromhex(given["relayNonce"]),
                    given["version"].to_bytes(4, "big"),
                    given["nickname"],
                    bytes.fromhex(given["device"]),
                    bytes.fromhex(given["clientNonce"]),
                    bytes.fromhex(given["channelBinding"]),
                    bytes([given["visible"]]),
                )
                key = DEVICE.key.from_seed(bytes.fromhex(given["deviceSeed"]))
                self.assertEqual(key.sign(labelled_input(Label.LOGIN, *fields)).hex(), expected["signature"])
                proof = labelled_input(Label.RELAY_PROOF, *fields)
                signature = bytes.fromhex(expected["relaySignature"])
                self.assertTrue(verifies_relay_signature(fields[0], signature, proof))
                self.assertFalse(
                    verifies_relay_signature(fields[0], signature, labelled_input(Label.LOGIN, *fields))
                )


class Handshake(unittest.IsolatedAsyncioTestCase):
    async def refusal(
        self, relay: FakeRelay, change: Callable[[Invite], Invite] = lambda invite: invite
    ) -> str:
        """The code with which connecting and logging in fails."""
        async with with_account(relay):
            with self.assertRaises(PeerError) as caught:
                link = await Link.connect(change(relay.invite), WORLD)
                try:
                    await link.login(DEVICE)
                finally:
                    await link.close()
        return caught.exception.code

    async def test_login(self) -> None:
        async with with_account(FakeRelay()) as relay:
            link = await Link.connect(relay.invite, WORLD)
            self.assertEqual((await link.login(DEVICE)).inbox, b"i" * 16)
            await link.close()

    async def test_a_relay_with_another_certificate_gets_nothing(self) -> None:
        relay = FakeRelay()
        code = await self.refusal(relay, lambda invite: replace(invite, relay_fingerprint=RELAY_FINGERPRINT))
        self.assertEqual((code, relay.received), (Code.WRONG_RELAY_KEY, []))

    async def test_somebody_in_the_middle_who_passes_on_the_hello_gets_nothing(self) -> None:
        relay = FakeRelay(tls_key=FakeRelay().key)
        self.assertEqual((await self.refusal(relay), relay.received), (Code.WRONG_RELAY_KEY, []))

    async def test_a_hello_with_another_key_is_refused(self) -> None:
        relay = FakeRelay(on_send=editing("hello", relay_key=bytes(91)))
        self.assertEqual((await self.refusal(relay), relay.received), (Code.WRONG_RELAY_KEY, []))

    async def test_cry_017_a_relay_without_its_key_is_refused(self) -> None:
        relay = FakeRelay(on_send=editing("logged_in", relay_signature=bytes(64)))
        self.assertEqual(await self.refusal(relay), Code.RELAY_PROOF_INVALID)

    async def test_versions_that_do_not_meet_are_refused(self) -> None:
        relay = FakeRelay(on_send=editing("hello", min_version=2, max_version=3))
        self.assertEqual(await self.refusal(relay), Code.UNSUPPORTED_VERSION)

    async def test_clocks_more_than_two_minutes_apart_are_refused(self) -> None:
        for difference, code in ((120_001, Code.CLOCK_SKEW), (-120_001, Code.CLOCK_SKEW)):
            relay = FakeRelay(on_send=editing("hello", time_ms=NOW_MS + difference))
            self.assertEqual(await self.refusal(relay), code)

    async def test_a_relay_that_does_not_begin_with_hello_is_refused(self) -> None:
        relay = FakeRelay(on_send=lambda frame: [pb.Frame(ping=pb.Ping())])
        self.assertEqual(await self.refusal(relay), Code.PROTOCOL_VIOLATION)

    async def test_nobody_at_the_address(self) -> None:
        async with FakeRelay() as relay:
            invite = relay.invite
        with self.assertRaises(PeerError) as caught:
            await Link.connect(invite, WORLD)
        self.assertEqual(caught.exception.code, Code.UNREACHABLE)

    async def test_plain_tcp_to_another_machine_needs_permission(self) -> None:
        invite = Invite("relay.example", 6000, RELAY_FINGERPRINT, b"", plaintext=True)
        with self.assertRaises(PeerError) as caught:
            await Link.connect(invite, WORLD)
        self.assertEqual(caught.exception.code, Code.PLAINTEXT_REFUSED)

    async def test_pro_001_impossible_frame_lengths_end_the_connection(self) -> None:
        for length in (0, 1_048_577, 0xFFFFFFFF):
            with self.subTest(length):
                await self.expect_misbehaviour(length.to_bytes(4, "big"))

    async def test_pro_002_what_is_no_frame_ends_the_connection(self) -> None:
        await self.expect_misbehaviour(b"\0\0\0\x02\xff\xff")

    async def expect_misbehaviour(self, data: bytes) -> None:
        def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with self.assertRaises(PeerError) as caught:
            await Link.connect(Invite("127.0.0.1", port, RELAY_FINGERPRINT, b"", plaintext=True), WORLD)
        server.close()
        self.assertEqual(caught.exception.code, Code.PROTOCOL_VIOLATION)


class Requests(unittest.IsolatedAsyncioTestCase):
    async def logged_in(self, relay: FakeRelay) -> Link:
        link = await Link.connect(relay.invite, WORLD)
        self.addAsyncCleanup(link.close)
        await link.login(DEVICE)
        return link

    async def look_up(self, link: Link, nickname: str = "ayşe") -> Any:
        return await link.request("account", look_up=pb.LookUp(nickname=nickname))

    async def test_frames_of_a_later_version_are_ignored(self) -> None:
        later = pb.Frame.FromString(b"\x9a\x06\x01x")
        async with with_account(FakeRelay(on_send=lambda frame: [frame, later])) as relay:
            link = await self.logged_in(relay)
            self.assertEqual((await self.look_up(link)).nickname, "ayşe")

    async def test_an_error_of_the_relay_has_its_name(self) -> None:
        async with with_account(FakeRelay()) as relay:
            with self.assertRaises(PeerError) as caught:
                await self.look_up(await self.logged_in(relay), "nobody")
        self.assertEqual(caught.exception.code, "UNKNOWN_ACCOUNT")

    async def test_an_answer_of_another_kind_is_refused(self) -> None:
        async with with_account(FakeRelay()) as relay:
            link = await self.logged_in(relay)
            with self.assertRaises(PeerError) as caught:
                await link.request("done", look_up=pb.LookUp(nickname="ayşe"))
        self.assertEqual(caught.exception.code, Code.PROTOCOL_VIOLATION)

    async def test_a_request_that_came_too_fast_is_repeated(self) -> None:
        refused: list[Any] = []

        def refuse_once(frame: Any) -> list[Any]:
            if frame.WhichOneof("kind") == "account" and not refused:
                refused.append(frame)
                return [pb.Frame(request=frame.request, error=pb.Error(code=9, retry_after_ms=1))]
            return [frame]

        async with with_account(FakeRelay(on_send=refuse_once)) as relay:
            self.assertEqual((await self.look_up(await self.logged_in(relay))).nickname, "ayşe")
        self.assertEqual(len(refused), 1)

    async def test_the_end_of_the_connection_ends_waiting_requests(self) -> None:
        async with with_account(FakeRelay()) as relay:
            link = await self.logged_in(relay)
            relay.on_send = lambda frame: []
            waiting = asyncio.create_task(self.look_up(link))
            while "look_up" not in relay.kinds_received():
                await asyncio.sleep(0)
            relay.drop_connections()
            with self.assertRaises(PeerError) as caught:
                await waiting
        self.assertEqual(caught.exception.code, Code.UNREACHABLE)

    async def test_an_error_without_a_request_is_why_the_connection_ended(self) -> None:
        async with with_account(FakeRelay()) as relay:
            link = await self.logged_in(relay)
            relay.on_send = lambda frame: [pb.Frame(error=pb.Error(code=13))]
            with self.assertRaises(PeerError) as caught:
                await self.look_up(link)
            with self.assertRaises(PeerError) as later:
                await link.next_event()
        self.assertEqual((caught.exception.code, later.exception.code), ("REPLACED", "REPLACED"))

    async def test_pings_are_answered(self) -> None:
        async with with_account(FakeRelay(on_send=lambda frame: [frame, pb.Frame(ping=pb.Ping())])) as relay:
            link = await Link.connect(replace(relay.invite), WORLD)
            self.addAsyncCleanup(link.close)
            await link.login(DEVICE)
            await self.look_up(link)
            while "pong" not in relay.kinds_received():
                await asyncio.sleep(0)

    async def test_a_silent_relay_is_pinged_and_then_given_up(self) -> None:
        async with with_account(FakeRelay()) as relay:
            link = await Link.connect(relay.invite, WORLD)
            link.ping_interval_s, link.ping_timeout_s = 0.02, 0.1
            self.addAsyncCleanup(link.close)
            await link.login(DEVICE)
            while "ping" not in relay.kinds_received():
                await asyncio.sleep(0)
            relay.on_send = lambda frame: []
            with self.assertRaises(PeerError) as caught:
                await link.next_event()
        self.assertEqual(caught.exception.code, Code.UNREACHABLE)
