"""Web addresses without their secrets."""


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
