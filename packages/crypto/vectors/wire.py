"""The byte formats of SPEC.md in Python, written from SPEC.md and sirdas.proto alone: for make_vectors.py.

Independent of the TypeScript on purpose: both must come to the same bytes. Nothing in here checks anything.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    out.append(value)
    return bytes(out)


def field(number, value):
    """One protobuf field; default values are not written."""
    if value is None or value in (0, b"", ""):
        return b""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def message(*fields):
    """Fields (number, value) in order; a list is a repeated field."""
    out = b""
    for number, value in fields:
        for item in value if isinstance(value, list) else [value]:
            out += field(number, item)
    return out


def lp(data):
    data = data.encode() if isinstance(data, str) else data
    return struct.pack(">I", len(data)) + data


def labelled(label, *fields):
    """SPEC §1.1"""
    return lp("sirdas/v1/" + label) + b"".join(lp(item) for item in fields)


def sha256(data):
    return hashlib.sha256(data).digest()


def expand(seed, length):
    """Reproducible filler bytes."""
    out = b""
    while len(out) < length:
        out += sha256(f"{seed} {len(out)}".encode())
    return out[:length]


def pad_content(content):
    """SPEC §6.2"""
    size = 256
    while size < len(content) + 1:
        size *= 2
    return (content + b"\x80").ljust(size, b"\0")


def aes_cbc(key, iv, padded):
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def fernet_token(key, plaintext, seconds, iv, version=0x80, pkcs7=None):
    """github.com/fernet/spec; `pkcs7` replaces the padding for broken tokens."""
    count = 16 - len(plaintext) % 16
    padding = pkcs7 if pkcs7 is not None else bytes([count]) * count
    signed = bytes([version]) + struct.pack(">Q", seconds) + iv + aes_cbc(key[16:], iv, plaintext + padding)
    return urlsafe_b64encode(signed + hmac.new(key[:16], signed, hashlib.sha256).digest())


def mgf1(seed, length, hash_name):
    out = b""
    counter = 0
    while len(out) < length:
        out += hashlib.new(hash_name, seed + struct.pack(">I", counter)).digest()
        counter += 1
    return out[:length]


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


def oaep(public, data, seed_name, hash_name="sha256", mgf_name=None, label=b"", first=0):
    """RFC 8017 §7.1.1 with a chosen seed; `first` is the byte that must be zero."""
    size = (public.n.bit_length() + 7) // 8
    label_hash = hashlib.new(hash_name, label).digest()
    filler = bytes(size - len(data) - 2 * len(label_hash) - 2)
    block = label_hash + filler + b"\x01" + data
    seed = expand(seed_name, len(label_hash))
    masked_block = xor(block, mgf1(seed, len(block), mgf_name or hash_name))
    masked_seed = xor(seed, mgf1(masked_block, len(seed), mgf_name or hash_name))
    return raw_rsa(public, bytes([first]) + masked_seed + masked_block)


def pkcs1(public, data, seed_name):
    """RFC 8017 §7.2.1"""
    size = (public.n.bit_length() + 7) // 8
    filler = bytes(byte or 1 for byte in expand(seed_name, size - len(data) - 3))
    return raw_rsa(public, b"\0\x02" + filler + b"\0" + data)


def raw_rsa(public, block):
    size = (public.n.bit_length() + 7) // 8
    return pow(int.from_bytes(block, "big"), public.e, public.n).to_bytes(size, "big")


def der(tag, content):
    """Any length, with the shortest length field."""
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def der_integer(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")


def rsa_spki(modulus, exponent=65537, algorithm=RSA_ENCRYPTION):
    key = der(0x30, der_integer(modulus) + der_integer(exponent))
    return der(0x30, algorithm + der(0x03, b"\0" + key))


def modulus_of(bits, odd=True):
    """Not the product of two primes: only its size and shape matter."""
    value = int.from_bytes(expand(f"modulus {bits}", (bits + 7) // 8), "big")
    value = value % (1 << bits) | 1 << bits - 1
    return value | 1 if odd else value & ~1
