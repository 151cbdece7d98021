"""A relay and senders that lie (SPEC §5.4, §7.3): tampered letters, changed keys, lost records."""

import io
import secrets
from dataclasses import replace
from typing import Any

from sirdas_peer.classic import seal_letter
from sirdas_peer.commands import Client, run_trust
from sirdas_peer.content import Content, conversation_of
from sirdas_peer.errors import Code
from sirdas_peer.events import Event, Expired, KeyChanged, Refused
from sirdas_peer.keys import SigningKey
from sirdas_peer.output import Output
from sirdas_peer.records import hash_record, sign_record
from sirdas_peer.schema import pb
from sirdas_peer.wire import encode

from .fake_relay import NOW_MS
from .people import person
from .someone import OPTIONS, SessionCase, codes


class LyingRelay(SessionCase):
    def letter(self, text: str, counter: int, identity: SigningKey | None = None) -> bytes:
        """From ayşe to bora, made by hand; with another identity key also from a newer record."""
        ayse = self.ayse.account
        content = Content(
            message_id=secrets.token_bytes(16),
            time_ms=NOW_MS,
            conversation=conversation_of(ayse.invite.relay_fingerprint, "ayşe", "bora"),
            device=ayse.device,
            counter=counter,
            text=text,
        )
        sender = replace(ayse.sender(1), identity=identity) if identity else ayse.sender(0)
        return seal_letter(content, sender, person("bora").recipient(), secrets.token_bytes)

    async def deliver_to_bora(self, *envelopes: bytes) -> list[Event]:
        for envelope in envelopes:
            self.relay.append(self.inbox(self.bora), envelope)
        return await self.bora.fetch(self.relay)

    async def test_a_tampered_letter_is_refused_and_leaves_a_mark(self) -> None:
        letters = [
            bytearray(self.letter(text, number)) for number, text in enumerate(("bir", "iki", "üç"), 1)
        ]
        letters[1][-1] ^= 1
        events = await self.deliver_to_bora(*map(bytes, letters))
        self.assertEqual(events, [Refused(Code.LETTER_FORGED)])
        shown = [(message.text, message.missing) for message in self.bora.shown()]
        self.assertEqual(shown, [("bir", 0), ("üç", 1)])
        self.assertEqual(self.bora.vault.refusals(), {"LETTER_FORGED": 1})

    async def test_letters_of_nobody_and_of_a_later_version_are_refused_and_passed_by(self) -> None:
        del self.relay.accounts["ayşe"]
        events = await self.deliver_to_bora(self.letter("x", 1), b"\x9a\x06\x01x", b"\xff")
        self.assertEqual(codes(events), ["LETTER_FORGED", "UNSUPPORTED_ENVELOPE", "LETTER_MALFORMED"])

    async def test_what_only_mls_clients_read_is_refused_and_passed_by(self) -> None:
        welcome = pb.MlsWelcome(suite="mls-xwing-1", log=bytes(16), welcome=bytes(400_000))
        envelopes = (
            pb.Envelope(mls_welcome=welcome),
            pb.Envelope(mls_message=b"m"),
            pb.Envelope(device_report=pb.DeviceReport(statement=b"s", signature=bytes(64))),
        )
        events = await self.deliver_to_bora(*map(encode, envelopes), self.letter("bir", 1))
        self.assertEqual(codes(events), ["UNSUPPORTED_ENVELOPE"] * 3)
        self.assertEqual(self.bora.texts(), ["bir"])

    def replace_ayse(self, longer: bool = True) -> SigningKey:
        """The relay shows a whole chain by another key, which is returned, under ayşe's name."""
        thief = SigningKey.from_seed(secrets.token_bytes(32))
        account = self.relay.accounts["ayşe"]
        record = account.newest()
        record.identity_key = thief.public_bytes()
        account.records = [sign_record(record, thief)]
        if longer:
            record.index = 1
            record.previous_hash = hash_record(account.records[0].record)
            account.records.append(sign_record(record, thief))
        return thief

    async def test_cry_014_nothing_is_sent_to_a_changed_key_until_it_is_trusted(self) -> None:
        await self.bora.send("ayşe", "bir")
        self.replace_ayse()
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), [Code.KEY_CHANGED])
        self.assertEqual(len(self.relay.logs[self.inbox(self.ayse)]), 1)
        client = Client(self.bora.vault, Output(as_json=True, stream=io.StringIO()), OPTIONS)
        await run_trust(client, "Ayşe")
        self.assertEqual(len(self.relay.logs[self.inbox(self.ayse)]), 2)

    async def test_cry_015_a_replaced_chain_of_the_same_length_shows(self) -> None:
        await self.bora.send("ayşe", "bir")
        self.replace_ayse(longer=False)
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), [Code.KEY_CHANGED])

    async def test_cry_015_another_record_by_the_same_key_is_an_alarm(self) -> None:
        await self.bora.send("ayşe", "bir")
        account = self.relay.accounts["ayşe"]
        record = account.newest()
        record.time_ms += 1
        account.records = [sign_record(record, self.ayse.account.identity)]
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), [Code.DIRECTORY_FORGED])

    async def test_a_long_chain_comes_in_pages(self) -> None:
        account = self.relay.accounts["ayşe"]
        for index in range(1, 8):
            record = account.newest()
            record.index = index
            record.previous_hash = hash_record(account.records[-1].record)
            account.records.append(sign_record(record, self.ayse.account.identity))
        self.relay.on_send = lambda frame: [self.cut_page(frame, 3)]
        self.assertEqual(codes(await self.bora.send("ayşe", "bir")), ["Sent"])
        pinned = self.bora.vault.contact("ayşe")
        assert pinned
        self.assertEqual(pinned.index, 7)
        self.relay.on_send = lambda frame: [self.cut_page(frame, 0)]
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), [Code.DIRECTORY_FORGED])

    def cut_page(self, frame: Any, length: int) -> Any:
        if frame.WhichOneof("kind") == "account":
            del frame.account.entries[length:]
        return frame

    async def test_cry_014_letters_by_a_changed_key_are_held_back_until_it_is_trusted(self) -> None:
        await self.bora.send("ayşe", "bir")
        letter = self.letter("ben ayşe", 1, self.replace_ayse())
        self.assertEqual(await self.deliver_to_bora(letter), [KeyChanged("ayşe")])
        self.assertEqual(self.bora.texts(), [])
        async with await self.bora.open_session() as session:
            number = await session.safety_number("ayşe")
            self.assertEqual(await session.trust("ayşe"), [])
            self.assertEqual(await session.safety_number("ayşe"), number)
        self.assertEqual(self.bora.texts(), ["ben ayşe"])

    async def test_cry_016_a_chain_that_became_shorter_is_an_alarm(self) -> None:
        await self.bora.send("ayşe", "bir")
        pinned = self.bora.vault.contact("ayşe")
        assert pinned
        self.bora.vault.save_contact(replace(pinned, index=1))
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), [Code.DIRECTORY_FORGED])

    async def test_the_chain_of_another_account_is_refused(self) -> None:
        await self.someone("cem")
        self.relay.accounts["ayşe"] = self.relay.accounts["cem"]
        self.assertEqual(await self.refusal_code(self.bora.send("ayşe", "x")), Code.PROTOCOL_VIOLATION)
        self.assertIsNone(self.bora.vault.contact("cem"))

    async def test_another_record_of_the_own_account_is_an_alarm(self) -> None:
        account = self.relay.accounts["bora"]
        other = account.newest()
        other.time_ms += 1
        account.records = [sign_record(other, self.bora.account.identity)]
        self.assertEqual(await self.refusal_code(self.bora.flush()), Code.DIRECTORY_FORGED)

    async def test_a_relay_that_went_back_is_an_alarm_and_everything_is_read_again(self) -> None:
        await self.ayse.send("bora", "bir", "iki")
        await self.bora.fetch(self.relay)
        del self.relay.logs[self.inbox(self.bora)][1:]
        async with await self.bora.open_session() as session:
            self.assertEqual(await self.refusal_code(anext(session.events())), Code.RELAY_WENT_BACK)
        await self.ayse.send("bora", "üç")
        await self.bora.fetch(self.relay)
        self.assertEqual(self.bora.texts(), ["bir", "iki", "üç"])

    async def test_letters_that_expired_are_told(self) -> None:
        await self.ayse.send("bora", "bir")
        self.relay.on_send = lambda frame: (
            [pb.Frame(request=frame.request, reading=pb.Reading(head=5, first=4))]
            if frame.WhichOneof("kind") == "reading"
            else [frame]
        )
        async with await self.bora.open_session() as session:
            self.assertEqual(await anext(session.events()), Expired(3))

    async def test_cry_024_letters_go_both_ways_with_an_account_that_can_do_more(self) -> None:
        account = self.relay.accounts["ayşe"]
        record = account.newest()
        record.index = 1
        record.previous_hash = hash_record(account.records[0].record)
        record.suites.append("mls-1")
        account.records.append(sign_record(record, self.ayse.account.identity))
        events = await self.bora.send("ayşe", "x")
        self.assertEqual(codes(events), ["Sent"])
        await self.deliver_to_bora(self.letter("x", 1))
        self.assertEqual(self.bora.texts(), ["x"])
