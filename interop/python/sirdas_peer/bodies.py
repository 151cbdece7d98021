"""The rules of a content's body (SPEC §6.4).

This client shows texts only; what it is sent of the other kinds it checks all the same, and says that it needs a newer version.
"""

import unicodedata
from typing import Any

from .errors import Code, PeerError
from .limits import MAX_EXPIRY_MS, MAX_REACTION_BYTES, MAX_RECEIPT_MESSAGES, MAX_TEXT_BYTES
from .nickname import is_canonical_nickname
from .records import is_printable

# White space, what is ignored when shown, marks: alone they are nothing to see.
_UNSEEN_CATEGORIES = {"Zs", "Cf", "Mn", "Mc", "Me"}


def check_body(content: Any) -> None:
    """Raises MALFORMED and what `check_text` raises."""
    kind = content.WhichOneof("body")
    if kind == "text":
        check_text(content.text.text)
        _check_expiry(content.text.expires_after_ms)
        if content.text.HasField("reply_to"):
            _check_reference(content.text.reply_to)
    elif kind == "edit":
        check_text(content.edit.text)
    elif kind == "reaction":
        _check_reaction(content.reaction)
    elif kind == "receipt":
        _check_receipt(content.receipt)
    elif kind == "timer":
        _check_expiry(content.timer.expires_after_ms)


def check_text(text: str) -> None:
    """PRO-011. Raises BAD_TEXT, TEXT_EMPTY, TEXT_TOO_LARGE."""
    try:
        size_bytes = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise PeerError(Code.BAD_TEXT, "the text is not valid UTF-8") from None
    if size_bytes == 0:
        raise PeerError(Code.TEXT_EMPTY, "there is no text")
    if size_bytes > MAX_TEXT_BYTES:
        raise PeerError(Code.TEXT_TOO_LARGE, f"a text has at most {MAX_TEXT_BYTES} bytes")


def _check_reaction(reaction: Any) -> None:
    """PRO-015, except that it is one grapheme: Python has no table of their boundaries."""
    if not reaction.HasField("message"):
        raise PeerError(Code.MALFORMED, "a reaction to nothing")
    _check_reference(reaction.message)
    emoji = reaction.emoji
    is_visible = any(unicodedata.category(character) not in _UNSEEN_CATEGORIES for character in emoji)
    if emoji and not (is_visible and is_printable(emoji, MAX_REACTION_BYTES)):
        raise PeerError(Code.MALFORMED, "a reaction that cannot be shown")


def _check_receipt(receipt: Any) -> None:
    if not 1 <= len(receipt.messages) <= MAX_RECEIPT_MESSAGES:  # PRO-016
        raise PeerError(Code.MALFORMED, "a receipt of no or too many messages")
    for reference in receipt.messages:
        _check_reference(reference)


def _check_expiry(expires_after_ms: int) -> None:
    if expires_after_ms > MAX_EXPIRY_MS:  # PRO-017
        raise PeerError(Code.MALFORMED, "a time to disappear beyond the limit")


def _check_reference(reference: Any) -> None:
    if not is_canonical_nickname(reference.sender):  # PRO-018
        raise PeerError(Code.MALFORMED, "a message of nobody")
