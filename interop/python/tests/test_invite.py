"""Invite links (SPEC §4.4)."""

import base64
import unittest
from dataclasses import replace

from sirdas_peer.errors import Code, PeerError
from sirdas_peer.invite import Invite

INVITE = Invite("relay.example", 6000, b"f" * 32, b"t" * 16, plaintext=False)


class InviteLinks(unittest.TestCase):
    def test_a_link_and_its_bare_text_say_the_same(self) -> None:
        text = INVITE.to_text()
        for link in (
            text,
            f"https://relay.example:6443/i#{text}",
            f"  http://localhost:6080/i#{text}\n",
            f"#{text}",
        ):
            self.assertEqual(Invite.parse(link), INVITE)

    def test_an_open_relay_needs_no_token(self) -> None:
        invite = replace(INVITE, token=b"")
        self.assertEqual(Invite.parse(invite.to_text()), invite)

    def test_pro_009_broken_invites_are_refused(self) -> None:
        unknown_field = INVITE.encode() + b"\x98\x06\x01"
        broken = {
            "empty": "",
            "words": "not an invite",
            "cut short": INVITE.to_text()[:-4],
            "with padding": INVITE.to_text() + "==",
            "other alphabet": replace(INVITE, token=b"\xff" * 16).to_text().replace("_", "/"),
            "unknown field": base64.urlsafe_b64encode(unknown_field).decode().rstrip("="),
            "empty host": replace(INVITE, host="").to_text(),
            "a host that is none": replace(INVITE, host="relay example").to_text(),
            "no port": replace(INVITE, tcp_port=0).to_text(),
            "short fingerprint": replace(INVITE, relay_fingerprint=b"f" * 31).to_text(),
            "short token": replace(INVITE, token=b"t" * 15).to_text(),
        }
        for name, link in broken.items():
            with self.subTest(name), self.assertRaises(PeerError) as caught:
                Invite.parse(link)
            self.assertEqual(caught.exception.code, Code.BAD_INVITE)

    def test_loopback_is_told_apart(self) -> None:
        for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1"):
            self.assertTrue(replace(INVITE, host=host).is_loopback(), host)
        for host in ("relay.example", "10.0.0.1", "localhost.example", "::2"):
            self.assertFalse(replace(INVITE, host=host).is_loopback(), host)
