"""Frames over TCP (SPEC §2, §3): TLS 1.3 with the relay's key pinned by its fingerprint, or plain TCP.

Used by link.py. Python's `ssl` does not offer the TLS exporter, so logins from here are not channel bound (§4.2).
"""

import asyncio
import hashlib
import ssl
from contextlib import suppress
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import Code, PeerError
from .invite import Invite
from .limits import MAX_FRAME_BYTES
from .schema import pb
from .wire import decode, encode

CONNECT_TIMEOUT_S = 15
_LENGTH_BYTES = 4


class FrameStream:
    """One connection that carries frames both ways."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, invite: Invite, allow_plaintext: bool = False) -> Self:
        """Raises UNREACHABLE, WRONG_RELAY_KEY, PLAINTEXT_REFUSED. Sends nothing to an unexpected relay."""
        if invite.plaintext and not (allow_plaintext or invite.is_loopback()):
            raise PeerError(
                Code.PLAINTEXT_REFUSED,
                "this relay speaks without TLS and is not on this machine; --plaintext allows it",
            )
        context = None if invite.plaintext else _pinned_tls_context()
        try:
            # Not wait_for: Python 3.11's may swallow a cancellation that comes at the same moment.
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(invite.host, invite.tcp_port, ssl=context)
        except OSError:  # TLS errors and timeouts are OSErrors too
            raise PeerError(Code.UNREACHABLE, "the relay cannot be reached; is it running?") from None
        stream = cls(reader, writer)
        if not invite.plaintext and _fingerprint_of_peer(writer) != invite.relay_fingerprint:
            await stream.close()
            raise PeerError(
                Code.WRONG_RELAY_KEY, "at this address answers another relay than the invite names"
            )
        return stream

    async def read(self) -> Any:
        """The next frame. Raises UNREACHABLE at the end, PROTOCOL_VIOLATION for what is no frame."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES), "big")
            if not 1 <= length <= MAX_FRAME_BYTES:  # PRO-001
                raise PeerError(
                    Code.PROTOCOL_VIOLATION, "the relay announced a frame of an impossible length"
                )
            data = await self._reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            raise PeerError(Code.UNREACHABLE, "the connection to the relay ended") from None
        try:
            return decode(pb.Frame, data)
        except PeerError:
            raise PeerError(Code.PROTOCOL_VIOLATION, "the relay sent something that is no frame") from None

    async def write(self, frame: Any) -> None:
        """Raises UNREACHABLE."""
        data = encode(frame)
        try:
            self._writer.write(len(data).to_bytes(_LENGTH_BYTES, "big") + data)
            await self._writer.drain()
        except OSError:
            raise PeerError(Code.UNREACHABLE, "the connection to the relay ended") from None

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


def relay_fingerprint_of(relay_key: bytes) -> bytes:
    """`relay_key`: DER SubjectPublicKeyInfo."""
    return hashlib.sha256(relay_key).digest()


def _pinned_tls_context() -> ssl.SSLContext:
    """TLS 1.3; name, dates and issuer of the certificate are not looked at (SPEC §2), its key is compared instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint_of_peer(writer: asyncio.StreamWriter) -> bytes:
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return b""
    return relay_fingerprint_of(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
