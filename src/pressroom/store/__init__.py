"""Keeps what must survive: posts with all that is theirs, journal, accounts, quotas, jobs, slots, notices.

`tables` says what is stored, `database` where (one SQLite file, or PostgreSQL), `migrations` how it grew.
`posts`, `events`, `accounts`, `quota`, `jobs`, `slots` and `notices` carry out the protocols of `core`;
`upgrade` and `upkeep` serve `pressroom db`. Start at `store.open_store`.
"""
