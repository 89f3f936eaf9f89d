"""Our own values and the seams between rooms: nothing here does I/O.

`post` is what a person wants published, `assets` the files it needs, `account` whom we act for, `errors`
everything that can go wrong, `masking` what hides the environment's secrets, `clock` the time all waiting
follows, `protocols` what one room asks of another.
"""
