"""The program: `python3 -m sirdas_peer --home DIR COMMAND …`. Arguments, signals, errors, exit status (see README.md)."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from .account import NewAccount
from .bridge import run_bridge
from .commands import (
    Client,
    run_invite,
    run_join,
    run_listen,
    run_online,
    run_safety,
    run_send,
    run_trust,
    run_whoami,
)
from .errors import Code, ExitStatus, PeerError, exit_status_of
from .nickname import prepare_nickname
from .output import Output
from .records import Profile
from .session import Options
from .store import Vault


def main(arguments: list[str]) -> int:
    """Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except PeerError as error:
        print(error, file=sys.stderr)
        return exit_status_of(error.code)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone: keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.INTERRUPTED


def _run(options: argparse.Namespace) -> int:
    vault = Vault.open(Path(options.home))
    try:
        client = Client(
            vault,
            Output(options.json or options.command == "bridge"),
            Options(visible=not options.invisible, allow_plaintext=options.plaintext),
        )
        if options.command == "whoami":
            return run_whoami(client)
        return asyncio.run(_until_terminated(_command(client, options)))
    finally:
        vault.close()


async def _until_terminated(work: Coroutine[Any, Any, int]) -> int:
    """Lets a polite request to end (SIGTERM) close everything as Ctrl-C does."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _command(client: Client, options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    match options.command:
        case "join":
            profile = Profile(options.display_name, options.colour)
            chosen = NewAccount(prepare_nickname(options.name), options.device, profile)
            return run_join(client, options.link, chosen)
        case "online":
            return run_online(client)
        case "send":
            return run_send(client, options.name, _texts_of(options))
        case "listen":
            return run_listen(client, options.count, options.timeout)
        case "bridge":
            return run_bridge(client)
        case "invite":
            return run_invite(client, options.uses, options.days)
        case "safety":
            return run_safety(client, options.name)
        case _:
            return run_trust(client, options.name)


def _texts_of(options: argparse.Namespace) -> list[str]:
    if options.text != "-":
        return [options.text]
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise PeerError(Code.BAD_TEXT, "the text is not valid UTF-8") from None
    return text.splitlines() if options.lines else [text]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sirdas_peer", description="A sırdaş client in Python.")
    parser.add_argument(
        "--home", required=True, help="the folder that keeps the account; one program at a time"
    )
    parser.add_argument("--json", action="store_true", help="write one JSON object per line")
    parser.add_argument("--invisible", action="store_true", help="do not appear as online")
    parser.add_argument(
        "--plaintext", action="store_true", help="allow a relay without TLS on another machine"
    )
    commands = parser.add_subparsers(dest="command", required=True)

    join = commands.add_parser("join", help="take a nickname at the relay of an invite")
    join.add_argument("link")
    join.add_argument("--name", required=True, help="the nickname")
    join.add_argument("--device", default="python", help="what this installation is called")
    join.add_argument("--display-name", default="")
    join.add_argument("--colour", type=_colour, help="RRGGBB")

    commands.add_parser("whoami", help="the own account and keys")
    commands.add_parser("online", help="who is online")

    send = commands.add_parser("send", help="send a text")
    send.add_argument("name")
    send.add_argument("text", help="the text, or - for standard input")
    send.add_argument("--lines", action="store_true", help="with -: every line is a message")

    listen = commands.add_parser("listen", help="show messages as they come")
    listen.add_argument("--count", type=int, help="end after so many messages")
    listen.add_argument("--timeout", type=float, help="give up after so many seconds")

    invite = commands.add_parser("invite", help="make an invite for others")
    invite.add_argument("--uses", type=int, default=1, help="how many may join with it")
    invite.add_argument("--days", type=float, default=7, help="how long it is good")

    commands.add_parser("bridge", help="JSON lines in and out, for another program")
    for name, text in (
        ("safety", "the safety number with someone"),
        ("trust", "accept someone's changed key"),
    ):
        commands.add_parser(name, help=text).add_argument("name")
    for command in commands.choices.values():
        # So that it may stand behind the command too.
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return parser


def _colour(text: str) -> int:
    if len(text) != len("RRGGBB"):
        raise argparse.ArgumentTypeError("a colour is RRGGBB")
    return int(text, 16)
