"""Our own values, and the protocols between rooms: nothing here does I/O.

`post` is what a person wants published, `assets` the files it needs, `account` whom we act for, `errors` the
error tree, `masking` hides the environment's secrets, `clock` is the time that all waiting follows,
`protocols` and `repositories` are what one room asks of another.
"""
