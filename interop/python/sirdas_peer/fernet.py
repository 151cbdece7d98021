"""Fernet tokens (github.com/fernet/spec) as classic letters use them (SPEC §7.1, §7.3): strict, with a fixed time.

The cipher is the `cryptography` library's. Its base64 decoder skips characters that do not belong there, so the one
allowed form is checked here before.
"""

import base64
import binascii
import re

from cryptography.fernet import Fernet, InvalidToken

from .errors import Code, PeerError

KEY_BYTES = 32

_BASE64URL_PADDED = re.compile(rb"[A-Za-z0-9_-]+={0,2}")


def seal_token(key: bytes, plaintext: bytes, timestamp_s: int) -> bytes:
    """`key`: 32 bytes. The token is ASCII, base64url with padding."""
    return Fernet(base64.urlsafe_b64encode(key)).encrypt_at_time(plaintext, timestamp_s)


def open_token(key: bytes, token: bytes, timestamp_s: int) -> bytes:
    """Raises UNREADABLE for everything but a valid token with exactly this timestamp."""
    try:
        _check_form(token)
        fernet = Fernet(base64.urlsafe_b64encode(key))
        if fernet.extract_timestamp(token) != timestamp_s:  # CRY-006; it verifies the MAC as well
            raise InvalidToken
        return fernet.decrypt(token)  # CRY-004, CRY-005, CRY-007
    except (InvalidToken, ValueError, binascii.Error):
        raise PeerError(Code.UNREADABLE) from None


def _check_form(token: bytes) -> None:
    # CRY-003
    if (
        not _BASE64URL_PADDED.fullmatch(token)
        or base64.urlsafe_b64encode(base64.urlsafe_b64decode(token)) != token
    ):
        raise InvalidToken
