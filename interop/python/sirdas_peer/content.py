"""What is inside an envelope (SPEC §6.2, §6.3): content, its padding, and the id of a direct conversation."""

from dataclasses import dataclass
from typing import Any

from .bodies import check_body
from .errors import Code, PeerError
from .labelled import Label, labelled_sha256
from .limits import MAX_CONTENT_BYTES, MIN_CONTENT_BYTES
from .schema import pb
from .wire import decode, decode_canonical, encode

_PADDING_START = b"\x80"
_CONVERSATION_BYTES = 16


@dataclass(frozen=True)
class Content:
    # UUID, 16 bytes.
    message_id: bytes
    time_ms: int
    # 16 bytes.
    conversation: bytes
    # The sending device, 16 bytes.
    device: bytes
    # From 1 per device and conversation.
    counter: int
    # None: a body that this client does not show.
    text: str | None


def conversation_of(relay_fingerprint: bytes, one: str, other: str) -> bytes:
    """16 bytes; the same for both people, whoever writes."""
    first, second = sorted((one.encode("utf-8"), other.encode("utf-8")))
    return labelled_sha256(Label.DIRECT_CONVERSATION, relay_fingerprint, first, second)[:_CONVERSATION_BYTES]


def encode_content(content: Content) -> bytes:
    """Encoded and padded."""
    message = pb.Content(
        message_id=content.message_id,
        time_ms=content.time_ms,
        conversation=content.conversation,
        device=content.device,
        counter=content.counter,
        text=None if content.text is None else pb.Text(text=content.text),
    )
    return pad(encode(message))


def decode_content(padded: bytes) -> Content:
    """Raises MALFORMED and what `check_text` raises; a body that is not shown here is not an error."""
    data = unpad(padded)
    message = decode(pb.Content, data)
    kind = message.WhichOneof("body")
    if kind is not None:
        message = decode_canonical(pb.Content, data)
        check_body(message)
    return _content_of(message, message.text.text if kind == "text" else None)


def pad(data: bytes) -> bytes:
    marked = data + _PADDING_START
    return marked.ljust(_padded_length(len(marked)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Raises MALFORMED for everything that `pad` would not have made (PRO-008)."""
    marked = padded.rstrip(b"\0")
    if not marked.endswith(_PADDING_START) or _padded_length(len(marked)) != len(padded):
        raise PeerError(Code.MALFORMED, "wrong padding")
    return marked[:-1]


def _padded_length(marked_length: int) -> int:
    length = MIN_CONTENT_BYTES
    while length < marked_length:
        length *= 2
    if length > MAX_CONTENT_BYTES:
        raise PeerError(Code.MALFORMED, "a content that is too long")
    return length


def _content_of(message: Any, text: str | None) -> Content:
    if message.counter < 1:
        raise PeerError(Code.MALFORMED, "counter 0")
    return Content(
        message.message_id, message.time_ms, message.conversation, message.device, message.counter, text
    )
