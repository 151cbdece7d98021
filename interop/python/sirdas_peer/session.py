"""One logged-in connection with a directory, an inbox and an outbox on it; and joining, before there is one.

Used by commands.py. A session that has ended is over: the program opens another, and everything resumes from the vault.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from typing import Any, Self

from .account import Account, NewAccount, make_account
from .directory import Directory
from .errors import Code, PeerError, may_retry
from .events import Event, Expired, PresenceShown
from .inbox import Inbox
from .invite import Invite
from .link import Link
from .outbox import Outbox
from .records import verify_next_record
from .safety_number import Party, safety_number
from .schema import pb
from .store import AccountRow, Position, Vault
from .world import World


@dataclass(frozen=True)
class Options:
    # False: others do not see this account as online.
    visible: bool = True
    allow_plaintext: bool = False
    world: World = field(default_factory=World)


async def join(vault: Vault, invite: Invite, chosen: NewAccount, options: Options) -> None:
    """Makes an account, claims its nickname and logs in once.

    The keys are saved before the claim, so that a crash in between is mended by joining again.
    """
    row = _unfinished_account(vault, invite, chosen.nickname)
    link = await Link.connect(invite, options.world, options.allow_plaintext)
    try:
        row = row or make_account(invite, chosen, options.world)
        vault.save_account(row)
        account = Account.from_row(row)
        try:
            await link.claim(account.first_record, invite.token)
        except PeerError as error:
            if not may_retry(error):
                vault.delete_unclaimed_account()
            raise
        vault.finish_claim(verify_next_record(account.first_record, None, invite.relay_fingerprint))
        await link.login(account.login_device(options.visible))
    finally:
        await link.close()


def own_account(vault: Vault) -> Account:
    """Checks the RSA key anew at every call: once per program is enough. Raises NO_ACCOUNT."""
    row = vault.account()
    if row is None or not row.claimed:
        raise PeerError(Code.NO_ACCOUNT, "this folder has no account yet; `join` makes one")
    return Account.from_row(row)


class Session:
    def __init__(self, vault: Vault, account: Account, link: Link, own_inbox: bytes, world: World) -> None:
        self._vault = vault
        self._account = account
        self._link = link
        self._own_inbox = own_inbox
        self._directory = Directory(vault, account.invite.relay_fingerprint)
        self._inbox = Inbox(vault, account, self._directory, world)
        self._outbox = Outbox(vault, account, self._directory, world)

    @classmethod
    async def open(cls, vault: Vault, account: Account, options: Options) -> Self:
        """Connects, logs in, and checks that the relay's view of the own account is not behind or beside ours."""
        link = await Link.connect(account.invite, options.world, options.allow_plaintext)
        try:
            logged_in = await link.login(account.login_device(options.visible))
            session = cls(vault, account, link, logged_in.inbox, options.world)
            await session._check_own_records(logged_in)
        except BaseException:
            await link.close()
            raise
        return session

    async def close(self) -> None:
        await self._link.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def watch_presence(self) -> list[PresenceShown]:
        """Who is online now; from now on `events` reports changes as well."""
        answer = await self._link.request("presence_list", watch_presence=pb.WatchPresence())
        return [_presence(presence, online=True) for presence in answer.online]

    async def create_invite(self, uses: int, ttl_ms: int) -> Invite:
        """Raises NOT_ALLOWED when this account may not."""
        terms = pb.CreateInvite(uses=uses, ttl_ms=ttl_ms)
        created = await self._link.request("invite_created", create_invite=terms)
        return replace(self._account.invite, token=created.token)

    def flush(self) -> AsyncGenerator[Event, None]:
        return self._outbox.flush(self._link, self._own_inbox)

    async def events(self) -> AsyncGenerator[Event | None, None]:
        """Reads the own inbox from the cursor on, for ever. None: messages may have come into the vault."""
        reading = await self._start_reading()
        expired = reading.first - self._vault.cursor(self._own_inbox) - 1
        if expired > 0:
            yield Expired(expired)
        while True:
            frame = await self._link.next_event()
            if frame.WhichOneof("kind") == "presence_change":
                yield _presence(frame.presence_change.presence, frame.presence_change.online)
            elif frame.deliver.log == self._own_inbox:
                for event in await self._receive(frame.deliver.entries):
                    yield event
                yield None

    async def safety_number(self, nickname: str) -> str:
        """With the changed key where one waits to be trusted."""
        try:
            await self._directory.refresh(self._link, nickname)
        except PeerError as error:
            if error.code != Code.KEY_CHANGED:
                raise
        other = self._vault.contact(nickname, pinned=False) or self._vault.contact(nickname)
        if other is None:
            raise PeerError(Code.DIRECTORY_FORGED)
        return safety_number(
            self._account.invite.relay_fingerprint,
            Party(self._account.nickname, self._account.identity.public_bytes()),
            Party(nickname, other.identity_key),
        )

    async def trust(self, nickname: str) -> list[Event]:
        """Accepts a changed identity key and opens the letters that were held back for it."""
        if self._vault.contact(nickname, pinned=False):
            self._vault.accept_changed_contact(nickname)
        return await self._inbox.release_held(self._link, nickname)

    async def _check_own_records(self, logged_in: Any) -> None:
        own = self._vault.contact(self._account.nickname)
        if own and logged_in.record_index > own.index:
            own = (await self._directory.refresh(self._link, own.nickname)).head
        if own is None or (own.index, own.record_hash) != (logged_in.record_index, logged_in.record_hash):
            raise PeerError(
                Code.DIRECTORY_FORGED, "the relay has another record of this account than this client"
            )

    async def _start_reading(self) -> Any:
        cursor = self._vault.cursor(self._own_inbox)
        reading = await self._link.request("reading", read=pb.Read(log=self._own_inbox, after=cursor))
        if reading.head < cursor:
            # An old state of the relay was restored. Numbers are given anew: read all, known messages are dropped.
            self._vault.save_cursor(Position(self._own_inbox, 0))
            raise PeerError(Code.RELAY_WENT_BACK, "the relay has lost letters that it had delivered before")
        await self._acknowledge()  # an acknowledgement of before may have been lost
        return reading

    async def _receive(self, entries: Any) -> list[Event]:
        events = []
        for entry in entries:
            if entry.seq > self._vault.cursor(self._own_inbox):
                position = Position(self._own_inbox, entry.seq)
                event = await self._inbox.receive(self._link, entry.envelope, position)
                if event:
                    events.append(event)
        await self._acknowledge()
        return events

    async def _acknowledge(self) -> None:
        """Tells the relay how far everything is saved."""
        cursor = self._vault.cursor(self._own_inbox)
        if cursor > 0:
            await self._link.send(ack=pb.Ack(log=self._own_inbox, seq=cursor))


def _unfinished_account(vault: Vault, invite: Invite, nickname: str) -> AccountRow | None:
    """The account of an earlier join that did not come to its end. Raises ACCOUNT_EXISTS."""
    row = vault.account()
    if row is None:
        return None
    is_same = (
        row.nickname == nickname and Invite.decode(row.invite).relay_fingerprint == invite.relay_fingerprint
    )
    if row.claimed or not is_same:
        raise PeerError(
            Code.ACCOUNT_EXISTS, "this folder has an account; take another folder for another one"
        )
    return replace(row, invite=invite.encode())


def _presence(presence: Any, online: bool) -> PresenceShown:
    colour = presence.colour if presence.HasField("colour") else None
    return PresenceShown(presence.nickname, colour, online)
