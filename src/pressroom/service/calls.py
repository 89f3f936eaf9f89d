"""The calls that a post would make, as a rehearsal tells them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A call that a post would make: its URL without a query, its parameters with secrets masked."""

    method: str
    url: str
    params: dict[str, str]
