"""Addresses of the web as people may see them."""


def shown(url: str) -> str:
    """Give a URL without its query, which may hold a key, and without who signs in."""
    scheme, colon, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"


def without_sign_in(address: str) -> str:
    """Give an address, spelled right or not, without what stands before its last @: a password may hold /."""
    scheme, colon, rest = address.partition("://")
    return f"{scheme}{colon}{rest.rpartition('@')[2]}" if colon else address.rpartition("@")[2]
