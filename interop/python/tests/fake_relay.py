"""A small relay in memory for the unit tests: obedient by default, hostile where a test changes what it sends.

It shares its code with the client, so it proves nothing about the protocol: the tests with the real relay do that.
"""

import asyncio
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from sirdas_peer.invite import Invite
from sirdas_peer.keys import verifies_ed25519
from sirdas_peer.labelled import Label, labelled_input, labelled_sha256
from sirdas_peer.limits import RELAY_ERRORS
from sirdas_peer.records import hash_record
from sirdas_peer.schema import pb
from sirdas_peer.transport import FrameStream, relay_fingerprint_of

NOW_MS = 1_790_000_000_000
TOKEN = b"t" * 16
_CODES = {row.name: code for code, row in RELAY_ERRORS.items()}


@dataclass
class FakeAccount:
    records: list[Any]
    inbox: bytes

    def newest(self) -> Any:
        return pb.AccountRecord.FromString(self.records[-1].record)


@dataclass
class FakeRelay:
    # Sees every frame before it is sent and returns what is sent instead.
    on_send: Callable[[Any], list[Any]] = lambda frame: [frame]
    proof_of_work_bits: int = 0
    accounts: dict[str, FakeAccount] = field(default_factory=dict)
    logs: dict[bytes, list[bytes]] = field(default_factory=dict)
    received: list[Any] = field(default_factory=list)
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    # Another one than `key`: somebody in the middle who passes on what the relay says.
    tls_key: Any = None
    connections: "list[_Connection]" = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=_tls_context(self.tls_key or self.key)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop_connections()
        self._server.close()

    @property
    def relay_key(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def invite(self) -> Invite:
        port = self._server.sockets[0].getsockname()[1]
        return Invite("127.0.0.1", port, relay_fingerprint_of(self.relay_key), TOKEN, plaintext=False)

    def drop_connections(self) -> None:
        for connection in self.connections:
            connection.drop()
        self.connections.clear()

    def append(self, log: bytes, envelope: bytes) -> int:
        """Stores an envelope and delivers it to whoever reads the log."""
        self.logs[log].append(envelope)
        seq = len(self.logs[log])
        for connection in self.connections:
            connection.deliver(log, [seq])
        return seq

    def broadcast(self, frame: Any) -> None:
        for connection in self.connections:
            connection.send_frame(frame)

    def kinds_received(self) -> list[str]:
        return [frame.WhichOneof("kind") for frame in self.received]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, FrameStream(reader, writer), writer)
        self.connections.append(connection)
        await connection.run()


class _Connection:
    def __init__(self, relay: FakeRelay, stream: FrameStream, writer: asyncio.StreamWriter) -> None:
        self._relay = relay
        self._stream = stream
        self._writer = writer
        self._nonce = b"n" * 32
        self._log = b""

    async def run(self) -> None:
        hello = pb.Hello(
            min_version=1,
            max_version=1,
            relay_key=self._relay.relay_key,
            nonce=self._nonce,
            time_ms=NOW_MS,
            proof_of_work_bits=self._relay.proof_of_work_bits,
        )
        self._send(hello=hello)
        try:
            while True:
                frame = await self._stream.read()
                self._relay.received.append(frame)
                self._answer(frame)
        except Exception:
            self.drop()

    def drop(self) -> None:
        self._writer.transport.abort()

    def deliver(self, log: bytes, numbers: list[int]) -> None:
        if log == self._log and numbers:
            entries = [
                pb.Entry(seq=seq, time_ms=NOW_MS, envelope=self._relay.logs[log][seq - 1]) for seq in numbers
            ]
            self._send(deliver=pb.Deliver(log=log, entries=entries))

    def send_frame(self, frame: Any) -> None:
        data = frame.SerializeToString()
        self._writer.write(len(data).to_bytes(4, "big") + data)

    def _send(self, request: int = 0, **kind: Any) -> None:
        for frame in self._relay.on_send(pb.Frame(request=request, **kind)):
            self.send_frame(frame)

    def _answer(self, frame: Any) -> None:
        kind = frame.WhichOneof("kind")
        if kind == "ping":
            self._send(pong=pb.Pong())
        elif kind not in ("ack", "pong"):
            answer = getattr(self, f"_{kind}")(getattr(frame, kind))
            if isinstance(answer, str):
                self._send(frame.request, error=pb.Error(code=_CODES[answer]))
            else:
                self._send(frame.request, **answer)
            if kind == "read":
                self.deliver(
                    frame.read.log, list(range(frame.read.after + 1, len(self._relay.logs[self._log]) + 1))
                )

    def _claim(self, claim: Any) -> Any:
        record = pb.AccountRecord.FromString(claim.record.record)
        known = self._relay.accounts.get(record.nickname)
        if known:
            return {"done": pb.Done()} if known.records[0] == claim.record else "NICKNAME_TAKEN"
        if not self._admits(claim):
            return "INVITE_INVALID"
        inbox = record.nickname.encode().ljust(16, b"\0")
        self._relay.accounts[record.nickname] = FakeAccount([claim.record], inbox)
        self._relay.logs[inbox] = []
        return {"done": pb.Done()}

    def _admits(self, claim: Any) -> bool:
        if claim.WhichOneof("admission") == "invite_token":
            return bool(claim.invite_token == TOKEN)
        work = labelled_sha256(Label.PROOF_OF_WORK, self._nonce, claim.record.record, claim.proof_of_work)
        return int.from_bytes(work, "big") >> (256 - self._relay.proof_of_work_bits) == 0

    def _login(self, login: Any) -> Any:
        account = self._relay.accounts[login.nickname]
        fields = (
            self._relay.relay_key,
            self._nonce,
            login.version.to_bytes(4, "big"),
            login.nickname,
            login.device,
            login.nonce,
            b"",
            bytes([login.visible]),
        )
        keys = {device.id: device.signature_key for device in account.newest().devices}
        if not verifies_ed25519(keys[login.device], login.signature, labelled_input(Label.LOGIN, *fields)):
            return "LOGIN_FAILED"
        r, s = decode_dss_signature(
            self._relay.key.sign(labelled_input(Label.RELAY_PROOF, *fields), ec.ECDSA(SHA256()))
        )
        logged_in = pb.LoggedIn(
            relay_signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"),
            inbox=account.inbox,
            record_index=account.newest().index,
            record_hash=hash_record(account.records[-1].record),
        )
        return {"logged_in": logged_in}

    def _look_up(self, look_up: Any) -> Any:
        account = self._relay.accounts.get(look_up.nickname)
        if account is None:
            return "UNKNOWN_ACCOUNT"
        entries = [pb.DirectoryEntry(record=record) for record in account.records[look_up.from_index :]]
        answer = pb.Account(
            nickname=look_up.nickname,
            inbox=account.inbox,
            entries=entries,
            head_index=len(account.records) - 1,
        )
        return {"account": answer}

    def _append(self, append: Any) -> Any:
        return {"accepted": pb.Accepted(seq=self._relay.append(append.log, append.envelope))}

    def _watch_presence(self, _: Any) -> Any:
        online = [pb.Presence(nickname=nickname, colour=0) for nickname in self._relay.accounts]
        return {"presence_list": pb.PresenceList(online=online)}

    def _create_invite(self, _: Any) -> Any:
        return {"invite_created": pb.InviteCreated(token=b"u" * 16, id=b"i" * 8)}

    def _read(self, read: Any) -> Any:
        self._log = read.log
        return {"reading": pb.Reading(head=len(self._relay.logs[read.log]), first=1)}


def _tls_context(key: Any) -> ssl.SSLContext:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    start = datetime(2020, 1, 1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start)
        .not_valid_after(start + timedelta(days=1))  # expired: nobody looks
        .sign(key, SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "relay.pem")
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(path)
    return context
