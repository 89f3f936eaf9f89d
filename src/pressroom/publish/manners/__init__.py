"""The two ways of publishing, and the journal of each.

`at_once` waits in memory and ends a post on an error; its journal is the memory of the process.
`durable` leaves long waits to the store and retries later; its journal is the store.
`at_once.Manner` is the protocol of both; `tests/publish/test_manners.py` lists what they share and where they
differ.
"""
