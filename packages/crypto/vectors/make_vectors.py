#!/usr/bin/python3
"""Writes the vectors of this folder: JSON lists of {name, spec, input, expect, output}, bytes in hexadecimal.

`expect` is "ok", an outcome, or the code of the error. Run it with a Python that has `cryptography`. Everything is the
same on every run, except the ECDSA signatures in login.json. Format the files afterwards: npx biome format --write .
"""

import hashlib
import json
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import letters
from people import AYSE, BORA, CEM, FOLDER, RELAY, RELAY_KEY, RELAY_PRIVATE_KEY, device, public_half, record_hash, sign
from wire import der, expand, labelled, modulus_of, rsa_spki


def write(name, value):
    (FOLDER / name).write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def account_key_material():
    return {
        person.nickname: {
            "identitySeed": person.identity_seed.hex(),
            "rsaPkcs8": person.rsa_pkcs8.hex(),
            "chain": [person.signed_record()],
        }
        for person in (AYSE, BORA, CEM)
    }


def chain(person, count, **changes):
    records = []
    for index in range(count):
        previous = record_hash(records[-1]) if records else b""
        change = changes if index == count - 1 else {}
        records.append(person.record(**{"index": index, "previous_hash": previous} | change))
    return records


def verify_chain_cases():
    def chained(name, records, expect="BAD_RECORD", spec="§5.1", person=AYSE, output=None):
        given = {"relayFingerprint": RELAY.hex(), "nickname": person.nickname, "records": records}
        result = {"name": name, "spec": spec, "input": given, "expect": expect}
        return result | ({"output": output} if output else {})

    one, three = chain(AYSE, 1), chain(AYSE, 3)
    fork = chain(AYSE, 2, time_ms=1)
    taken_over = BORA.signed_record(nickname="ayşe", index=1, previous_hash=record_hash(one[0]))
    small_order = bytes.fromhex("01" + "00" * 31)
    shorter = chain(AYSE, 1, rsa=rsa_spki(modulus_of(3071)))
    low_point = AYSE.record(identity_key=small_order)
    result = {"index": 2, "hash": record_hash(three[2]).hex(), "publishedOtherSuite": False}
    broken = {
        "CRY-015 no record at all": [],
        "CRY-012 another relay": [AYSE.signed_record(relay=expand("another relay", 32))],
        "CRY-012 another nickname": [AYSE.signed_record(nickname="bora")],
        "CRY-013 signed by another key": [AYSE.signed(one[0], BORA.identity_seed)],
        "CRY-013 signed by the device key": [AYSE.signed(one[0], AYSE.device_seed)],
        "CRY-002 CRY-013 a header's signature": [{"record": one[0].hex(), "signature": AYSE.sign("classic-header", one[0]).hex()}],
        "CRY-002 CRY-013 a login signature": [{"record": one[0].hex(), "signature": AYSE.sign("login", one[0]).hex()}],
        "CRY-013 the signature of another record": [
            {"record": one[0].hex(), "signature": AYSE.signed(three[1])["signature"]}],
        "CRY-015 the second record first": [AYSE.signed(three[1])],
        "CRY-015 a record left out": [AYSE.signed(three[0]), AYSE.signed(three[2])],
        "CRY-015 a record twice": [AYSE.signed(three[0]), AYSE.signed(three[0])],
        "CRY-015 a previous hash of another chain": [AYSE.signed(item) for item in (three[0], fork[1], three[2])],
        "CRY-014 another identity key in the second record": [AYSE.signed(one[0]), taken_over],
        "CRY-001 an identity key of small order": [{"record": low_point.hex(), "signature": (small_order + bytes(32)).hex()}],
        "CRY-001 a device key of small order": [AYSE.signed_record(devices=[device(AYSE.device, small_order)])],
        "PRO-010 one device id twice": [AYSE.signed_record(devices=[
            device(AYSE.device, public_half(expand(name, 32))) for name in ("one", "two")])],
        "PRO-010 one device key twice": [AYSE.signed_record(devices=[
            device(expand(name, 16), public_half(AYSE.device_seed)) for name in ("one", "two")])],
        "PRO-006 not canonical": [AYSE.signed(one[0] + b"\x20\x00")],
        "PRO-006 an unknown field": [AYSE.signed(one[0] + bytes.fromhex("da0700"))],
        "PRO-010 an RSA key without the suite": [AYSE.signed_record(suites=["other"])],
        "PRO-010 the suite without an RSA key": [AYSE.signed_record(rsa=b"")],
        "CRY-008 an RSA modulus of 3071 bit": [AYSE.signed(shorter[0])],
    }
    broken |= {name: [AYSE.signed_record(rsa=key)] for name, key in bad_rsa_keys().items()}
    largest = AYSE.signed_record(rsa=rsa_spki(modulus_of(8192)))
    return [
        chained("one record", [AYSE.signed(one[0])], "ok",
                output={"index": 0, "hash": record_hash(one[0]).hex(), "publishedOtherSuite": False}),
        chained("three records", [AYSE.signed(item) for item in three], "ok", output=result),
        chained("another suite once, not any more", other_suite_once(), "ok", "§7.3 step 3",
                output={"index": 2, "hash": None, "publishedOtherSuite": True}),
        chained("an RSA modulus of 8192 bit", [largest], "ok",
                output={"index": 0, "hash": None, "publishedOtherSuite": False}),
        *(chained(name, records) for name, records in broken.items()),
    ]


def other_suite_once():
    first = AYSE.record()
    second = AYSE.record(index=1, previous_hash=record_hash(first), suites=["classic-1", "other-1"])
    third = AYSE.record(index=2, previous_hash=record_hash(second))
    return [AYSE.signed(item) for item in (first, second, third)]


def bad_rsa_keys():
    good = rsa_spki(modulus_of(3072))
    pss = bytes.fromhex("300b06092a864886f70d01010a")
    without_null = bytes.fromhex("300b06092a864886f70d010101")
    return {
        "CRY-008 an RSA key: 2048 bit": rsa_spki(modulus_of(2048)),
        "CRY-008 an RSA key: 8193 bit": rsa_spki(modulus_of(8193)),
        "CRY-009 an RSA key: exponent 3": rsa_spki(modulus_of(3072), 3),
        "CRY-009 an RSA key: exponent 65539": rsa_spki(modulus_of(3072), 65539),
        "CRY-009 an RSA key: an even modulus": rsa_spki(modulus_of(3072, odd=False)),
        "CRY-009 an RSA key: RSASSA-PSS": rsa_spki(modulus_of(3072), algorithm=pss),
        "CRY-009 an RSA key: without the NULL parameters": rsa_spki(modulus_of(3072), algorithm=without_null),
        "CRY-009 an RSA key: one byte too many": good + b"\0",
        "CRY-009 an RSA key: one byte too few": good[:-1],
        "CRY-009 an RSA key: a negative modulus": negative_modulus(),
        "CRY-009 an RSA key: a modulus with a zero byte too many": zero_byte_too_many(),
        "CRY-009 an RSA key: zeros": bytes(len(good)),
    }


def zero_byte_too_many():
    modulus = b"\0\0" + modulus_of(3072).to_bytes(384, "big")
    return spki_around(modulus)


def negative_modulus():
    return spki_around(modulus_of(3080).to_bytes(385, "big"))


def spki_around(modulus):
    key = der(0x30, der(0x02, modulus) + bytes.fromhex("0203010001"))
    return der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + der(0x03, b"\0" + key))


def continue_chain_cases():
    pinned = chain(AYSE, 2)
    third = AYSE.record(index=2, previous_hash=record_hash(pinned[1]))
    fourth = AYSE.record(index=3, previous_hash=record_hash(third))
    forked = AYSE.record(index=2, previous_hash=record_hash(pinned[0]))
    other_key = BORA.record(nickname="ayşe", index=2, previous_hash=record_hash(pinned[1]))

    def continued(name, records, head_index, expect, output=None):
        given = {
            "relayFingerprint": RELAY.hex(),
            "nickname": "ayşe",
            "pinned": [AYSE.signed(item) for item in pinned],
            "records": records,
            "headIndex": head_index,
        }
        result = {"name": name, "spec": "§5.4", "input": given, "expect": expect}
        return result | ({"output": output} if output else {})

    unsigned = {"record": other_key.hex(), "signature": bytes(64).hex()}
    return [
        continued("nothing new", [], 1, "verified", {"index": 1}),
        continued("one new record", [AYSE.signed(third)], 2, "verified", {"index": 2}),
        continued("two new records and more to come", [AYSE.signed(third), AYSE.signed(fourth)], 9, "verified",
                  {"index": 3}),
        continued("CRY-016 a shorter chain", [], 0, "rolled-back"),
        continued("CRY-015 another continuation", [AYSE.signed(forked)], 2, "forked"),
        continued("CRY-014 another identity key", [BORA.signed(other_key)], 2, "key-changed",
                  {"identityKey": BORA.identity_key.hex()}),
        continued("CRY-013 another identity key, not signed by it", [unsigned], 2, "BAD_RECORD"),
        continued("CRY-015 a record left out", [AYSE.signed(fourth)], 3, "BAD_RECORD"),
        continued("CRY-015 the pinned record again", [AYSE.signed(pinned[1])], 1, "BAD_RECORD"),
        continued("CRY-016 a head without its records", [], 2, "BAD_RECORD"),
        continued("CRY-016 more records than the head says", [AYSE.signed(third), AYSE.signed(fourth)], 2, "BAD_RECORD"),
    ]


def login_cases():
    values = {
        "relayKey": RELAY_KEY,
        "relayNonce": expand("relay nonce", 32),
        "version": 1,
        "nickname": "ayşe",
        "device": AYSE.device,
        "clientNonce": expand("client nonce", 32),
        "channelBinding": expand("channel binding", 32),
        "visible": True,
    }
    cases = []
    for name, changes in {"over TLS": {}, "without TLS, invisible": {"channelBinding": b"", "visible": False}}.items():
        transcript = values | changes
        fields = [encode_field(value) for value in transcript.values()]
        proof = RELAY_PRIVATE_KEY.sign(labelled("relay-proof", *fields), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(proof)
        cases.append({
            "name": name,
            "spec": "§4.2",
            "input": {key: value.hex() if isinstance(value, bytes) else value for key, value in transcript.items()}
            | {"deviceSeed": AYSE.device_seed.hex()},
            "expect": "ok",
            "output": {
                "relayFingerprint": RELAY.hex(),
                "signature": sign(AYSE.device_seed, "login", *fields).hex(),
                "relaySignature": (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex(),
            },
        })
    return cases


def encode_field(value):
    if isinstance(value, bool):
        return bytes([value])
    return struct.pack(">I", value) if isinstance(value, int) else value


def half_safety_number(nickname, identity_key):
    """SPEC §5.5"""
    h = hashlib.sha512(labelled("safety-number", RELAY, nickname, identity_key)).digest()
    for _ in range(5199):
        h = hashlib.sha512(h + identity_key).digest()
    groups = [int.from_bytes(h[i : i + 5], "big") % 100000 for i in range(0, 30, 5)]
    return "".join(f"{group:05}" for group in groups)


def safety_number_cases():
    pairs = {
        "two people": (("ayşe", AYSE.identity_key), ("bora", BORA.identity_key)),
        "the same two the other way round": (("bora", BORA.identity_key), ("ayşe", AYSE.identity_key)),
        "another key behind one nickname": (("ayşe", CEM.identity_key), ("bora", BORA.identity_key)),
        "one key behind two nicknames": (("ayşe", AYSE.identity_key), ("bora", AYSE.identity_key)),
        "oneself": (("ayşe", AYSE.identity_key), ("ayşe", AYSE.identity_key)),
    }
    cases = []
    for name, accounts in pairs.items():
        digits = "".join(sorted(half_safety_number(*account) for account in accounts))
        given = [{"relayFingerprint": RELAY.hex(), "nickname": n, "identityKey": k.hex()} for n, k in accounts]
        shown = " ".join(digits[i : i + 5] for i in range(0, 60, 5))
        cases.append({"name": name, "spec": "§5.5", "input": given, "expect": "ok", "output": shown})
    return cases


def direct_conversation_cases():
    pairs = {
        "two people": ("ayşe", "bora"),
        "the same two the other way round": ("bora", "ayşe"),
        "a note to oneself": ("ayşe", "ayşe"),
        "order by UTF-8, not by UTF-16": ("\ufa0e\ufa0e\ufa0e", "\U00020000\U00020000\U00020000"),
        "one name begins with the other": ("bora", "bor"),
    }
    cases = []
    for name, nicknames in pairs.items():
        ordered = sorted(item.encode() for item in nicknames)
        given = {"relayFingerprint": RELAY.hex(), "nicknames": nicknames}
        output = hashlib.sha256(labelled("direct-conversation", RELAY, *ordered)).hexdigest()[:32]
        cases.append({"name": name, "spec": "§6.3", "input": given, "expect": "ok", "output": output})
    return cases


if __name__ == "__main__":
    write("account-record.json", {"verify": verify_chain_cases(), "continue": continue_chain_cases()})
    write("login.json", login_cases())
    write("safety-number.json", safety_number_cases())
    write("direct-conversation.json", direct_conversation_cases())
    write("classic-letter.json", {
        "relayFingerprint": RELAY.hex(),
        "accounts": account_key_material(),
        "seal": letters.seal_cases(),
        "open": letters.good_cases(),
        "refuse": {
            "receive": letters.receive_cases(),
            "verify": letters.verify_cases(),
            "open": letters.open_cases(),
        },
    })
