"""Other accounts' keys: looking them up, verifying their chains, pinning them (SPEC §5.4).

Used by the outbox before every message and by the inbox for unknown senders and newer records.
"""

from dataclasses import dataclass
from typing import Any

from .errors import Code, PeerError
from .link import Link
from .records import ChainHead, verify_next_record
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
        changed = (await self._fetch(link, pinned.nickname, None)).head
        if changed.identity_key == pinned.identity_key:
            return
        self._vault.save_contact(changed, pinned=False)
        raise PeerError(
            Code.KEY_CHANGED,
            "the identity key of this account has changed; compare the safety number, then `trust` it",
        ) from None

    async def _fetch(self, link: Link, nickname: str, before: ChainHead | None) -> Found:
        """The chain's head, verified from `before` on (None: from the beginning)."""
        head = before
        while True:
            first = 0 if head is None else head.index + 1
            account = await link.request("account", look_up=pb.LookUp(nickname=nickname, from_index=first))
            head = self._verify(account, nickname, head)
            if head.index == account.head_index:
                return Found(head, account.inbox)
            if not account.entries or head.index > min(account.head_index, _MAX_RECORDS):
                # CRY-016
                raise PeerError(
                    Code.DIRECTORY_FORGED, "the relay shows less of this account than it did before"
                )

    def _verify(self, account: Any, nickname: str, before: ChainHead | None) -> ChainHead:
        head = before
        for entry in account.entries:
            head = verify_next_record(entry.record, head, self._relay_fingerprint)
        if head is None or head.nickname != nickname or account.nickname != nickname:
            raise PeerError(Code.PROTOCOL_VIOLATION, "the relay answered about another account")
        return head
