"""Settings that are kept in the store, so that they hold for every process that works on it."""

from collections.abc import Mapping
from typing import Protocol


class Options(Protocol):
    """Settings by name."""

    def get(self, name: str) -> str | None:
        """Give what a setting was set to; None when it was not."""
        ...

    def set(self, name: str, value: str | None) -> None:
        """Set it, or with None forget that it was set."""
        ...

    def all(self) -> Mapping[str, str]:
        """Give every setting that was set."""
        ...
