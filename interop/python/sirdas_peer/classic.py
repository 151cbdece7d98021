"""The classic letter (SPEC §7): sealing, and opening in stages, in the order of §7.3.

envelope → `decode_letter` (step 1) → `Letter` → `check_direction` (2) → `verify_letter` (3 to 5) → `open_letter` (6, 7)
→ `Content`. Looking up the sender (3) and saving (8) are the inbox's (inbox.py).
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from hmac import compare_digest
from typing import Any

from .content import Content, conversation_of, decode_content, encode_content
from .errors import Code, PeerError
from .fernet import KEY_BYTES, open_token, seal_token
from .keys import SigningKey, UnwrapKey, verifies_ed25519, wrap_for
from .labelled import Label, labelled_input, labelled_sha256
from .limits import MAX_ENVELOPE_BYTES, MAX_FUTURE_MS
from .nickname import is_canonical_nickname
from .records import CLASSIC_SUITE, ChainHead
from .schema import pb
from .wire import decode, decode_canonical, encode


@dataclass(frozen=True)
class Sender:
    nickname: str
    relay_fingerprint: bytes
    identity: SigningKey
    # DER; the sender's own devices read the copy with its private key.
    rsa_public_key: bytes
    record_index: int


@dataclass(frozen=True)
class Recipient:
    nickname: str
    # DER.
    rsa_public_key: bytes


@dataclass(frozen=True)
class Letter:
    """A decoded letter; nothing in it is verified yet."""

    header: Any
    header_bytes: bytes
    signature: bytes
    token: bytes
    recipient_wrap: bytes
    sender_wrap: bytes


class Direction(Enum):
    TO_ME = "to me"
    # From another of the own devices.
    OWN_COPY = "own copy"


def seal_letter(
    content: Content, sender: Sender, recipient: Recipient, random_bytes: Callable[[int], bytes]
) -> bytes:
    """The encoded envelope (SPEC §7.1)."""
    key = random_bytes(KEY_BYTES)
    token = seal_token(key, encode_content(content), content.time_ms // 1000)
    recipient_wrap = wrap_for(recipient.rsa_public_key, key)
    sender_wrap = wrap_for(sender.rsa_public_key, key)
    header = encode(
        pb.ClassicHeader(
            suite=CLASSIC_SUITE,
            relay_fingerprint=sender.relay_fingerprint,
            sender=sender.nickname,
            recipient=recipient.nickname,
            sender_record_index=sender.record_index,
            message_id=content.message_id,
            time_ms=content.time_ms,
            token_hash=hashlib.sha256(token).digest(),
            wraps_hash=labelled_sha256(Label.CLASSIC_WRAPS, recipient_wrap, sender_wrap),
            key_commitment=labelled_sha256(Label.CLASSIC_KEY, key),
        )
    )
    letter = pb.ClassicLetter(
        header=header,
        signature=sender.identity.sign(labelled_input(Label.CLASSIC_HEADER, header)),
        token=token,
        recipient_wrap=recipient_wrap,
        sender_wrap=sender_wrap,
    )
    return encode(pb.Envelope(classic=letter))


def decode_letter(envelope: bytes) -> Letter:
    """Step 1. Raises LETTER_MALFORMED, or UNSUPPORTED_ENVELOPE for an envelope of a later version (SPEC §6.1)."""
    try:
        return _decode_letter(envelope)
    except PeerError as error:
        if error.code == Code.MALFORMED:
            raise PeerError(Code.LETTER_MALFORMED) from None
        raise


def check_direction(letter: Letter, own_nickname: str, relay_fingerprint: bytes) -> Direction:
    """Step 2. Raises LETTER_MISDIRECTED."""
    header = letter.header
    if header.suite == CLASSIC_SUITE and header.relay_fingerprint == relay_fingerprint:
        if header.recipient == own_nickname:
            return Direction.TO_ME
        if header.sender == own_nickname:
            return Direction.OWN_COPY
    raise PeerError(Code.LETTER_MISDIRECTED)  # CRY-021


def is_signed_by(letter: Letter, identity_key: bytes) -> bool:
    message = labelled_input(Label.CLASSIC_HEADER, letter.header_bytes)
    return verifies_ed25519(identity_key, letter.signature, message)


def verify_letter(letter: Letter, sender: ChainHead, own: ChainHead, now_ms: int) -> None:
    """The rest of step 3, with the sender's pinned records and the own ones, then steps 4 and 5.

    Raises RECORD_NEEDED, DOWNGRADE_REFUSED, LETTER_FORGED or LETTER_FROM_FUTURE.
    """
    header = letter.header
    if header.sender != sender.nickname:  # CRY-022
        raise PeerError(Code.LETTER_FORGED)
    if header.sender_record_index > sender.index:  # CRY-023
        raise PeerError(Code.RECORD_NEEDED)
    is_to_own = header.recipient == own.nickname != header.sender
    if is_to_own and sender.has_other_suite and own.has_other_suite:  # CRY-024
        raise PeerError(Code.DOWNGRADE_REFUSED)
    is_genuine = (
        is_signed_by(letter, sender.identity_key)  # CRY-025
        and header.token_hash == hashlib.sha256(letter.token).digest()
        and header.wraps_hash
        == labelled_sha256(Label.CLASSIC_WRAPS, letter.recipient_wrap, letter.sender_wrap)
    )
    if not is_genuine:  # CRY-026
        raise PeerError(Code.LETTER_FORGED)
    if header.time_ms > now_ms + MAX_FUTURE_MS:  # CRY-027
        raise PeerError(Code.LETTER_FROM_FUTURE)


def open_letter(letter: Letter, direction: Direction, unwrap_key: UnwrapKey) -> Content:
    """Steps 6 and 7. Raises UNREADABLE, whatever was wrong."""
    wrap = letter.recipient_wrap if direction is Direction.TO_ME else letter.sender_wrap
    try:
        key = _unwrap(wrap, unwrap_key)
        _check_key(letter, key)
        content = decode_content(open_token(key, letter.token, letter.header.time_ms // 1000))
        _check_belongs(content, letter.header)
    except PeerError:
        raise PeerError(Code.UNREADABLE) from None
    return content


def _decode_letter(envelope: bytes) -> Letter:
    if decode(pb.Envelope, envelope).WhichOneof("kind") != "classic":
        raise PeerError(Code.UNSUPPORTED_ENVELOPE)  # CRY-020
    if len(envelope) > MAX_ENVELOPE_BYTES:
        raise PeerError(Code.MALFORMED)
    letter = decode_canonical(pb.Envelope, envelope).classic
    header = decode_canonical(pb.ClassicHeader, letter.header)
    if not (is_canonical_nickname(header.sender) and is_canonical_nickname(header.recipient)):  # CRY-019
        raise PeerError(Code.MALFORMED)
    return Letter(
        header, letter.header, letter.signature, letter.token, letter.recipient_wrap, letter.sender_wrap
    )


def _unwrap(wrap: bytes, unwrap_key: UnwrapKey) -> bytes:
    """CRY-030: what does not unwrap goes the way of a wrong key, which the commitment refuses."""
    instead = secrets.token_bytes(KEY_BYTES)
    try:
        key = unwrap_key.unwrap(wrap)
    except ValueError:
        return instead
    return key if len(key) == KEY_BYTES else instead  # CRY-010


def _check_key(letter: Letter, key: bytes) -> None:
    commitment = labelled_sha256(Label.CLASSIC_KEY, key)
    if not compare_digest(commitment, letter.header.key_commitment):  # CRY-028
        raise PeerError(Code.UNREADABLE)


def _check_belongs(content: Content, header: Any) -> None:
    conversation = conversation_of(header.relay_fingerprint, header.sender, header.recipient)
    expected = (header.message_id, header.time_ms, conversation)
    if (content.message_id, content.time_ms, content.conversation) != expected:  # CRY-029
        raise PeerError(Code.UNREADABLE)
