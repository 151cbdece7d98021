"""A sırdaş client in Python, written from packages/protocol/SPEC.md and sirdas.proto alone.

From the wire upwards: schema, wire, labelled, limits, errors (the bytes); keys, records, nickname, safety_number
(who is who); content, fernet, classic (what a letter is); invite, proof_of_work, transport, link (the connection to the
relay); database, store, account, directory, inbox, outbox, session (a client's state); commands, bridge, output, cli (the program).
"""
