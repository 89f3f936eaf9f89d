"""Which calls leave nothing behind."""

from collections.abc import Mapping

from pressroom.graph.calls import Method

_OVERRIDES = frozenset({"method", "batch"})


def is_read(method: Method, path: str, params: Mapping[str, str]) -> bool:
    """Tell whether a call leaves nothing behind: Meta takes a GET that names another method for that one."""
    is_plain = "?" not in path and _OVERRIDES.isdisjoint(map(str.casefold, params))
    return method == "GET" and is_plain
