"""What the program writes: lines for people, or one JSON object per line for programs.

Text of peers reaches a terminal only through `printable`. JSON is ASCII, so that it holds no control characters either.
"""

import json
import sys
import unicodedata
from dataclasses import dataclass
from typing import Any, TextIO

from .errors import PeerError
from .events import (
    Connected,
    Delayed,
    Disconnected,
    Event,
    Expired,
    KeyChanged,
    NotSent,
    PresenceShown,
    Refused,
    Sent,
)
from .store import MessageRow, Vault

_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Joins emoji and letters; harmless, and a text without it looks wrong.
_ZERO_WIDTH_JOINERS = {"\u200c", "\u200d"}


@dataclass(frozen=True)
class Output:
    as_json: bool
    stream: TextIO = sys.stdout

    def show_unshown(self, vault: Vault, at_most: int | None = None) -> int:
        """Writes messages that were not shown yet, in order, and remembers each as shown. Returns how many."""
        count = 0
        while (at_most is None or count < at_most) and (message := vault.next_unshown()):
            self.message(message)
            vault.mark_shown(message)
            count += 1
        return count

    def message(self, message: MessageRow) -> None:
        self._write(_message_fields(message), _message_line(message))

    def event(self, event: Event) -> None:
        self._write(_event_fields(event), _event_line(event))

    def fields(self, kind: str, fields: dict[str, Any]) -> None:
        """Some named values."""
        self._write({"kind": kind, **fields}, "\n".join(f"{name}: {value}" for name, value in fields.items()))

    def error(self, error: PeerError) -> None:
        self._write({"kind": "error", "code": error.code}, str(error))

    def _write(self, fields: dict[str, Any], line: str) -> None:
        print(json.dumps(fields) if self.as_json else line, file=self.stream, flush=True)


def printable(text: str) -> str:
    """Text of a peer without anything that a terminal would obey or hide; line ends become visible."""
    return "".join(_printable_character(character) for character in text)


def _printable_character(character: str) -> str:
    if character == "\n":
        return "\n    "
    is_hidden = unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _ZERO_WIDTH_JOINERS
    return "\ufffd" if is_hidden else character


def _message_fields(message: MessageRow) -> dict[str, Any]:
    return {
        "kind": "message",
        "id": message.message_id.hex(),
        "from": message.sender,
        "to": message.recipient,
        "text": message.text,
        "time_ms": message.time_ms,
        "missing": message.missing,
        "conversation": message.conversation.hex(),
    }


def _message_line(message: MessageRow) -> str:
    gap = f"({message.missing} earlier messages never came)\n" if message.missing else ""
    text = "(a message that needs a newer version)" if message.text is None else printable(message.text)
    return f"{gap}{message.sender} → {message.recipient} (no forward secrecy): {text}"


def _event_fields(event: Event) -> dict[str, Any]:
    fields = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in vars(event).items()
        if name != "message_id"
    }
    if isinstance(event, Sent | NotSent | Delayed):
        fields = {"id": event.message_id.hex(), **fields}
    return {"kind": _KINDS[type(event)], **fields}


_KINDS: dict[type, str] = {
    Connected: "connected",
    Disconnected: "disconnected",
    Sent: "sent",
    NotSent: "not_sent",
    Delayed: "delayed",
    Refused: "refused",
    KeyChanged: "key_changed",
    Expired: "expired",
    PresenceShown: "presence",
}


def _event_line(event: Event) -> str:
    match event:
        case Connected(nickname):
            return f"* connected as {nickname}"
        case Disconnected(code):
            return f"* no connection ({code}), trying again"
        case Sent(message_id):
            return f"* sent {message_id.hex()}"
        case NotSent(_, code):
            return f"* not sent: {code}"
        case Delayed(_, code):
            return f"* not sent yet: {code}"
        case Refused(code):
            return f"* a letter was refused: {code}"
        case KeyChanged(nickname):
            return f"* the key of {nickname} has changed; compare the safety number, then trust {nickname}"
        case Expired(count):
            return f"* {count} letters had expired at the relay"
        case PresenceShown(nickname, colour, online):
            shown = "" if colour is None else f" #{colour:06x}"
            return f"{nickname}{shown}" if online else f"* {nickname} has left"
