"""Messages there and back (SPEC §6, §7): order, once, restarts, delays, presence; against a fake relay."""

from typing import Any

from sirdas_peer.errors import Code
from sirdas_peer.events import PresenceShown
from sirdas_peer.keys import SigningKey
from sirdas_peer.records import hash_record, sign_record
from sirdas_peer.schema import pb

from .someone import SessionCase, codes


class Talking(SessionCase):
    async def test_messages_arrive_in_order_once_and_back(self) -> None:
        texts = [f"{number}. mesaj 🌷" for number in range(1, 21)]
        sent = await self.ayse.send("bora", *texts)
        self.assertEqual(codes(sent), ["Sent"] * 20)
        self.assertEqual(await self.bora.fetch(self.relay), [])
        self.assertEqual(self.bora.texts(), texts)
        await self.bora.send("ayşe", "selam")
        await self.ayse.fetch(self.relay)
        self.assertEqual(self.ayse.texts(), ["selam"])
        self.assertEqual(self.bora.texts(), [])

    async def test_what_was_received_is_acknowledged(self) -> None:
        await self.ayse.send("bora", "bir", "iki")
        await self.bora.fetch(self.relay)
        await self.bora.send("ayşe", "a request, so that the relay has read the acknowledgement")
        acks = [frame.ack for frame in self.relay.received if frame.WhichOneof("kind") == "ack"]
        self.assertEqual((acks[-1].log, acks[-1].seq), (self.inbox(self.bora), 2))

    async def test_letters_sent_again_are_shown_once(self) -> None:
        await self.ayse.send("bora", "bir")
        for _ in range(3):
            self.relay.append(self.inbox(self.bora), self.relay.logs[self.inbox(self.bora)][0])
        await self.bora.fetch(self.relay)
        self.assertEqual(self.bora.texts(), ["bir"])

    async def test_entries_before_the_cursor_do_not_set_it_back(self) -> None:
        await self.ayse.send("bora", "bir")
        await self.bora.fetch(self.relay)
        again = pb.Entry(seq=1, envelope=self.relay.logs[self.inbox(self.bora)][0])
        self.relay.on_send = lambda frame: [self.with_entry(frame, again)]
        await self.ayse.send("bora", "iki")
        await self.bora.fetch(self.relay)
        self.assertEqual(self.bora.texts(), ["bir", "iki"])
        self.assertEqual(self.bora.vault.cursor(self.inbox(self.bora)), 2)

    def with_entry(self, frame: Any, entry: Any) -> Any:
        if frame.WhichOneof("kind") == "deliver":
            frame.deliver.entries.append(entry)
        return frame

    async def test_a_message_survives_that_only_the_answer_was_lost(self) -> None:
        def lose_answer(frame: Any) -> list[Any]:
            if frame.WhichOneof("kind") == "accepted":
                self.relay.drop_connections()
                return []
            return [frame]

        self.relay.on_send = lose_answer
        self.assertEqual(await self.refusal_code(self.ayse.send("bora", "bir", "iki")), Code.UNREACHABLE)
        self.relay.on_send = lambda frame: [frame]
        self.ayse.restart()
        self.assertEqual(len(await self.ayse.flush()), 2)
        self.assertEqual(len(self.relay.logs[self.inbox(self.bora)]), 3)
        await self.bora.fetch(self.relay)
        messages = self.bora.shown()
        self.assertEqual([(message.text, message.missing) for message in messages], [("bir", 0), ("iki", 0)])

    async def test_what_was_saved_but_not_shown_is_shown_after_a_restart(self) -> None:
        await self.ayse.send("bora", "bir")
        await self.bora.fetch(self.relay)
        self.bora.restart()
        self.assertEqual(self.bora.texts(), ["bir"])
        self.bora.restart()
        self.assertEqual(self.bora.texts(), [])

    async def test_one_look_up_serves_all_that_was_waiting(self) -> None:
        await self.ayse.send("bora", "bir", "iki", "üç")
        self.assertEqual(self.relay.kinds_received().count("look_up"), 1)
        await self.ayse.send("bora", "dört")
        self.assertEqual(self.relay.kinds_received().count("look_up"), 2)

    async def test_other_devices_of_the_sender_get_a_copy_that_shows_as_sent(self) -> None:
        account = self.relay.accounts["ayşe"]
        record = account.newest()
        record.index = 1
        record.previous_hash = hash_record(account.records[0].record)
        record.devices.append(
            pb.Device(id=b"2" * 16, signature_key=SigningKey.from_seed(b"2" * 32).public_bytes())
        )
        account.records.append(sign_record(record, self.ayse.account.identity))
        await self.ayse.send("bora", "bir")
        self.assertEqual(self.relay.logs[self.inbox(self.ayse)], self.relay.logs[self.inbox(self.bora)])
        await self.ayse.fetch(self.relay)
        self.assertEqual(self.ayse.texts(), [])
        self.ayse.forget_messages()
        await self.ayse.fetch(self.relay)
        self.assertEqual([(row.sender, row.recipient) for row in self.ayse.shown()], [("ayşe", "bora")])

    async def test_letters_go_both_ways_with_somebody_who_speaks_mls_as_well(self) -> None:
        account = self.relay.accounts["bora"]
        record = account.newest()
        record.index = 1
        record.previous_hash = hash_record(account.records[0].record)
        record.suites[:] = ["mls-xwing-1", "mls-x25519-1", "classic-1"]
        account.records.append(sign_record(record, self.bora.account.identity))
        self.assertEqual(codes(await self.ayse.send("bora", "bir")), ["Sent"])
        await self.bora.fetch(self.relay)
        self.assertEqual(self.bora.texts(), ["bir"])
        self.assertEqual(codes(await self.bora.send("ayşe", "iki")), ["Sent"])
        await self.ayse.fetch(self.relay)
        self.assertEqual(self.ayse.texts(), ["iki"])

    async def test_an_unknown_recipient_does_not_hold_up_the_others(self) -> None:
        self.ayse.write("nobody", "x")
        events = await self.ayse.send("bora", "y")
        self.assertEqual(codes(events), ["UNKNOWN_ACCOUNT", "Sent"])
        self.assertEqual(await self.ayse.flush(), [])

    async def test_a_full_mailbox_delays_its_own_messages_only(self) -> None:
        def full(frame: Any) -> list[Any]:
            is_for_bora = "bora" in str(self.relay.received[-1:]) and frame.WhichOneof("kind") == "accepted"
            return [pb.Frame(request=frame.request, error=pb.Error(code=42))] if is_for_bora else [frame]

        self.relay.on_send = full
        self.ayse.write("bora", "bir", "iki")
        events = await self.ayse.send("ayşe", "not")
        self.assertEqual(codes(events), ["MAILBOX_FULL", "MAILBOX_FULL", "Sent"])
        self.relay.on_send = lambda frame: [frame]
        self.assertEqual(codes(await self.ayse.flush()), ["Sent", "Sent"])

    async def test_presence(self) -> None:
        async with await self.ayse.open_session() as session:
            online = await session.watch_presence()
            self.assertEqual(online, [PresenceShown("ayşe", 0, True), PresenceShown("bora", 0, True)])
            change = pb.PresenceChange(presence=pb.Presence(nickname="bora"), online=False)
            self.relay.broadcast(pb.Frame(presence_change=change))
            self.assertEqual(await anext(session.events()), PresenceShown("bora", None, False))

    async def test_an_invite_leads_to_the_same_relay(self) -> None:
        async with await self.ayse.open_session() as session:
            invite = await session.create_invite(uses=2, ttl_ms=60_000)
        self.assertEqual(
            (invite.token, invite.relay_fingerprint), (b"u" * 16, self.relay.invite.relay_fingerprint)
        )
