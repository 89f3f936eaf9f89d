"""Wakes posts and periodic jobs when they are due. Waking one twice is harmless: nothing is decided here.

`embedded` is the loop of one machine: any process submits, one drives by file lock, another takes over when
it is gone. `cluster` hands posts to procrastinate on PostgreSQL. Both call a `Drive`.
"""
