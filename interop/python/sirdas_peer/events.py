"""What happens to a running client, for whoever shows it (output.py)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Connected:
    """Logged in."""

    nickname: str


@dataclass(frozen=True)
class Disconnected:
    """The connection ended; it is tried again after a while."""

    code: str


@dataclass(frozen=True)
class Sent:
    """The relay has stored an own message."""

    message_id: bytes


@dataclass(frozen=True)
class NotSent:
    """An own message was given up; it will not be tried again."""

    message_id: bytes
    code: str


@dataclass(frozen=True)
class Delayed:
    """An own message waits in the outbox and will be tried again; after a changed key once that is trusted."""

    message_id: bytes
    code: str


@dataclass(frozen=True)
class Refused:
    """A letter was refused (SPEC §7.3) and acknowledged."""

    code: str


@dataclass(frozen=True)
class KeyChanged:
    """A letter by a changed identity key is held back until the person trusts the key."""

    nickname: str


@dataclass(frozen=True)
class Expired:
    """Letters that the relay had given up before this client came to read them."""

    count: int


@dataclass(frozen=True)
class PresenceShown:
    nickname: str
    # 0xRRGGBB; None: derived from the nickname.
    colour: int | None
    online: bool


Event = Connected | Disconnected | Sent | NotSent | Delayed | Refused | KeyChanged | Expired | PresenceShown
