"""The people of the shared vectors, as this client holds them."""

from dataclasses import dataclass
from functools import cache

from sirdas_peer.classic import Recipient, Sender
from sirdas_peer.keys import SigningKey, UnwrapKey
from sirdas_peer.records import ChainHead

from .test_records import verify_chain
from .vectors import load_vectors

LETTERS = load_vectors("crypto/vectors/classic-letter.json")
RELAY_FINGERPRINT = bytes.fromhex(LETTERS["relayFingerprint"])


@dataclass(frozen=True)
class Person:
    identity: SigningKey
    unwrap_key: UnwrapKey
    head: ChainHead

    def sender(self) -> Sender:
        return Sender(
            nickname=self.head.nickname,
            relay_fingerprint=RELAY_FINGERPRINT,
            identity=self.identity,
            rsa_public_key=self.unwrap_key.public_der(),
            record_index=self.head.index,
        )

    def recipient(self) -> Recipient:
        return Recipient(self.head.nickname, self.head.record().rsa_public_key)


@cache
def person(nickname: str) -> Person:
    given = LETTERS["accounts"][nickname]
    chain = {"relayFingerprint": LETTERS["relayFingerprint"], "nickname": nickname}
    return Person(
        identity=SigningKey.from_seed(bytes.fromhex(given["identitySeed"])),
        unwrap_key=UnwrapKey.from_der(bytes.fromhex(given["rsaPkcs8"])),
        head=verify_chain(chain, given["chain"]),
    )
