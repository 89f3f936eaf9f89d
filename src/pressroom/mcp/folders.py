"""The folders whose files an agent may use: those that the person named when the server was started."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pressroom.core.errors import MediaRefused, Refused

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders, resolved: no symlink leads out of one."""

    allowed: tuple[Path, ...] = ()

    @classmethod
    def of(cls, named: tuple[Path, ...]) -> "Folders":
        """Resolve the named folders. Raises Refused for one that is not there."""
        for one in named:
            if not one.is_dir():
                raise Refused(
                    f"There is no folder {one}.",
                    rule="allow",
                    value=str(one),
                    limit="a folder that is there",
                    fix="Make it, or name another one.",
                )
        return cls(tuple(one.resolve() for one in named))

    @property
    def in_words(self) -> str:
        """Which folders there are, for a model."""
        named = ", ".join(map(str, self.allowed))
        return f"Files may be in: {named}." if named else "No files may be used, only public https addresses."

    def source(self, given: str) -> str:
        """Return an address as it is, and a file as its real path.

        Raises Refused for a file outside the folders, MediaRefused for one that is not there.
        """
        # Instagram's are https; any other scheme is refused by its name where the source is checked.
        if _ADDRESS.match(given):
            return given
        path = self._placed(given)
        real = path.resolve()
        # Told before whether it is there: nobody is to learn what lies elsewhere.
        if not self._holds(real):
            raise self._outside(given)
        if not real.is_file():
            raise MediaRefused(
                f"There is no file {given}.",
                rule="file",
                value=given,
                limit="a regular file",
                fix="Check the path.",
                helper_prefix=None,
            )
        return str(real)

    def output(self, given: str) -> Path:
        """Return the real path of a file to be written. Raises Refused for one outside the folders."""
        path = self._placed(given)
        real = path.parent.resolve() / path.name
        if not self._holds(real.parent) or real.is_symlink():
            raise self._outside(given)
        if real.suffix.lower() != ".html":
            raise Refused(
                f"A report is a .html file, and {given} is none.",
                rule="output",
                value=given,
                limit="a name that ends in .html",
                fix="Name it so.",
            )
        return real

    def _placed(self, given: str) -> Path:
        """Return a path as it was meant: a relative one is in the folder that has it, else in the first."""
        if "\0" in given:
            raise self._outside(given.replace("\0", ""))
        path = Path(given)
        if path.is_absolute() or not self.allowed:
            return path.absolute()
        found = (one / path for one in self.allowed if (one / path).exists())
        return next(found, self.allowed[0] / path)

    def _holds(self, real: Path) -> bool:
        return any(real.is_relative_to(one) for one in self.allowed)

    def _outside(self, given: str) -> Refused:
        named = ", ".join(map(str, self.allowed)) or "no folder"
        return Refused(
            f"{given} is in no folder that the person allowed.",
            rule="allowed_folder",
            value=given,
            limit=named,
            fix="Use a file there or a public https address, or ask the person to start the server with "
            "`--allow` and its folder.",
        )
