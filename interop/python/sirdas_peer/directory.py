"""Other accounts' keys: looking them up, verifying their chains, pinning them (SPEC §5.4).

Used by the outbox before every message and by the inbox for unknown senders and newer records.
"""

from dataclasses import dataclass
from typing import Any

from .errors import Code, PeerError, may_retry
from .link import Link
from .records import ChainHead, hash_record, verify_next_record
from .schema import pb
from .store import Vault

# Far more than an account ever has: a relay that sends on and on is cut off.
_MAX_RECORDS = 10_000


@dataclass(frozen=True)
class Found:
    head: ChainHead
    # The account's log, 16 bytes.
    inbox: bytes


class Directory:
    def __init__(self, vault: Vault, relay_fingerprint: bytes) -> None:
        self._vault = vault
        self._relay_fingerprint = relay_fingerprint

    async def refresh(self, link: Link, nickname: str) -> Found:
        """Fetches what is new about an account and pins it.

        Raises KEY_CHANGED (the new chain is kept beside the pinned one until `trust`), DIRECTORY_FORGED, or what the
        relay answers, for example UNKNOWN_ACCOUNT.
        """
        pinned = self._vault.contact(nickname)
        try:
            found = await self._fetch(link, nickname, pinned)
        except PeerError as error:
            if pinned and error.code in (Code.KEY_CHANGED, Code.DIRECTORY_FORGED):
                await self._examine_change(link, pinned)
            raise
        if found.head != pinned:
            self._vault.save_contact(found.head)
        return found

    async def _examine_change(self, link: Link, pinned: ChainHead) -> None:
        """Raises KEY_CHANGED when the relay now has a whole, valid chain by another key under this nickname."""
        try:
            changed = (await self._fetch(link, pinned.nickname, None)).head
        except PeerError as error:
            if may_retry(error):
                raise
            return
        if changed.identity_key == pinned.identity_key:
            return
        self._vault.save_contact(changed, pinned=False)
        raise PeerError(
            Code.KEY_CHANGED,
            "the identity key of this account has changed; compare the safety number, then `trust` it",
        ) from None

    async def _fetch(self, link: Link, nickname: str, pinned: ChainHead | None) -> Found:
        """The chain's head, verified from the pinned record on (None: from the beginning)."""
        head = pinned
        account = await self._ask(link, nickname, pinned.index if pinned else 0)
        entries = list(account.entries)
        if pinned and (not entries or hash_record(entries.pop(0).record.record) != pinned.record_hash):
            # CRY-015, CRY-016
            raise PeerError(Code.DIRECTORY_FORGED, "the relay does not show the record that was pinned")
        while True:
            for entry in entries:
                head = verify_next_record(entry.record, head, self._relay_fingerprint)
            if head is None or head.nickname != nickname:
                raise PeerError(Code.PROTOCOL_VIOLATION, "the relay answered about another account")
            if head.index == account.head_index:
                return Found(head, account.inbox)
            if head.index > min(account.head_index, _MAX_RECORDS):
                raise PeerError(Code.DIRECTORY_FORGED, "the relay contradicts itself about this account")
            account = await self._ask(link, nickname, head.index + 1)
            entries = list(account.entries)
            if not entries:
                raise PeerError(Code.DIRECTORY_FORGED, "the relay keeps records of this account back")

    async def _ask(self, link: Link, nickname: str, from_index: int) -> Any:
        account = await link.request("account", look_up=pb.LookUp(nickname=nickname, from_index=from_index))
        if account.nickname != nickname:
            raise PeerError(Code.PROTOCOL_VIOLATION, "the relay answered about another account")
        return account
