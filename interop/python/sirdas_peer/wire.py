"""Decoding and encoding of protobuf messages (SPEC §1, §3), with the checks that every message gets.

`decode` is for frames and other messages where unknown fields are ignored; `decode_canonical` for those that are
signed or sealed. Both raise `PeerError` MALFORMED; whoever calls knows what that means where it stands.
"""

import warnings
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError

from .errors import Code, PeerError
from .limits import (
    MAX_ENVELOPE_BYTES,
    MAX_HANDSHAKE_BYTES,
    MAX_RSA_BITS,
    MAX_UINT64,
    MAX_WELCOME_BYTES,
    MIN_RSA_BITS,
)

# At an end-group tag the library stops and only warns; `decode` compares the length instead.
warnings.filterwarnings("ignore", message="Unexpected end-group tag")

_WRAP_LENGTHS = (MIN_RSA_BITS // 8, MAX_RSA_BITS // 8)

# Lengths of SPEC §3, by message and field; a field that may also be empty or varies is checked where it is used.
_FIELD_LENGTHS = {
    "Hello": {"relay_key": 91, "nonce": 32},
    "Claim": {"invite_token": 16, "proof_of_work": 8},
    "Login": {"device": 16, "nonce": 32, "signature": 64},
    "LoggedIn": {"relay_signature": 64, "inbox": 16, "record_hash": 32},
    "Append": {"log": 16},
    "Read": {"log": 16},
    "Deliver": {"log": 16},
    "Ack": {"log": 16},
    "Account": {"inbox": 16},
    "InviteCreated": {"token": 16, "id": 8},
    "InviteSummary": {"id": 8},
    "RevokeInvite": {"id": 8},
    "InviteLink": {"relay_fingerprint": 32},
    "SignedRecord": {"signature": 64},
    "AccountRecord": {"relay_fingerprint": 32, "identity_key": 32},
    "Device": {"id": 16, "signature_key": 32},
    "ClassicLetter": {"signature": 64},
    "ClassicHeader": {
        "relay_fingerprint": 32,
        "message_id": 16,
        "token_hash": 32,
        "wraps_hash": 32,
        "key_commitment": 32,
    },
    "Content": {"message_id": 16, "conversation": 16, "device": 16},
    "MessageReference": {"message_id": 16},
    "Edit": {"message_id": 16},
    "Delete": {"message_id": 16},
}
_REQUIRED_MESSAGES = {
    "Claim": ("record",),
    "PublishRecord": ("record",),
    "DirectoryEntry": ("record",),
    "PresenceChange": ("presence",),
}
_LENGTH_RANGES = {
    "Append": {"envelope": (1, MAX_ENVELOPE_BYTES)},
    # A welcome for others of the account may be larger than a letter.
    "Entry": {"envelope": (1, MAX_WELCOME_BYTES)},
    "SignedRecord": {"record": (1, MAX_HANDSHAKE_BYTES)},
    "ClassicLetter": {
        "header": (1, 1024),
        "token": (1, MAX_ENVELOPE_BYTES),
        "recipient_wrap": _WRAP_LENGTHS,
        "sender_wrap": _WRAP_LENGTHS,
    },
}


def decode(message_type: Any, data: bytes) -> Any:
    """One whole message; unknown fields are ignored."""
    message = message_type()
    try:
        length = message.ParseFromString(data)
    except DecodeError:
        length = None
    if length != len(data):  # PRO-002
        raise PeerError(Code.MALFORMED, "not a protobuf message")
    _check_message(message)
    return message


def decode_canonical(message_type: Any, data: bytes) -> Any:
    """One message whose encoding gives the same bytes again (SPEC §5.1): no unknown field, one form only."""
    message = decode(message_type, data)
    # This library would keep unknown fields and write them out again.
    message.DiscardUnknownFields()
    if encode(message) != data:  # PRO-006
        raise PeerError(Code.MALFORMED, "not in canonical form")
    return message


def encode(message: Any) -> bytes:
    data: bytes = message.SerializeToString(deterministic=True)
    return data


def _check_message(message: Any) -> None:
    name = message.DESCRIPTOR.name
    for field in _REQUIRED_MESSAGES.get(name, ()):
        if not message.HasField(field):
            raise PeerError(Code.MALFORMED, f"{name} without {field}")
    for field, length in _FIELD_LENGTHS.get(name, {}).items():
        is_absent_choice = message.DESCRIPTOR.fields_by_name[field].containing_oneof and not message.HasField(
            field
        )
        if not is_absent_choice and len(getattr(message, field)) != length:  # PRO-003
            raise PeerError(Code.MALFORMED, f"{name}.{field} has a wrong length")
    for field, (shortest, longest) in _LENGTH_RANGES.get(name, {}).items():
        if not shortest <= len(getattr(message, field)) <= longest:  # PRO-003
            raise PeerError(Code.MALFORMED, f"{name}.{field} is too short or too long")
    for field, value in message.ListFields():
        _check_values(field, value)


def _check_values(field: FieldDescriptor, value: Any) -> None:
    values = value if field.label == FieldDescriptor.LABEL_REPEATED else [value]
    if field.type == FieldDescriptor.TYPE_UINT64 and any(number > MAX_UINT64 for number in values):  # PRO-004
        raise PeerError(Code.MALFORMED, f"{field.full_name} is too large")
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        for inner in values:
            _check_message(inner)
