"""Wakes posts and periodic jobs when they are due. It may wake too often or twice, and decides nothing.

`embedded` is the loop of one machine: any process submits, one drives by file lock, another takes over when
it is gone. `cluster` hands posts to procrastinate on PostgreSQL. Both call a `Drive`.
"""
