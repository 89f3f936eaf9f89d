"""Wakes posts and periodic jobs when they are due. Waking a post twice is harmless: nothing is decided here.

`loop` is what every worker does, and the dispatcher of one machine: any process submits, one drives by file
lock (`locks`), another takes over when that is gone. `cluster` hands posts to procrastinate on PostgreSQL.
Both call a `loop.Drive` for each post that is due. `periodic` runs the jobs.
"""
