"""Refuses names of files that cannot be stored as text."""

from pressroom.media import refusals


def check_name(name: str) -> None:
    """Refuse a file's name that is not UTF-8: no JSON, no store and no address can hold it.

    Raises MediaRefused: file_name.
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        raise refusals.file_name(name) from None
