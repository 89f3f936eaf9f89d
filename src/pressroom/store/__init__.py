"""Keeps what must survive: posts with their containers and sends, the journal, accounts, quotas, jobs.

`tables` says what is stored, `database` where (one SQLite file, or PostgreSQL), `migrations` how it grew.
`posts`, `events`, `accounts`, `quota` and `jobs` carry out the protocols of `core.repositories`; `upgrade`
and `upkeep` serve `pressroom db`. Start at `store.open_store`.
"""
