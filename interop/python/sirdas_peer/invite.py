"""Invite links (SPEC §4.4): everything that is needed to find and recognise a relay and to be admitted."""

import base64
import binascii
import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from .errors import Code, PeerError
from .schema import pb
from .wire import decode_canonical, encode

# A name or an address, IPv6 without brackets.
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_MAX_PORT = 65535


@dataclass(frozen=True)
class Invite:
    host: str
    tcp_port: int
    # SHA-256 of the relay key, 32 bytes.
    relay_fingerprint: bytes
    # 16 bytes; empty when the relay is open.
    token: bytes
    plaintext: bool

    @classmethod
    def parse(cls, link: str) -> Self:
        """Reads a whole link or only what stands behind its `#`. Raises BAD_INVITE."""
        text = link.strip().rpartition("#")[2]
        try:
            return cls.decode(_decode_base64url(text))
        except (PeerError, binascii.Error):
            raise PeerError(Code.BAD_INVITE, "this is not a whole invite link; copy it again") from None

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Reads an encoded InviteLink. Raises MALFORMED."""
        link = decode_canonical(pb.InviteLink, data)
        is_whole = (
            _HOST.fullmatch(link.host) and 1 <= link.tcp_port <= _MAX_PORT and len(link.token) in (0, 16)
        )
        if not is_whole:  # PRO-009
            raise PeerError(Code.MALFORMED, "an invite with a wrong field")
        return cls(link.host, link.tcp_port, link.relay_fingerprint, link.token, link.plaintext)

    def encode(self) -> bytes:
        return encode(
            pb.InviteLink(
                host=self.host,
                tcp_port=self.tcp_port,
                relay_fingerprint=self.relay_fingerprint,
                token=self.token,
                plaintext=self.plaintext,
            )
        )

    def to_text(self) -> str:
        """The part of a link behind `#`."""
        return base64.urlsafe_b64encode(self.encode()).decode("ascii").rstrip("=")

    def is_loopback(self) -> bool:
        """True when the relay runs on this machine, where plain TCP is harmless."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _decode_base64url(text: str) -> bytes:
    if not _BASE64URL.fullmatch(text):
        raise binascii.Error("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).decode("ascii").rstrip("=") != text:
        raise binascii.Error("not the only form")
    return data
