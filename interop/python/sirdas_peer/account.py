"""The own account: its keys in use, made once and kept in the vault."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

from .classic import Sender
from .errors import Code, PeerError
from .invite import Invite
from .keys import SigningKey, UnwrapKey
from .link import LoginDevice
from .records import CLASSIC_SUITE, Profile, check_profile, decode_signed_record, is_plain_name, sign_record
from .schema import pb
from .store import AccountRow
from .wire import encode
from .world import World

_SEED_BYTES = 32
_ID_BYTES = 16


@dataclass(frozen=True)
class NewAccount:
    """What a person chooses when joining."""

    # In canonical form.
    nickname: str
    device_name: str
    profile: Profile


@dataclass(frozen=True)
class Account:
    invite: Invite
    nickname: str
    identity: SigningKey
    device: bytes
    device_key: SigningKey
    unwrap_key: UnwrapKey
    # pb.SignedRecord
    first_record: Any

    @classmethod
    def from_row(cls, row: AccountRow) -> Self:
        return cls(
            invite=Invite.decode(row.invite),
            nickname=row.nickname,
            identity=SigningKey.from_seed(row.identity_seed),
            device=row.device,
            device_key=SigningKey.from_seed(row.device_seed),
            unwrap_key=UnwrapKey.from_der(row.rsa_key),
            first_record=decode_signed_record(row.first_record),
        )

    def login_device(self, visible: bool) -> LoginDevice:
        return LoginDevice(self.nickname, self.device, self.device_key, visible)

    def sender(self, record_index: int) -> Sender:
        return Sender(
            nickname=self.nickname,
            relay_fingerprint=self.invite.relay_fingerprint,
            identity=self.identity,
            rsa_public_key=self.unwrap_key.public_der(),
            record_index=record_index,
        )


def make_account(invite: Invite, chosen: NewAccount, world: World) -> AccountRow:
    """Fresh keys and the first record of the chain. Raises BAD_NAME."""
    _check_chosen(chosen)
    identity_seed = world.random_bytes(_SEED_BYTES)
    device_seed = world.random_bytes(_SEED_BYTES)
    identity = SigningKey.from_seed(identity_seed)
    unwrap_key = UnwrapKey.generate()
    device = pb.Device(
        id=world.random_bytes(_ID_BYTES),
        signature_key=SigningKey.from_seed(device_seed).public_bytes(),
        name=chosen.device_name,
        added_ms=world.now_ms(),
    )
    record = pb.AccountRecord(
        relay_fingerprint=invite.relay_fingerprint,
        nickname=chosen.nickname,
        identity_key=identity.public_bytes(),
        devices=[device],
        rsa_public_key=unwrap_key.public_der(),
        suites=[CLASSIC_SUITE],
        profile=chosen.profile.encode(),
        time_ms=world.now_ms(),
    )
    return AccountRow(
        invite=invite.encode(),
        nickname=chosen.nickname,
        identity_seed=identity_seed,
        device=device.id,
        device_seed=device_seed,
        rsa_key=unwrap_key.to_der(),
        first_record=encode(sign_record(record, identity)),
        claimed=False,
    )


def new_message_id(world: World) -> bytes:
    """A random UUID, 16 bytes."""
    return uuid.UUID(bytes=world.random_bytes(_ID_BYTES), version=4).bytes


def _check_chosen(chosen: NewAccount) -> None:
    try:
        check_profile(chosen.profile.encode())
        if not is_plain_name(chosen.device_name):
            raise PeerError(Code.MALFORMED)
    except (PeerError, UnicodeEncodeError):
        raise PeerError(
            Code.BAD_NAME, "names have at most 64 bytes and no control characters, a colour is RRGGBB"
        ) from None
