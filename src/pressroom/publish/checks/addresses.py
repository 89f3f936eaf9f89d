"""Which sources can be addresses at all, told by their spelling and without asking anybody."""

from urllib.parse import SplitResult, quote, urlsplit

from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.media.files import require_utf8_name

_KEPT = "/%:@!$&'()*+,;=~-._"
_NO_FILE = ("data:", "blob:")


def check_source(source: str, *, as_it_is: bool) -> None:
    """Refuse a source that is neither a file's name nor an address that Instagram can use.

    as_it_is: an address goes to Instagram, byte for byte, and not through the media desk. Raises Refused.
    """
    if not source.strip():
        raise Refused(
            "The file or URL is empty.", rule="source", value="", fix="Name a file or an https URL."
        )
    if not Asset(source).is_url:
        _check_scheme(source)
        require_utf8_name(source)
        return
    parts = _split(source)
    if parts is None:
        raise Refused(
            f"{shown_address(source)} is not an address.",
            rule="source_address",
            value=shown_address(source),
            limit="https://host/path, or a file",
            fix="Check its spelling.",
        )
    if as_it_is:
        _check_spelling(source, parts)


def _check_scheme(source: str) -> None:
    if "://" not in source and not source.lower().startswith(_NO_FILE):
        return
    scheme, colon, _ = source.partition("://" if "://" in source else ":")
    scheme = scheme.lower()
    raise Refused(
        f"{scheme}{colon} addresses cannot be fetched by Instagram.",
        rule="source_scheme",
        value=scheme,
        limit="https, or a file",
        fix="Use an https URL, or give the path of a file.",
    )


def _check_spelling(source: str, parts: SplitResult) -> None:
    """Refuse what Instagram's fetcher cannot use. Source: content publishing: URLs are US-ASCII."""
    if parts.username is not None or parts.password is not None:
        raise Refused(
            f"The address on {parts.hostname} holds a user name or password, and Instagram does not sign in.",
            rule="source_sign_in",
            limit="an address that opens without signing in",
            fix="Give the file itself, or an address that opens from anywhere.",
        )
    if source.isascii() and source.isprintable() and " " not in source:
        return
    raise Refused(
        f"{shown_address(source)} holds a space or a letter that an address must spell in another way.",
        rule="source_spelling",
        value=shown_address(source),
        limit="ASCII letters, digits and signs",
        fix=f"Write it as {_spelled(parts)}.",
    )


def _spelled(parts: SplitResult) -> str:
    """Give the address as it belongs on the wire, its query left out."""
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        host = quote(parts.hostname or "")
    port = f":{parts.port}" if parts.port else ""
    alike = ", and the query behind it alike" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path.strip(), safe=_KEPT)}{alike}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read, since a wrong one is noticed only then
    except ValueError:
        return None
    host = parts.hostname
    return parts if host and not any(letter.isspace() for letter in host) else None
