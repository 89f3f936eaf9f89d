"""Our own values, and the protocols between rooms. No I/O, but for `flock`, the lock on a file.

`post` is what a person wants published, `assets` the files it needs, `account` whom we act for, `errors` the
error tree, `masking` hides the environment's secrets, `clock` is the time that all waiting follows,
`protocols` and `repositories` are what one room asks of another.
"""
