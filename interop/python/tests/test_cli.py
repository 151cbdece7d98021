"""The program: exit statuses, and the bridge for other programs; against a fake relay where one is needed."""

import asyncio
import contextlib
import io
import json
import tempfile
import unittest
from unittest.mock import patch

from sirdas_peer.bridge import run_bridge
from sirdas_peer.cli import main
from sirdas_peer.commands import Client, run_listen, run_send
from sirdas_peer.errors import Code, ExitStatus
from sirdas_peer.invite import Invite
from sirdas_peer.output import Output

from .someone import OPTIONS, SessionCase, Someone

INVITE = Invite("127.0.0.1", 1, b"f" * 32, b"t" * 16, plaintext=False).to_text()


class ExitStatuses(unittest.TestCase):
    def run_main(self, *arguments: str) -> tuple[int, str]:
        errors = io.StringIO()
        with tempfile.TemporaryDirectory() as home, contextlib.redirect_stderr(errors):
            return main(["--home", home, *arguments]), errors.getvalue()

    def test_a_folder_without_an_account(self) -> None:
        for command in (["whoami"], ["online"], ["send", "bora", "x"], ["listen"], ["bridge"]):
            status, said = self.run_main(*command)
            self.assertEqual((status, said.split(":")[0]), (3, "NO_ACCOUNT"))

    def test_what_a_person_typed_wrong(self) -> None:
        for arguments, code in (
            (["join", "nonsense", "--name", "ayşe"], "BAD_INVITE"),
            (["join", INVITE, "--name", "a b"], "BAD_NICKNAME"),
        ):
            status, said = self.run_main(*arguments)
            self.assertEqual((status, said.split(":")[0]), (2, code))

    def test_a_relay_that_is_not_there(self) -> None:
        status, said = self.run_main("join", INVITE, "--name", "ayşe")
        self.assertEqual((status, said.split(":")[0]), (4, "UNREACHABLE"))

    def test_wrong_usage(self) -> None:
        with self.assertRaises(SystemExit) as caught:
            self.run_main("join")
        self.assertEqual(caught.exception.code, 2)


class Commands(SessionCase):
    def client(self, someone: Someone) -> tuple[Client, io.StringIO]:
        stream = io.StringIO()
        return Client(someone.vault, Output(as_json=True, stream=stream), OPTIONS), stream

    async def test_send_reports_what_was_refused(self) -> None:
        client, stream = self.client(self.ayse)
        self.assertEqual(await run_send(client, "BORA", ["bir", "iki"]), ExitStatus.DONE)
        self.assertEqual(await run_send(client, "nobody", ["bir"]), ExitStatus.UNDELIVERED)
        self.assertEqual(
            [json.loads(line)["kind"] for line in stream.getvalue().splitlines()],
            ["sent", "sent", "not_sent"],
        )

    async def test_listen_shows_so_many_messages_and_keeps_the_rest(self) -> None:
        await self.ayse.send("bora", "bir", "iki", "üç")
        client, stream = self.client(self.bora)
        self.assertEqual(await run_listen(client, 2, None), ExitStatus.DONE)
        self.assertEqual(self.texts(stream), ["bir", "iki"])
        self.assertEqual(await run_listen(client, 1, None), ExitStatus.DONE)
        self.assertEqual(self.texts(stream), ["bir", "iki", "üç"])

    async def test_listen_gives_up_after_the_timeout(self) -> None:
        client, _ = self.client(self.bora)
        # At many instants of connecting, logging in and listening.
        for timeout_ms in range(1, 60, 2):
            self.assertEqual(
                await self.refusal_code(run_listen(client, 1, timeout_ms / 1000)), Code.NOTHING_CAME
            )

    async def test_listen_connects_again_and_loses_nothing(self) -> None:
        client, stream = self.client(self.bora)
        with patch("sirdas_peer.commands._FIRST_PAUSE_S", 0):
            listening = asyncio.create_task(run_listen(client, 2, None))
            await self.ayse.send("bora", "bir")
            while not self.texts(stream):
                await asyncio.sleep(0)
            self.relay.drop_connections()
            await self.ayse.send("bora", "iki")
            self.assertEqual(await listening, ExitStatus.DONE)
        self.assertEqual(self.texts(stream), ["bir", "iki"])
        self.assertIn('"kind": "disconnected"', stream.getvalue())

    async def test_the_bridge_takes_and_gives_lines(self) -> None:
        await self.ayse.send("bora", "bir")
        client, stream = self.client(self.bora)
        lines = [
            '{"to": "AYŞE", "text": "iki"}',
            "nonsense",
            '{"to": "a b", "text": "x"}',
            '{"to": "ayşe", "text": ""}',
        ]
        self.assertEqual(await run_bridge(client, io.BytesIO("\n".join(lines).encode())), ExitStatus.DONE)
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        errors = [fields["code"] for fields in written if fields["kind"] == "error"]
        self.assertEqual(errors, ["BAD_LINE", "BAD_NICKNAME", "TEXT_EMPTY"])
        await self.ayse.fetch(self.relay)
        self.assertEqual(self.ayse.texts(), ["iki"])

    def texts(self, stream: io.StringIO) -> list[str]:
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [fields["text"] for fields in written if fields["kind"] == "message"]
