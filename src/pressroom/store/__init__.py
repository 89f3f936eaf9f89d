"""Stores what must survive a crash: posts, journal, accounts, consent, quotas, jobs, slots and notices.

`tables` defines the tables, `migrations` their history, `database` the connections (one SQLite file, or
PostgreSQL). `posts`, `events`, `accounts`, `consent` and `small_repositories` (slots, quotas, jobs, notices,
settings, keys) have the repositories, whose methods say what the rooms above may rely on; `insights/` has
that of readings. `store` opens or upgrades a file, `upkeep` serves `pressroom db`. Start at
`store.open_store`.
"""
