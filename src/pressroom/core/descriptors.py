"""How many descriptors (files and connections) this process may hold, and how they are shared out.

A crowd of posts would take all there are. So what takes some for each post has a limit of its own, and what
waits for its turn holds none.
"""

import contextlib
import resource
from typing import Final

MOST: Final = 65_536
ENOUGH: Final = 1_024
"""Below it, connections are fewer than a crowd of posts needs to go out on time."""

# What a process holds however little it does: store, locks, log, event loop, listeners.
_OWN: Final = 32
_MACOS_MOST: Final = 10_240  # macOS refuses more, whatever the hard limit says


def descriptor_limit() -> int:
    """Give how many descriptors this process may hold at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft


def raise_descriptor_limit() -> int:
    """Raise the soft limit to the hard one, `MOST` at most, and give what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (MOST, _MACOS_MOST):
        wanted = most if hard == resource.RLIM_INFINITY else min(hard, most)
        if soft == resource.RLIM_INFINITY or wanted <= soft:
            break
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            break
    return descriptor_limit()


def share(most: int, *, each: int = 1) -> int:
    """Give how many of something a process may have open at once, `most` at most and one at least.

    each: the descriptors that one takes. Four such shares leave the process what it needs itself.
    """
    return max(1, min(most, (descriptor_limit() - _OWN) // (4 * each)))
