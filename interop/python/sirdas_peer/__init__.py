"""A sırdaş client in Python, written from packages/protocol/SPEC.md and sirdas.proto alone.

From the wire upwards: schema, wire, labelled, limits, errors (the bytes); keys, records, nickname, safety_number
(who is who); content, fernet, classic (what a letter is); transport, link (the connection to the relay); store,
directory, inbox, outbox, account, peer (a client's state); cli, output (the program).
"""
