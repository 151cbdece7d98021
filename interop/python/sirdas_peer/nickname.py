"""Nicknames (SPEC §5.3): the PRECIS profile UsernameCaseMapped, narrowed.

`prepare_nickname` is for what a person types; `is_canonical_nickname` for what comes over the wire. The comparison of
look-alike names is the relay's business and not done here.
"""

import re
import unicodedata

from .errors import Code, PeerError
from .limits import MAX_NICKNAME_LENGTH, MIN_NICKNAME_LENGTH

# RFC 8264 §9.1 (LetterDigits); upper case is gone by then.
_LETTERS = {"Ll", "Lo", "Lm"}
_DIGITS = {"Nd"}
_MARKS = {"Mn", "Mc"}
_PUNCTUATION = {".", "-", "_"}
# RFC 5892 §2.6 (Exceptions), those that would be letters or marks otherwise.
_DISALLOWED = set("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b")
# Letters and marks that are ignored when shown (RFC 8264 §9.13), and conjoining Jamo (§9.9).
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
    "\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]"
)
# Looks like `i` and must not be another name.
_DOTTED_I = "i\u0307"
_ARABIC_INDIC = re.compile("[\u0660-\u0669]")
_EXTENDED_ARABIC_INDIC = re.compile("[\u06f0-\u06f9]")

_RTL_LETTERS = {"R", "AL"}
_NEUTRAL = {"EN", "ES", "CS", "ET", "ON", "BN", "NSM"}


def prepare_nickname(typed: str) -> str:
    """The canonical form of what a person typed; white space around it does not count. Raises BAD_NICKNAME."""
    wide = "".join(_map_width(character) for character in typed.strip())
    lower = unicodedata.normalize("NFC", wide).replace("\u0130", "i").lower()
    nickname = unicodedata.normalize("NFC", lower.replace(_DOTTED_I, "i"))
    if not is_canonical_nickname(nickname):
        raise PeerError(
            Code.BAD_NICKNAME,
            "a nickname has 3 to 32 letters or digits, with . - _ between them",
        )
    return nickname


def is_canonical_nickname(nickname: str) -> bool:
    """PRO-007: what `prepare_nickname` gives, and nothing else."""
    is_plain = nickname == unicodedata.normalize("NFKC", nickname) == nickname.lower()
    if not is_plain or not MIN_NICKNAME_LENGTH <= len(nickname) <= MAX_NICKNAME_LENGTH:
        return False
    if not all(_is_allowed_character(character) for character in nickname) or _DOTTED_I in nickname:
        return False
    if not _category_in(nickname[0], _LETTERS | _DIGITS) or nickname[-1] in _PUNCTUATION:
        return False
    if _ARABIC_INDIC.search(nickname) and _EXTENDED_ARABIC_INDIC.search(nickname):  # RFC 5892 A.8, A.9
        return False
    return _satisfies_bidi_rule(nickname)


def _map_width(character: str) -> str:
    """RFC 8265 §3.3.2, width mapping: full-width and half-width characters become the ordinary ones."""
    kind, _, mapped = unicodedata.decomposition(character).partition(" ")
    return chr(int(mapped, 16)) if kind in ("<wide>", "<narrow>") else character


def _is_allowed_character(character: str) -> bool:
    if character in _PUNCTUATION:
        return True
    if character in _DISALLOWED or _IGNORABLE.match(character):
        return False
    return _category_in(character, _LETTERS | _DIGITS | _MARKS)


def _category_in(character: str, categories: set[str]) -> bool:
    return unicodedata.category(character) in categories


def _satisfies_bidi_rule(nickname: str) -> bool:
    """RFC 5893 §2; like RFC 8265 §3.1 applied only to names that hold right-to-left characters."""
    classes = [unicodedata.bidirectional(character) for character in nickname]
    present = set(classes)
    if not present & (_RTL_LETTERS | {"AN"}):
        return True
    while classes and classes[-1] == "NSM":
        classes.pop()
    first, last = classes[0], classes[-1]
    if first in _RTL_LETTERS:
        is_ordered = last in _RTL_LETTERS | {"EN", "AN"} and not {"EN", "AN"} <= present
        return is_ordered and present <= _RTL_LETTERS | {"AN"} | _NEUTRAL
    return first == "L" and last in {"L", "EN"} and present <= {"L"} | _NEUTRAL
