"""Web addresses without their secrets, several in one text, and those of this machine."""

import re
from typing import Final

LOOPBACK: Final = "127.0.0.1"
LOOPBACK_6: Final = "::1"
LOCAL_HOSTS: Final = frozenset({"localhost", LOOPBACK, LOOPBACK_6})
"""The hosts of addresses that only this machine reaches."""
# Only before the next scheme: a comma may stand inside an address.
_BETWEEN: Final = re.compile(r"[\s,]++(?=[A-Za-z][\w+.-]*+://)")


def shown(url: str) -> str:
    """Return a URL without its query, which may hold a key, and without user name and password."""
    scheme, colon, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"


def without_sign_in(address: str) -> str:
    """Return an address, well-formed or not, without user name and password."""
    # Up to the last @, not parsed: a password may hold / and @, and urlsplit would end the host there.
    scheme, colon, rest = address.partition("://")
    return f"{scheme}{colon}{rest.rpartition('@')[2]}" if colon else address.rpartition("@")[2]


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the addresses of a list with blanks or commas between them."""
    return tuple(one for part in _BETWEEN.split(text) if (one := part.strip(" ,\t\r\n")))
