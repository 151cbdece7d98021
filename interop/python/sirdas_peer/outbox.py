"""Sending (SPEC §7.1): messages are saved before any network, and tried until the relay has stored them.

Every try seals anew under the same message id: when only the relay's answer was lost, receivers drop the second letter.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from .account import Account, new_message_id
from .bodies import check_text
from .classic import Recipient, seal_letter
from .content import Content, conversation_of
from .directory import Directory, Found
from .errors import Code, PeerError, is_of_relay, may_retry
from .events import Delayed, Event, NotSent, Sent
from .link import Link
from .records import CLASSIC_SUITE, ChainHead
from .schema import pb
from .store import MessageRow, OutgoingRow, Vault
from .world import World


# Nothing is sent to an account with such records; the message waits until the person has decided (SPEC §5.4).
_WAITING_FOR_THE_PERSON = {Code.KEY_CHANGED, Code.DIRECTORY_FORGED}


@dataclass(frozen=True)
class Draft:
    # A nickname in canonical form.
    recipient: str
    text: str


def queue_message(vault: Vault, account: Account, draft: Draft, world: World) -> bytes:
    """Saves a message to be sent; returns its id. Raises what `check_text` raises."""
    check_text(draft.text)
    message = MessageRow(
        message_id=new_message_id(world),
        conversation=conversation_of(account.invite.relay_fingerprint, account.nickname, draft.recipient),
        sender=account.nickname,
        recipient=draft.recipient,
        text=draft.text,
        time_ms=world.now_ms(),
    )
    vault.queue_message(message, account.device)
    return message.message_id


class Outbox:
    def __init__(self, vault: Vault, account: Account, directory: Directory, world: World) -> None:
        self._vault = vault
        self._account = account
        self._directory = directory
        self._world = world
        self._found: dict[str, Found] = {}

    async def flush(self, link: Link, own_inbox: bytes) -> AsyncGenerator[Event, None]:
        """Sends all that waits now, in order. A recipient who cannot receive now does not hold up the others."""
        delayed: dict[str, str] = {}
        self._found.clear()
        number, last = 0, self._vault.newest_outgoing()
        while number < last and (row := self._vault.next_outgoing(after=number)):
            number = row.number
            recipient = row.message.recipient
            if recipient in delayed:
                yield Delayed(row.message.message_id, delayed[recipient])
                continue
            event = await self._attempt(link, row, own_inbox)
            if isinstance(event, Delayed):
                delayed[recipient] = event.code
            yield event

    async def _attempt(self, link: Link, row: OutgoingRow, own_inbox: bytes) -> Event:
        try:
            await self._deliver(link, row, own_inbox)
        except PeerError as error:
            if link.has_ended:
                raise
            if may_retry(error) or error.code in _WAITING_FOR_THE_PERSON:
                return Delayed(row.message.message_id, error.code)
            if not (is_of_relay(error) or error.code == Code.NO_USABLE_KEY):
                raise
            self._vault.finish_outgoing(row.number)
            return NotSent(row.message.message_id, error.code)
        self._vault.finish_outgoing(row.number)
        return Sent(row.message.message_id)

    async def _deliver(self, link: Link, row: OutgoingRow, own_inbox: bytes) -> None:
        found = await self._look_up(link, row.message.recipient)
        own_head = self._vault.contact(row.message.sender)
        if own_head is None:
            raise PeerError(Code.VAULT_CORRUPT, "the own account is missing")
        envelope = self._seal(row, found.head, own_head)
        await link.request("accepted", append=pb.Append(log=found.inbox, envelope=envelope))
        if len(own_head.record().devices) > 1:
            await link.request("accepted", append=pb.Append(log=own_inbox, envelope=envelope))

    async def _look_up(self, link: Link, nickname: str) -> Found:
        """One answer serves all messages that were waiting when it was asked (SPEC §7.1)."""
        if nickname not in self._found:
            self._found[nickname] = await self._directory.refresh(link, nickname)
        return self._found[nickname]

    def _seal(self, row: OutgoingRow, recipient: ChainHead, own: ChainHead) -> bytes:
        record = recipient.record()
        is_downgrade = own.has_other_suite and recipient.has_other_suite  # CRY-024
        if is_downgrade or CLASSIC_SUITE not in record.suites:
            raise PeerError(Code.NO_USABLE_KEY, "this account does not take classic letters")
        message = row.message
        content = Content(
            message_id=message.message_id,
            time_ms=message.time_ms,
            conversation=message.conversation,
            device=self._account.device,
            counter=row.counter,
            text=message.text,
        )
        return seal_letter(
            content,
            self._account.sender(own.index),
            Recipient(message.recipient, record.rsa_public_key),
            self._world.random_bytes,
        )
