"""What one setting is: a variable of the environment, and how its text is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

ValueT = TypeVar("ValueT")


class Kind(StrEnum):
    """What the text of a setting is; the values are the words of the reference."""

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
    """One variable of the environment.

    words: what it holds or does, in one line. parse: makes a value of the variable's name and text, or raises
    SettingRefused. default: the text that stands for one that is not set.
    """

    name: str
    kind: Kind
    words: str
    parse: Callable[[str, str], ValueT]
    default: str = ""
    is_secret: bool = False

    def read(self, environ: Mapping[str, str], *, otherwise: str | None = None) -> ValueT:
        """Read it. otherwise: what stands before the default where it is not set.

        Raises as `parse` does.
        """
        text = environ.get(self.name, "").strip()
        return self.parse(self.name, text or otherwise or self.default)
