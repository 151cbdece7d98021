#!/usr/bin/python3
"""Writes the vectors of what conversations brought: JSON lists of {name, spec, input, expect, output}, bytes in hexadecimal.

Written from SPEC.md and sirdas.proto alone, with the encoder of the second implementation in ../../crypto/vectors: it and the
TypeScript must come to the same bytes. `expect` is "ok" or the code of the error; `output` are the fields, a 0, false or empty
one left out. Everything is the same on every run. Format the files afterwards: npx biome format --write .
frames-v1.json and nicknames.json are older and never made again.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent.parent / "crypto" / "vectors"))

from wire import expand, field, labelled, message, pad_content, varint  # noqa: E402

TIME_MS = 1_790_000_000_000
RELAY = expand("relay", 32)
LOG = expand("log", 16)
OTHER_LOG = expand("other log", 16)
CONVERSATION = expand("conversation", 16)
DEVICE = expand("device", 16)
OTHER_DEVICE = expand("other device", 16)
MESSAGE = expand("message", 16)
OTHER_MESSAGE = expand("other message", 16)
INBOX = expand("inbox", 16)
LATER_FIELD = bytes.fromhex("f83f01")


def write(name, cases):
    (FOLDER / name).write_text(json.dumps(cases, ensure_ascii=False, indent=2) + "\n")


def case(name, spec, data, expect="ok", output=None):
    result = {"name": name, "spec": f"SPEC {spec}", "input": data.hex(), "expect": expect}
    return result | ({} if output is None else {"output": output})


def present(number, data):
    """A message field that is there even when it is empty."""
    return varint(number << 3 | 2) + varint(len(data)) + data


# Contents (SPEC §6.2, §6.4)


def head(counter=7, conversation=CONVERSATION, device=DEVICE):
    return message((1, MESSAGE), (2, TIME_MS), (3, conversation), (4, device), (5, counter))


def reference(sender="bora", message_id=OTHER_MESSAGE):
    return message((1, sender), (2, message_id))


def content_case(name, body, expect="ok", output=None, padded=True, spec="§6.4"):
    data = head() + body
    fields = None
    if output is not None:
        fields = {"messageId": MESSAGE.hex(), "timeMs": TIME_MS, "conversation": CONVERSATION.hex()}
        fields |= {"device": DEVICE.hex(), "counter": 7, "body": output}
    return case(name, spec, pad_content(data) if padded else data, expect, fields)


def text(value, *more):
    return present(10, message((1, value), *more))


def reaction(emoji, named=None):
    return present(13, message((1, reference() if named is None else named), (2, emoji)))


def receipt(count, is_read=1, sender="bora"):
    return present(14, b"".join(present(1, reference(sender, expand(f"message {i}", 16))) for i in range(count)) + field(2, is_read))


def good_contents():
    named = {"sender": "bora", "messageId": OTHER_MESSAGE.hex()}
    year = 31_536_000_000
    return [
        content_case("a text", text("Günaydın 🌞"), output={"case": "text", "value": {"text": "Günaydın 🌞"}}),
        content_case("a text that answers and disappears", text("Evet", (2, reference()), (3, year)),
                     output={"case": "text", "value": {"text": "Evet", "replyTo": named, "expiresAfterMs": year}}),
        content_case("an edit", present(11, message((1, MESSAGE), (2, "Günaydın!"))),
                     output={"case": "edit", "value": {"messageId": MESSAGE.hex(), "text": "Günaydın!"}}),
        content_case("a deletion", present(12, message((1, MESSAGE))),
                     output={"case": "delete", "value": {"messageId": MESSAGE.hex()}}),
        content_case("a reaction", reaction("👍"), output={"case": "reaction", "value": {"message": named, "emoji": "👍"}}),
        content_case("a reaction of many code points", reaction("👩\u200d👩\u200d👧"),
                     output={"case": "reaction", "value": {"message": named, "emoji": "👩\u200d👩\u200d👧"}}),
        content_case("a flag", reaction("🇹🇷"), output={"case": "reaction", "value": {"message": named, "emoji": "🇹🇷"}}),
        content_case("a reaction taken back", reaction(""), output={"case": "reaction", "value": {"message": named}}),
        content_case("a receipt", receipt(2), output={"case": "receipt", "value": {
            "messages": [{"sender": "bora", "messageId": expand(f"message {i}", 16).hex()} for i in range(2)], "read": True}}),
        content_case("a receipt: delivered", receipt(1, 0), output={"case": "receipt", "value": {
            "messages": [{"sender": "bora", "messageId": expand("message 0", 16).hex()}]}}),
        content_case("a timer", present(15, message((1, 86_400_000))),
                     output={"case": "timer", "value": {"expiresAfterMs": 86_400_000}}),
        content_case("the end of a timer", present(15, b""), output={"case": "timer", "value": {}}),
        content_case("leaving", present(16, b""), output={"case": "leave", "value": {}}),
        content_case("a body of a later version", present(40, b"\x08\x01"), output={}, spec="§6.2"),
    ]


def bad_contents():
    return [
        content_case("PRO-011 a text that is empty", text(""), "BAD_TEXT"),
        content_case("PRO-011 an edit that is empty", present(11, message((1, MESSAGE))), "BAD_TEXT"),
        content_case("PRO-002 a text that is not UTF-8", present(10, present(1, b"\xff")), "MALFORMED"),
        content_case("PRO-017 a text that stays too long", text("a", (3, 31_536_000_001)), "BAD_CONTENT"),
        content_case("PRO-017 a timer that is too long", present(15, message((1, 31_536_000_001))), "BAD_CONTENT"),
        content_case("PRO-015 a reaction to nothing", present(13, message((2, "👍"))), "BAD_CONTENT"),
        content_case("PRO-015 two graphemes", reaction("👍👍"), "BAD_CONTENT"),
        content_case("PRO-015 a reaction of 65 bytes", reaction("aa" + "\u0301" * 32), "BAD_CONTENT"),
        content_case("PRO-015 a control character", reaction("\x07"), "BAD_CONTENT"),
        content_case("PRO-015 a bidirectional control", reaction("\u202e"), "BAD_CONTENT"),
        content_case("PRO-015 a space", reaction("\u00a0"), "BAD_CONTENT"),
        content_case("PRO-015 nothing to see", reaction("\u200d"), "BAD_CONTENT"),
        content_case("PRO-016 a receipt of nothing", receipt(0), "BAD_CONTENT"),
        content_case("PRO-016 a receipt of 101 messages", receipt(101), "BAD_CONTENT"),
        content_case("PRO-018 a reply to a name that is not canonical", text("a", (2, reference("Bora"))), "BAD_NICKNAME"),
        content_case("PRO-018 a reaction to a name that is not canonical", reaction("👍", reference("Bora")), "BAD_NICKNAME"),
        content_case("PRO-018 a receipt of a name that is not canonical", receipt(1, 1, "Bora"), "BAD_NICKNAME"),
        content_case("PRO-003 a deletion of nothing", present(12, b""), "MALFORMED"),
        content_case("PRO-003 an edit of an id of 15 bytes", present(11, message((1, MESSAGE[:15]), (2, "a"))), "MALFORMED"),
        content_case("PRO-003 a reply to an id of 17 bytes", text("a", (2, reference("bora", OTHER_MESSAGE + b"\0"))), "MALFORMED"),
        content_case("PRO-004 a timer of 2^53", present(15, message((1, 2**53))), "MALFORMED"),
        content_case("PRO-006 a default value written out", present(15, b"\x08\x00"), "NOT_CANONICAL"),
        content_case("PRO-006 an unknown field in a body", present(16, LATER_FIELD), "NOT_CANONICAL"),
        content_case("PRO-006 two bodies", text("a") + present(16, b""), "NOT_CANONICAL"),
        content_case("PRO-008 without padding", text("a"), "BAD_PADDING", padded=False, spec="§6.2"),
    ]


# Group states (SPEC §11.4) and leaf names (SPEC §11.3)

MEMBER, ADMIN, OWNER = 0, 1, 2


def member(nickname, role, key_bytes=32):
    return message((1, nickname), (2, expand(f"identity key {nickname}", key_bytes)), (3, role))


def group_state(members, name="Aile 👪", generation=0, direct=0, conversation=CONVERSATION):
    fields = message((1, conversation), (2, generation), (3, direct), (4, name))
    return fields + b"".join(present(5, item) for item in members)


def group_state_cases():
    def described(members, **more):
        named = [{"nickname": n, "identityKey": expand(f"identity key {n}", 32).hex(), "role": role} for n, role in members]
        return {"conversation": CONVERSATION.hex(), **more, "members": named}

    three = [member("ali", OWNER), member("ayşe", ADMIN), member("bora", MEMBER)]
    pair = [member("ali", OWNER), member("ayşe", OWNER)]
    # In UTF-16 the other one would be first.
    by_bytes = ["\ufa0e\ufa0e\ufa0e", "\U00020000\U00020000\U00020000"]
    crowd = [member(f"m{i:04}", OWNER if i == 0 else MEMBER) for i in range(257)]
    good = [
        case("a group", "§11.4", group_state(three), output=described(
            [("ali", "owner"), ("ayşe", "admin"), ("bora", "member")], name="Aile 👪")),
        case("the third group of a conversation, without a name", "§11.4", group_state([member("ali", OWNER)], "", 2),
             output=described([("ali", "owner")], generation=2)),
        case("a direct conversation", "§11.4", group_state(pair, "", direct=1),
             output=described([("ali", "owner"), ("ayşe", "owner")], direct=True)),
        case("order by UTF-8, not by UTF-16", "§11.4", group_state([member(n, OWNER) for n in by_bytes]),
             output=described([(n, "owner") for n in by_bytes], name="Aile 👪")),
        case("256 members", "§11.4", group_state(crowd[:256])),
    ]
    bad = {
        "PRO-014 nobody": (group_state([]), "BAD_GROUP_STATE"),
        "PRO-014 257 members": (group_state(crowd), "BAD_GROUP_STATE"),
        "PRO-014 out of order": (group_state(three[::-1]), "BAD_GROUP_STATE"),
        "PRO-014 order by UTF-16": (group_state([member(n, OWNER) for n in by_bytes[::-1]]), "BAD_GROUP_STATE"),
        "PRO-014 somebody twice": (group_state([member("ali", OWNER)] * 2), "BAD_GROUP_STATE"),
        "PRO-014 no owner": (group_state([member("ali", ADMIN)]), "BAD_GROUP_STATE"),
        "PRO-014 a role of a later version": (group_state([member("ali", OWNER), member("ayşe", 3)]), "BAD_GROUP_STATE"),
        "PRO-014 a name of 129 bytes": (group_state(three, "a" * 129), "BAD_GROUP_STATE"),
        "PRO-014 a line separator in the name": (group_state(three, "a\u2028b"), "BAD_GROUP_STATE"),
        "PRO-014 three in a direct conversation": (
            group_state([*pair, member("bora", OWNER)], "", direct=1), "BAD_GROUP_STATE"),
        "PRO-014 a direct conversation with a name": (group_state(pair, "a", direct=1), "BAD_GROUP_STATE"),
        "PRO-014 a direct conversation with an admin": (
            group_state([member("ali", OWNER), member("ayşe", ADMIN)], "", direct=1), "BAD_GROUP_STATE"),
        "PRO-007 a nickname that is not canonical": (group_state([member("Ali", OWNER)]), "BAD_NICKNAME"),
        "PRO-003 an identity key of 31 bytes": (group_state([member("ali", OWNER, 31)]), "MALFORMED"),
        "PRO-003 no conversation": (group_state(three, conversation=b""), "MALFORMED"),
        "PRO-006 an unknown field": (group_state(three) + LATER_FIELD, "NOT_CANONICAL"),
        "PRO-006 the name written out, empty": (
            message((1, CONVERSATION)) + b"\x22\x00" + present(5, member("ali", OWNER)), "NOT_CANONICAL"),
    }
    return good + [case(name, "§11.4", data, expect) for name, (data, expect) in bad.items()]


def leaf_name_cases():
    def leaf(relay=RELAY, nickname="ayşe", device=DEVICE, index=3):
        return message((1, relay), (2, nickname), (3, device), (4, index))

    output = {"relayFingerprint": RELAY.hex(), "nickname": "ayşe", "device": DEVICE.hex()}
    bad = {
        "PRO-003 a device id of 32 bytes": (leaf(device=expand("key", 32)), "MALFORMED"),
        "PRO-003 no relay": (leaf(relay=b""), "MALFORMED"),
        "PRO-007 a nickname that is not canonical": (leaf(nickname="AYŞE"), "BAD_NICKNAME"),
        "PRO-006 an unknown field": (leaf() + LATER_FIELD, "NOT_CANONICAL"),
        "PRO-002 one byte too few": (leaf()[:-1], "MALFORMED"),
    }
    return [
        case("a leaf", "§11.3", leaf(), output=output | {"recordIndex": 3}),
        case("a leaf of the first record", "§11.3", leaf(index=0), output=output),
        *(case(name, "§11.3", data, expect) for name, (data, expect) in bad.items()),
    ]


# Reports (SPEC §11.8) and signals (SPEC §6.7)

REPORT = {
    "relayFingerprint": RELAY,
    "nickname": "ayşe",
    "device": DEVICE,
    "recordIndex": 3,
    "conversation": CONVERSATION,
    "log": LOG,
    "reason": "fork",
    "epoch": 5,
    "authenticatorHash": expand("authenticator", 32),
    "timeMs": TIME_MS,
}


def statement(**changes):
    return message(*enumerate((REPORT | changes).values(), 1))


def report_cases():
    def good(name, **changes):
        values = REPORT | changes
        shown = {key: value.hex() if isinstance(value, bytes) else value for key, value in values.items() if value}
        data = statement(**changes)
        return case(name, "§11.8", data, output={"statement": shown, "signed": labelled("device-report", data).hex()})

    no_state = {"epoch": 0, "authenticatorHash": b""}
    bad = {
        "PRO-019 a reason of a later version": statement(reason="bored"),
        "PRO-019 no reason": statement(reason=""),
        "PRO-019 a fork without an authenticator": statement(**no_state),
        "PRO-019 unreadable without an authenticator": statement(reason="undecryptable", **no_state),
        "PRO-019 an epoch without an authenticator": statement(reason="lost", authenticatorHash=b""),
        "PRO-019 an authenticator of 16 bytes": statement(authenticatorHash=bytes(16)),
    }
    return [
        good("a fork"),
        good("joined anew", reason="joined-anew", **no_state),
        good("lost, without a state", reason="lost", **no_state),
        good("lost, with a broken state", reason="lost"),
        good("unreadable, in the first epoch", reason="undecryptable", epoch=0),
        *(case(name, "§11.8", data, "BAD_REPORT") for name, data in bad.items()),
        case("PRO-003 a log id of 15 bytes", "§11.8", statement(log=LOG[:15]), "MALFORMED"),
        case("PRO-007 a nickname that is not canonical", "§11.8", statement(nickname="AYŞE"), "BAD_NICKNAME"),
        case("PRO-006 an unknown field", "§11.8", statement() + LATER_FIELD, "NOT_CANONICAL"),
    ]


def signal_cases():
    def signal(activity, device=DEVICE):
        return message((1, device), (2, TIME_MS), (3, activity))

    def good(activity, epoch):
        padded = pad_content(signal(activity))
        signed = labelled("signal", LOG, epoch.to_bytes(8, "big"), padded)
        shown = {"device": DEVICE.hex(), "timeMs": TIME_MS, "activity": activity}
        output = {"content": shown, "log": LOG.hex(), "signed": signed.hex()} | ({"epoch": epoch} if epoch else {})
        return case(f"{activity}, epoch {epoch}", "§6.7", padded, output=output)

    return [
        good("typing", 0),
        good("recording", 300),
        good("stopped", 2**40 + 1),
        case("an activity of a later version", "§6.7", pad_content(signal("drawing")), "ok"),
        case("PRO-003 a device id of 15 bytes", "§6.7", pad_content(signal("typing", DEVICE[:15])), "MALFORMED"),
        case("PRO-006 an unknown field", "§6.7", pad_content(signal("typing") + LATER_FIELD), "NOT_CANONICAL"),
        case("PRO-008 without padding", "§6.7", signal("typing"), "BAD_PADDING"),
    ]


# Frames (SPEC §3.1): what conversations and linking added, and old frames with their new fields


def frame(number, *fields, request=0):
    """The values of the fields are encoded already."""
    return field(1, request) + present(number, b"".join(fields))


def frame_cases():
    envelope = expand("envelope", 40)
    entry = message((1, 9), (2, TIME_MS), (3, envelope), (4, 2), (5, 1))
    delivery = present(1, INBOX) + present(1, expand("another inbox", 16)) + field(2, expand("welcome", 50))
    package = message((1, "mls-xwing-1"), (2, expand("key package", 60)), (3, TIME_MS), (4, 1))
    good = {
        "append, in a conversation": frame(20, message((1, LOG), (2, envelope), (3, 2)), request=1),
        "reading, of a conversation": frame(23, message((1, 9), (2, 4), (3, 2), (4, 3)), request=2),
        "deliver, with a commit": frame(24, field(1, LOG), present(2, entry)),
        "create_log": frame(26, field(1, LOG), request=3),
        "commit": frame(27, message((1, LOG), (2, 2), (3, envelope)), present(4, delivery), present(4, field(1, INBOX) + field(2, b"w")),
                        present(5, DEVICE), present(5, OTHER_DEVICE), request=4),
        "commit that ends the log": frame(27, message((1, LOG), (3, envelope)), request=5),
        "signal": frame(28, message((1, LOG), (2, expand("signal", 348)))),
        "publish_key_packages": frame(80, present(1, package), field(2, 1), request=6),
        "publish_key_packages, only asking": frame(80, request=7),
        "key_package_counts": frame(81, present(1, message((1, "mls-xwing-1"), (2, 100), (3, 1))), request=7),
        "claim_key_packages": frame(82, message((1, "bora"), (2, "mls-x25519-1")), present(3, DEVICE), request=8),
        "claimed_key_packages": frame(83, present(1, message((1, DEVICE), (2, expand("key package", 60)), (3, 1))), request=8),
        "open_linking": frame(90, request=9),
        "linking_opened": frame(91, message((1, LOG), (2, 600_000)), request=9),
        "join_linking": frame(92, field(1, LOG), request=10),
        "linking_message": frame(93, message((1, LOG), (2, expand("sealed", 80))), request=11),
        "linking_ended": frame(94, field(1, LOG)),
    }
    bad = {
        "PRO-003 create_log with an id of 15 bytes": frame(26, field(1, LOG[:15]), request=1),
        "PRO-003 commit without an envelope": frame(27, field(1, LOG), request=1),
        "PRO-003 commit with a reader of 17 bytes": frame(27, message((1, LOG), (3, envelope)), present(5, DEVICE + b"\0"), request=1),
        "PRO-003 commit with an empty inbox id": frame(
            27, message((1, LOG), (3, envelope)), present(4, present(1, b"") + field(2, b"w")), request=1),
        "PRO-003 signal of 513 bytes": frame(28, message((1, LOG), (2, bytes(513)))),
        "PRO-003 key package of 8193 bytes": frame(80, present(1, message((1, "s"), (2, bytes(8193)))), request=1),
        "PRO-003 linking_message without a payload": frame(93, field(1, LOG), request=1),
        "PRO-004 an epoch of 2^53": frame(27, message((1, LOG), (2, 2**53), (3, envelope)), request=1),
    }
    return [
        *(case(name, "§3.1", data) for name, data in good.items()),
        *(case(name, "§3.1", data, "MALFORMED") for name, data in bad.items()),
    ]


if __name__ == "__main__":
    write("contents-v1.json", good_contents() + bad_contents())
    write("group-states-v1.json", group_state_cases())
    write("leaf-names-v1.json", leaf_name_cases())
    write("reports-v1.json", report_cases())
    write("signals-v1.json", signal_cases())
    write("frames-v1-conversations.json", frame_cases())
