"""Receiving (SPEC §7.3): every entry of the own inbox ends as a saved message, a refusal or a letter held back.

Called by session.py for each entry in order. Text and cursor are saved together; acknowledging is the caller's.
"""

from .account import Account
from .classic import (
    Letter,
    check_direction,
    decode_letter,
    is_signed_by,
    open_letter,
    verify_letter,
)
from .content import Content
from .directory import Directory
from .errors import LETTER_REFUSALS, Code, PeerError
from .events import Event, KeyChanged, Refused
from .link import Link
from .records import ChainHead
from .store import MessageRow, Origin, Position, Vault
from .world import World


class Inbox:
    def __init__(self, vault: Vault, account: Account, directory: Directory, world: World) -> None:
        self._vault = vault
        self._account = account
        self._directory = directory
        self._world = world

    async def receive(self, link: Link, envelope: bytes, position: Position | None) -> Event | None:
        """Handles one envelope for good; None when it became a message or was known already.

        Raises only what makes it worth to try the same envelope again, such as UNREACHABLE.
        """
        try:
            letter = decode_letter(envelope)
            direction = check_direction(
                letter, self._account.nickname, self._account.invite.relay_fingerprint
            )
            sender = await self._find_sender(link, letter)
            if sender is None:
                is_held = self._vault.hold_letter(letter.header.sender, envelope, position)
                return KeyChanged(letter.header.sender) if is_held else Refused(Code.KEY_CHANGED)
            own = self._vault.contact(self._account.nickname)
            if own is None:
                raise PeerError(Code.VAULT_CORRUPT, "the own account is missing")
            verify_letter(letter, sender, own, self._world.now_ms())
            content = open_letter(letter, direction, self._account.unwrap_key)
        except PeerError as error:
            if error.code not in LETTER_REFUSALS:
                raise
            self._vault.save_refused(error.code, position)
            return Refused(error.code)
        self._save(letter, content, position)
        return None

    async def release_held(self, link: Link, nickname: str) -> list[Event]:
        """Handles the letters that were held back, now that the sender's new key is trusted."""
        events = []
        for number, envelope in self._vault.held_letters(nickname):
            event = await self.receive(link, envelope, None)
            self._vault.drop_held_letter(number)
            if event:
                events.append(event)
        return events

    async def _find_sender(self, link: Link, letter: Letter) -> ChainHead | None:
        """Step 3. None when the letter is by a changed key that waits for the person."""
        nickname = letter.header.sender
        pinned = self._vault.contact(nickname)
        if pinned is None or letter.header.sender_record_index > pinned.index:
            pinned = await self._look_up(link, nickname, pinned)
        changed = self._vault.contact(nickname, pinned=False)
        if (
            changed
            and not is_signed_by(letter, pinned.identity_key)
            and is_signed_by(letter, changed.identity_key)
        ):
            return None
        return pinned

    async def _look_up(self, link: Link, nickname: str, pinned: ChainHead | None) -> ChainHead:
        try:
            return (await self._directory.refresh(link, nickname)).head
        except PeerError as error:
            if error.code == Code.KEY_CHANGED and pinned:
                return pinned
            if error.code == "UNKNOWN_ACCOUNT":
                raise PeerError(Code.LETTER_FORGED) from None
            raise

    def _save(self, letter: Letter, content: Content, position: Position | None) -> None:
        message = MessageRow(
            message_id=content.message_id,
            conversation=content.conversation,
            sender=letter.header.sender,
            recipient=letter.header.recipient,
            text=content.text,
            time_ms=content.time_ms,
        )
        self._vault.save_received(message, Origin(content.device, content.counter), position)
