"""Addresses of the web as people may see them."""


def shown(url: str) -> str:
    """Give a URL without its query, which may hold a key, and without who signs in."""
    scheme, colon, rest = url.partition("?")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"
