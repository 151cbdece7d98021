"""Classic letters (SPEC §7), right ones and broken ones, for make_vectors.py."""

import struct

from people import AYSE, BORA, CEM, RELAY
from wire import expand, fernet_token, labelled, message, oaep, pad_content, pkcs1, sha256

NOW_MS = 1_790_000_600_123
MINUTE_MS = 60_000
TEXT = "Merhaba Bora, akşama görüşürüz 👋"


def conversation(first, second):
    """SPEC §6.3"""
    names = sorted([first.nickname.encode(), second.nickname.encode()])
    return sha256(labelled("direct-conversation", RELAY, *names))[:16]


class Letter:
    """A letter whose parts can be replaced one by one; what depends on a part follows it."""

    def __init__(self, name="letter", sender=AYSE, recipient=BORA, time_ms=NOW_MS, text=TEXT):
        self.name, self.sender, self.recipient = name, sender, recipient
        self.key = expand(f"{name} key", 32)
        self.iv = expand(f"{name} iv", 16)
        self.content = {
            "message_id": expand(f"{name} message id", 16),
            "time_ms": time_ms,
            "conversation": conversation(sender, recipient),
            "device": sender.device,
            "counter": 1,
        }
        self.body = message((10, message((1, text))))
        self.padded = pad_content(self.content_bytes())
        self.token = fernet_token(self.key, self.padded, time_ms // 1000, self.iv)
        self.recipient_wrap = oaep(recipient.rsa, self.key, f"{name} recipient seed")
        self.sender_wrap = oaep(sender.rsa, self.key, f"{name} sender seed")
        self.commitment = sha256(labelled("classic-key", self.key))
        self.header_changes = {}
        self.extra_header = b""
        self.signer = sender.identity_seed
        self.signature = None

    def content_bytes(self):
        return message(*enumerate(self.content.values(), start=1)) + self.body

    def repad(self):
        return self.retoken(pad_content(self.content_bytes()))

    def retoken(self, padded, seconds=None, **options):
        self.padded = padded
        seconds = self.content["time_ms"] // 1000 if seconds is None else seconds
        self.token = fernet_token(self.key, padded, seconds, self.iv, **options)
        return self

    def header(self):
        values = {
            "suite": "classic-1",
            "relay": RELAY,
            "sender": self.sender.nickname,
            "recipient": self.recipient.nickname,
            "sender_record_index": 0,
            "message_id": self.content["message_id"],
            "time_ms": self.content["time_ms"],
            "token_hash": sha256(self.token),
            "wraps_hash": sha256(labelled("classic-wraps", self.recipient_wrap, self.sender_wrap)),
            "key_commitment": self.commitment,
        } | self.header_changes
        return message(*enumerate(values.values(), start=1)) + self.extra_header

    def sign(self, header):
        from people import sign

        return self.signature or sign(self.signer, "classic-header", header)

    def envelope(self, header=None, signature=None, token=None, recipient_wrap=None, sender_wrap=None):
        """The arguments replace parts after the header was signed."""
        own_header = self.header()
        parts = (
            header or own_header,
            signature or self.sign(own_header),
            token or self.token,
            recipient_wrap or self.recipient_wrap,
            sender_wrap or self.sender_wrap,
        )
        return message((1, message(*enumerate(parts, start=1))))


def case(name, spec, envelope, expect, reader=BORA, sender=AYSE, now_ms=NOW_MS, **more):
    given = {"reader": reader.nickname, "sender": sender.nickname, "nowMs": now_ms, "envelope": envelope.hex()}
    given |= more.pop("input", {})
    return {"name": name, "spec": spec, "input": given, "expect": expect} | more


def opened(letter, direction, text=TEXT):
    content = letter.content
    return {
        "direction": direction,
        "messageId": content["message_id"].hex(),
        "timeMs": content["time_ms"],
        "conversation": content["conversation"].hex(),
        "device": content["device"].hex(),
        "counter": content["counter"],
        "text": text,
    }


def good_cases():
    letter = Letter()
    note = Letter("note", recipient=AYSE)
    long_text = "uzun " * 400
    long_letter = Letter("long", text=long_text)
    ahead = Letter("ahead", time_ms=NOW_MS + 5 * MINUTE_MS)
    old = Letter("old", time_ms=NOW_MS - 400 * 24 * 60 * MINUTE_MS)
    newer = Letter("newer body")
    newer.body = message((99, b"something of a later version"))
    newer.repad()
    return [
        case("a text, read by its recipient", "§7.3", letter.envelope(), "ok", output=opened(letter, "in")),
        case("own copy, read by another device of the sender", "§7.3 step 2", letter.envelope(), "ok",
             reader=AYSE, output=opened(letter, "out")),
        case("a note to oneself", "§6.3", note.envelope(), "ok", reader=AYSE, output=opened(note, "out")),
        case("a text of 2000 bytes", "§6.2", long_letter.envelope(), "ok",
             output=opened(long_letter, "in", long_text)),
        case("five minutes ahead of the reader's clock", "§7.3 step 5", ahead.envelope(), "ok",
             output=opened(ahead, "in")),
        case("more than a year old", "§7.3 step 6", old.envelope(), "ok", output=opened(old, "in")),
        case("a body of a later version", "§6.2", newer.envelope(), "ok", output=opened(newer, "in", None)),
    ]


def receive_cases():
    letter = Letter()
    whole = letter.envelope()
    unknown_field = Letter("unknown header field")
    unknown_field.extra_header = message((60, b"later"))
    capital = Letter("capital")
    capital.header_changes = {"sender": "AYŞE"}
    relay = Letter("other relay")
    relay.header_changes = {"relay": expand("another relay", 32)}
    suite = Letter("other suite")
    suite.header_changes = {"suite": "classic-2"}
    default_written = letter.header() + b"\x28\x00"
    specs = ("§7.3 step 1", "§7.3 step 2")
    malformed = {
        "CRY-019 cut short by one byte": whole[:-1],
        "CRY-019 one byte too many": whole + b"\0",
        "CRY-019 an empty letter": b"\x0a\x00",
        "CRY-019 a header with an unknown field": unknown_field.envelope(),
        "CRY-019 a header that is not canonical": letter.envelope(header=default_written),
        "CRY-019 a nickname that is not canonical": capital.envelope(),
        "CRY-019 a signature of 63 bytes": letter.envelope(signature=bytes(63)),
        "CRY-019 a wrap of 256 bytes": letter.envelope(recipient_wrap=bytes(256)),
    }
    misdirected = {
        "CRY-021 of another relay": (relay.envelope(), BORA),
        "CRY-021 of another suite": (suite.envelope(), BORA),
        "CRY-021 handed on unchanged to a third person": (whole, CEM),
        "CRY-021 wrapped again for a third person, header unchanged": (
            letter.envelope(recipient_wrap=oaep(CEM.rsa, letter.key, "rewrap")), CEM),
    }
    return [
        case("CRY-020 of a later kind", "§6.1", message((15, b"later")), "UNSUPPORTED_ENVELOPE"),
        *(case(name, specs[0], data, "LETTER_MALFORMED") for name, data in malformed.items()),
        *(case(name, specs[1], data, "LETTER_MISDIRECTED", reader=reader)
          for name, (data, reader) in misdirected.items()),
    ]


def verify_cases():
    letter, other = Letter(), Letter("another letter")
    to_cem = Letter()
    to_cem.recipient = CEM
    rewrap = oaep(CEM.rsa, letter.key, "rewrap")
    resigned = Letter()
    resigned.signer = CEM.identity_seed
    newer = Letter("newer record")
    newer.header_changes = {"sender_record_index": 1}
    late = [Letter(f"ahead {ms}", time_ms=NOW_MS + ms) for ms in (5 * MINUTE_MS + 1, 10 * MINUTE_MS)]
    header = letter.header()
    login = [b"", b"", struct.pack(">I", 1), "ayşe", AYSE.device, b"", b"", b"\x01"]
    forged = {
        "CRY-025 wrapped again for a third person, header changed": (
            to_cem.envelope(recipient_wrap=rewrap, signature=letter.sign(header)), CEM),
        "CRY-025 signed again with another person's key": (resigned.envelope(), BORA),
        "CRY-025 signature of zeros": (letter.envelope(signature=bytes(64)), BORA),
        "CRY-025 signature of another letter": (letter.envelope(signature=other.sign(other.header())), BORA),
        "CRY-002 CRY-025 an account record's signature": (letter.envelope(signature=AYSE.sign("account-record", header)), BORA),
        "CRY-002 CRY-025 a login signature by the identity key": (letter.envelope(signature=AYSE.sign("login", *login)), BORA),
        "CRY-002 CRY-025 a signature without a label": (letter.envelope(signature=unlabelled(header)), BORA),
        "CRY-026 the token of another letter": (letter.envelope(token=other.token), BORA),
        "CRY-026 the recipient wrap of another letter": (letter.envelope(recipient_wrap=other.recipient_wrap), BORA),
        "CRY-026 the sender wrap of another letter": (letter.envelope(sender_wrap=other.sender_wrap), BORA),
        "CRY-026 wraps exchanged": (
            letter.envelope(recipient_wrap=letter.sender_wrap, sender_wrap=letter.recipient_wrap), BORA),
    }
    return [
        *(case(name, "§7.3 step 4", data, "LETTER_FORGED", reader=reader)
          for name, (data, reader) in forged.items()),
        case("CRY-022 from an account other than the one it is verified with", "§7.3 step 3", letter.envelope(),
             "LETTER_FORGED", sender=CEM),
        case("CRY-023 a record index that is not known yet", "§7.3 step 3", newer.envelope(), "RECORD_NEEDED"),
        case("CRY-024 between accounts that both once published another suite", "§7.3 step 3", letter.envelope(),
             "DOWNGRADE_REFUSED", input={"bothPublishedOtherSuite": True}),
        *(case(f"CRY-027 {(item.content['time_ms'] - NOW_MS) / MINUTE_MS:g} minutes ahead", "§7.3 step 5",
               item.envelope(), "LETTER_FROM_FUTURE") for item in late),
    ]


def unlabelled(header):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(AYSE.identity_seed).sign(header)


def bad_wraps():
    public, key = BORA.rsa, Letter().key
    size = (public.n.bit_length() + 7) // 8
    same_signing_half = key[:16] + expand("another encryption half", 16)
    return {
        "CRY-011 PKCS #1 v1.5 (Bleichenbacher)": pkcs1(public, key, "pkcs1"),
        "CRY-011 OAEP with SHA-1": oaep(public, key, "sha1", hash_name="sha1"),
        "CRY-011 OAEP with SHA-256 and MGF1 with SHA-1": oaep(public, key, "mgf1 sha1", mgf_name="sha1"),
        "CRY-011 OAEP with a label": oaep(public, key, "label", label=b"sirdas"),
        "CRY-011 OAEP whose first byte is not zero (Manger)": oaep(public, key, "manger", first=1),
        "CRY-010 a key of 31 bytes": oaep(public, key[:31], "31 bytes"),
        "CRY-010 a key of 33 bytes": oaep(public, key + b"\0", "33 bytes"),
        "CRY-010 an empty key": oaep(public, b"", "empty"),
        "CRY-011 a wrap of zeros": bytes(size),
        "CRY-011 a wrap that equals the modulus": public.n.to_bytes(size, "big"),
        "CRY-011 a wrap that is one byte too long": bytes(1) + oaep(public, key, "long"),
        "CRY-011 a wrap for another person": oaep(CEM.rsa, key, "for cem"),
        "CRY-005 CRY-028 another key": oaep(public, expand("another key", 32), "another key"),
        "CRY-028 another key with the same signing half": oaep(public, same_signing_half, "same half"),
    }


def bad_contents():
    """Name → what makes a good letter bad inside; header, hashes and signature follow."""

    def changed(name, value):
        def change(letter):
            header = {"message_id": letter.content["message_id"], "time_ms": letter.content["time_ms"]}
            letter.content[name] = value
            letter.header_changes = header
            letter.retoken(pad_content(letter.content_bytes()), seconds=header["time_ms"] // 1000)
        return change

    def body(data):
        def change(letter):
            letter.body = data
            letter.repad()
        return change

    def padded(change_padding):
        return lambda letter: letter.retoken(change_padding(letter.content_bytes()))

    def token(change_token):
        def change(letter):
            letter.token = change_token(letter.token)
        return change

    text = message((10, message((1, TEXT))))
    return {
        "CRY-029 another message id inside": changed("message_id", expand("another id", 16)),
        "CRY-029 another time inside": changed("time_ms", NOW_MS - 1),
        "CRY-029 a text of another conversation": changed("conversation", conversation(AYSE, CEM)),
        "CRY-006 a Fernet time of another second": lambda letter: letter.retoken(letter.padded, NOW_MS // 1000 - 1),
        "CRY-004 a Fernet token of another version": lambda letter: letter.retoken(letter.padded, version=0x81),
        "CRY-007 wrong padding of the last AES block": lambda letter: letter.retoken(letter.padded, pkcs7=bytes(16)),
        "CRY-003 a token without its padding": token(lambda data: data.rstrip(b"=")),
        "CRY-005 a token with a wrong MAC": token(lambda data: data[:-4] + b"AAA="),
        "CRY-003 a token with a line feed": token(lambda data: data[:-1] + b"\n"),
        "CRY-003 a token in the other base64 alphabet": token(lambda data: data[:30] + b"+" + data[31:]),
        "PRO-008 a content without padding": padded(lambda data: data.ljust(256, b"\0")),
        "PRO-008 a content in a bucket that is too large": padded(lambda data: (data + b"\x80").ljust(512, b"\0")),
        "PRO-008 a content of another length than a bucket": padded(lambda data: (data + b"\x80").ljust(300, b"\0")),
        "PRO-011 an empty text": body(message((10, b"\x0a\x00"))),
        "PRO-011 a text that is not UTF-8": body(message((10, message((1, b"\xff"))))),
        "PRO-006 a known body and an unknown field": body(text + message((99, b"later"))),
    }


def open_cases():
    cases = []
    for name, wrap in bad_wraps().items():
        letter = Letter()
        letter.recipient_wrap = wrap
        cases.append(case(name, "§7.3 step 6", letter.envelope(), "UNREADABLE"))
    for name, spoil in bad_contents().items():
        letter = Letter()
        spoil(letter)
        cases.append(case(name, "§7.3 steps 6 and 7", letter.envelope(), "UNREADABLE"))
    uncommitted = Letter()
    uncommitted.commitment = sha256(labelled("classic-key", expand("another key", 32)))
    stolen = Letter()
    stolen.header_changes = {"sender": CEM.nickname}
    stolen.signer = CEM.identity_seed
    return [
        *cases,
        case("CRY-028 a commitment to another key", "§7.2", uncommitted.envelope(), "UNREADABLE"),
        case("CRY-029 a letter of another person, signed as one's own", "§7.3 step 7", stolen.envelope(), "UNREADABLE",
             sender=CEM),
    ]


def seal_cases():
    """Everything but RSA-OAEP's own randomness is fixed, so the wraps are given."""
    cases = []
    for letter in (Letter(), Letter("note", recipient=AYSE)):
        given = {
            "sender": letter.sender.nickname,
            "recipient": letter.recipient.nickname,
            "content": opened(letter, "out"),
            "key": letter.key.hex(),
            "iv": letter.iv.hex(),
            "recipientWrap": letter.recipient_wrap.hex(),
            "senderWrap": letter.sender_wrap.hex(),
        }
        header = letter.header()
        output = {
            "padded": letter.padded.hex(),
            "token": letter.token.decode(),
            "header": header.hex(),
            "signature": letter.sign(header).hex(),
            "envelope": letter.envelope().hex(),
        }
        name = f"{letter.name} from {letter.sender.nickname} to {letter.recipient.nickname}"
        cases.append({"name": name, "spec": "§7.1", "input": given, "expect": "ok", "output": output})
    return cases
