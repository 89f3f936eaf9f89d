"""Settings in the store, which hold for every process that uses it."""

from collections.abc import Mapping
from typing import Protocol


class Options(Protocol):
    """Settings by name."""

    def get(self, name: str) -> str | None:
        """Return a setting's value; None when it is not set."""
        ...

    def set(self, name: str, value: str | None) -> None:
        """Set a setting; None deletes it."""
        ...

    def all(self) -> Mapping[str, str]:
        """Return every setting that is set."""
        ...
