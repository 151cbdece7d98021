"""Joining (SPEC §4.1, §4.3): claims that are refused, repeated, paid for with work; against a fake relay."""

from dataclasses import replace
from typing import Any

from sirdas_peer.account import NewAccount
from sirdas_peer.errors import Code
from sirdas_peer.records import Profile
from sirdas_peer.session import join

from .fake_relay import FakeRelay
from .someone import OPTIONS, SessionCase, Someone


class Joining(SessionCase):
    async def test_a_taken_nickname_leaves_the_folder_free_for_another(self) -> None:
        cem = Someone("bora")
        self.addCleanup(cem.close)
        self.assertEqual(await self.refusal_code(cem.join(self.relay)), "NICKNAME_TAKEN")
        cem.nickname = "cem"
        await cem.join(self.relay)
        self.assertEqual(cem.account.nickname, "cem")

    async def test_joining_twice_is_refused(self) -> None:
        self.assertEqual(await self.refusal_code(self.ayse.join(self.relay)), Code.ACCOUNT_EXISTS)

    async def test_a_claim_whose_answer_was_lost_is_repeated_with_the_same_keys(self) -> None:
        cem = Someone("cem")
        self.addCleanup(cem.close)

        def lose_answer(frame: Any) -> list[Any]:
            if frame.WhichOneof("kind") == "done":
                self.relay.drop_connections()
                return []
            return [frame]

        self.relay.on_send = lose_answer
        self.assertEqual(await self.refusal_code(cem.join(self.relay)), Code.UNREACHABLE)
        self.relay.on_send = lambda frame: [frame]
        self.assertEqual(await self.refusal_code(cem.flush()), Code.NO_ACCOUNT)
        cem.restart()
        await cem.join(self.relay)
        self.assertEqual(self.relay.accounts["cem"].records[0], cem.account.first_record)

    async def test_an_open_relay_gets_its_proof_of_work(self) -> None:
        async with FakeRelay(proof_of_work_bits=8) as relay:
            invite = replace(relay.invite, token=b"")
            cem = Someone("cem")
            self.addCleanup(cem.close)
            await join(cem.vault, invite, NewAccount("cem", "test", Profile("Cem", 0xFF8800)), OPTIONS)
            self.assertEqual(relay.accounts["cem"].newest().profile.colour, 0xFF8800)
