"""The declaration of a setting: an environment variable, and how its text is parsed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Kind(StrEnum):
    """The form of a setting's text; the values are shown in the settings reference."""

    TEXT = "text"
    NUMBER = "number"
    VERSION = "version"
    PATH = "path"
    ADDRESS = "address"
    PORT = "port"
    LIST = "list"
    FLAG = "flag"
    GIGABYTES = "gigabytes"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Setting(Generic[ValueT]):
    """One environment variable.

    words: its documentation, one line. parse: converts the variable's name and text to a value, or raises
    SettingRefused. default: the text used when it is not set.
    """

    name: str
    kind: Kind
    words: str
    parse: Callable[[str, str], ValueT]
    default: str = ""
    is_secret: bool = False

    def read(self, environ: Mapping[str, str], *, otherwise: str | None = None) -> ValueT:
        """Parse the variable. otherwise: used instead of the default if it is not set. Raises as `parse`."""
        text = environ.get(self.name, "").strip()
        return self.parse(self.name, text or otherwise or self.default)
