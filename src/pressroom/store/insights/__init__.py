"""What is kept of media and accounts: `tables`, `rows` that convert values, `readings` the repository.

No foreign key leads from a reading to its media: when two accounts prove to be one, rows move one table after
the other (`store.identity`).
"""
