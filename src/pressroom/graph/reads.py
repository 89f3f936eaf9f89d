"""Tells reads from writes."""

from collections.abc import Mapping

from pressroom.graph.calls import Method

# The Graph API treats a GET with `method=post` as a POST, and `batch` wraps several calls. A retry of such
# a "read" would write twice.
_OVERRIDES = frozenset({"method", "batch"})


def is_read(method: Method, path: str, params: Mapping[str, str]) -> bool:
    """Return whether a call only reads: a GET without a method override in its query."""
    # Parameters inside the path are not in `params`, so a path with a query counts as a write.
    is_plain = "?" not in path and _OVERRIDES.isdisjoint(map(str.casefold, params))
    return method == "GET" and is_plain
