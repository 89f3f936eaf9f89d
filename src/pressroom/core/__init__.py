"""Our own values, and the protocols between rooms. No I/O, but for `flock`, the lock on a file.

`post` is what a person wants published, `assets` the files it needs, `account` whom we act for, `errors` the
error tree, `masking` hides the environment's secrets, `clock` is the time that all waiting follows,
`protocols` are what one room asks of another, `repositories` the values that the store takes and returns.
"""

import logging

# What is logged is the program's to show; without a handler Python would print warnings to stderr. Here,
# below all that logs, and not in `pressroom` itself: `pressroom --version` needs no logging.
logging.getLogger("pressroom").addHandler(logging.NullHandler())
