"""Our own values, and the protocols between rooms. No I/O, but for `flock`, the lock on a file.

`post` is what a person wants published, `assets` the files it needs, `account` whom we act for, `actor` who
acts, `errors` the error tree. `secret` and the `Mask` of `settings` keep secrets unseen, `clock` is the time
that all waiting follows, `protocols` are what one room asks of another. What the store takes and returns is
in `stored_posts`, `account`, `journal`, `consent` and `readings`.
"""

import logging

# The program that uses this library shows the log. Without a handler Python would print warnings to stderr.
# It is added here, in what all that logs imports, and not in `pressroom`: `pressroom --version` logs nothing.
logging.getLogger("pressroom").addHandler(logging.NullHandler())
