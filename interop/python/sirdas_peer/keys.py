"""The keys of an account (SPEC §1, §5.1, §7.1): Ed25519 identity and device keys, one RSA key pair; and relay keys.

Thin names over the `cryptography` library, so that its classes and their parameters appear in this file only.
"""

from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from .errors import Code, PeerError
from .limits import MAX_RSA_BITS, MAX_RSA_KEY_BYTES, MIN_RSA_BITS

_RSA_EXPONENT = 65537
_ECDSA_HALF_BYTES = 32

_ED25519_PRIME = 2**255 - 19
_ED25519_SIGN_BIT = 1 << 255
# The y coordinates of the eight points of small order.
_SMALL_ORDER_8 = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
)
_SMALL_ORDER = {0, 1, _ED25519_PRIME - 1, _SMALL_ORDER_8, _ED25519_PRIME - _SMALL_ORDER_8}


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 private key."""

    key: Ed25519PrivateKey

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """`seed`: 32 secret random bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)

    def public_bytes(self) -> bytes:
        """32 bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def is_usable_ed25519(public_key: bytes) -> bool:
    """CRY-001: 32 bytes, the canonical form of a point that is not of small order."""
    y = int.from_bytes(public_key, "little") & ~_ED25519_SIGN_BIT
    return len(public_key) == 32 and y < _ED25519_PRIME and y not in _SMALL_ORDER


def verifies_ed25519(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """CRY-002"""
    if not is_usable_ed25519(public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verifies_relay_signature(relay_key: bytes, signature: bytes, message: bytes) -> bool:
    """ECDSA P-256 with SHA-256; `relay_key` is DER, `signature` is r || s, 64 bytes."""
    try:
        key = load_der_public_key(relay_key)
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            return False
        r, s = signature[:_ECDSA_HALF_BYTES], signature[_ECDSA_HALF_BYTES:]
        der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key.verify(der, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


@dataclass(frozen=True)
class UnwrapKey:
    """The RSA private key that opens the wraps of classic letters."""

    key: rsa.RSAPrivateKey

    @classmethod
    def generate(cls) -> Self:
        return cls(rsa.generate_private_key(_RSA_EXPONENT, MIN_RSA_BITS))

    @classmethod
    def from_der(cls, pkcs8: bytes) -> Self:
        key = load_der_private_key(pkcs8, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("not an RSA key")
        return cls(key)

    def to_der(self) -> bytes:
        """PKCS #8."""
        return self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public_der(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def unwrap(self, wrap: bytes) -> bytes:
        """Raises ValueError; the caller lets nobody see why."""
        return self.key.decrypt(wrap, _oaep())


def load_rsa_public_key(der: bytes) -> rsa.RSAPublicKey:
    """Checks the rules of SPEC §5.1 for `rsa_public_key`. Raises MALFORMED."""
    if len(der) > MAX_RSA_KEY_BYTES:
        raise PeerError(Code.MALFORMED, "an RSA key that is too long")
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise PeerError(Code.MALFORMED, "not a public key") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise PeerError(Code.MALFORMED, "not an RSA key")
    numbers = key.public_numbers()
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:  # CRY-008
        raise PeerError(Code.MALFORMED, "an RSA key of a wrong size")
    if numbers.e != _RSA_EXPONENT or numbers.n % 2 == 0:  # CRY-009
        raise PeerError(Code.MALFORMED, "an RSA key with a wrong exponent or modulus")
    # DER has one form only; this also refuses RSA keys that are meant for signatures (RSASSA-PSS).
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
        raise PeerError(Code.MALFORMED, "an RSA key in an unusual encoding")
    return key


def wrap_for(rsa_public_key: bytes, secret: bytes) -> bytes:
    """RSA-OAEP (SPEC §7.1) of `secret` for the owner of a DER public key. Raises MALFORMED."""
    return load_rsa_public_key(rsa_public_key).encrypt(secret, _oaep())


def _oaep() -> padding.OAEP:
    """CRY-011: SHA-256, MGF1 with SHA-256, empty label; both hashes named, since libraries' defaults differ."""
    return padding.OAEP(padding.MGF1(SHA256()), SHA256(), label=None)
