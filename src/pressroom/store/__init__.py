"""Stores what must survive a crash: posts, journal, accounts, consent, quotas, jobs, slots and notices.

`tables` defines the tables, `migrations` their history, `database` the connections (one SQLite file, or
PostgreSQL). `posts`, `events`, `accounts`, `consent`, `quota`, `jobs`, `slots` and `notices` implement the
protocols of `core`; `opening` opens or upgrades a file, `upkeep` serves `pressroom db`. Start at
`store.open_store`.
"""
