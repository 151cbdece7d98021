"""The fixed people, keys and relay of the vectors. Keys lie in keys.json and are made once, when that file is missing."""

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from wire import expand, labelled, message, sha256

FOLDER = Path(__file__).parent
KEYS_FILE = FOLDER / "keys.json"
NAMES = ("ayşe", "bora", "cem")
CREATED_MS = 1_790_000_000_000


def pkcs8(private_key):
    return private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def spki(public_key):
    return public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def load_keys():
    if not KEYS_FILE.exists():
        keys = {name: pkcs8(rsa.generate_private_key(65537, 3072)).hex() for name in NAMES}
        keys["relay"] = pkcs8(ec.generate_private_key(ec.SECP256R1())).hex()
        KEYS_FILE.write_text(json.dumps(keys, ensure_ascii=False, indent=2) + "\n")
    return {name: bytes.fromhex(text) for name, text in json.loads(KEYS_FILE.read_text()).items()}


KEYS = load_keys()
RELAY_PRIVATE_KEY = load_der_private_key(KEYS["relay"], None)
RELAY_KEY = spki(RELAY_PRIVATE_KEY.public_key())
RELAY = sha256(RELAY_KEY)


class Person:
    def __init__(self, nickname):
        self.nickname = nickname
        self.identity_seed = expand(f"identity {nickname}", 32)
        self.device_seed = expand(f"device key {nickname}", 32)
        self.device = expand(f"device {nickname}", 16)
        self.identity_key = public_half(self.identity_seed)
        self.rsa_pkcs8 = KEYS[nickname]
        self.rsa_private_key = load_der_private_key(self.rsa_pkcs8, None)
        self.rsa = self.rsa_private_key.public_key().public_numbers()
        self.rsa_spki = spki(self.rsa_private_key.public_key())

    def sign(self, label, *fields):
        return sign(self.identity_seed, label, *fields)

    def record(self, **changes):
        """An encoded AccountRecord; `changes` replace fields of the first, ordinary one."""
        values = {
            "relay": RELAY,
            "nickname": self.nickname,
            "identity_key": self.identity_key,
            "index": 0,
            "previous_hash": b"",
            "devices": [device(self.device, public_half(self.device_seed))],
            "rsa": self.rsa_spki,
            "suites": ["classic-1"],
            "profile": None,
            "time_ms": CREATED_MS,
        } | changes
        return message(*enumerate(values.values(), start=1))

    def signed(self, record, seed=None):
        signature = sign(seed or self.identity_seed, "account-record", record)
        return {"record": record.hex(), "signature": signature.hex()}

    def signed_record(self, **changes):
        return self.signed(self.record(**changes))


def device(device_id, key, name="laptop"):
    return message((1, device_id), (2, key), (3, name), (4, CREATED_MS))


def record_hash(record):
    """SPEC §5.2"""
    return sha256(labelled("record-hash", record))


def public_half(seed):
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(seed, label, *fields):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(labelled(label, *fields))


AYSE, BORA, CEM = (Person(name) for name in NAMES)
