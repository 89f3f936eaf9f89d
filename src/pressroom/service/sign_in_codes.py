"""One-use codes by which a person signs in to our pages; only their hashes are kept, and for a short time.

They are files of the data directory, since a code is for the page that is served from it, and for nothing
that shares its store: docs/decisions/0025.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

LIVES: Final = timedelta(minutes=10)
"""How long a code can be used."""

_CODE_BYTES: Final = 24
_BETWEEN: Final = "-"


def hash_of(code: str) -> str:
    """Return the hash of a code, 64 hex digits."""
    return hashlib.sha256(code.encode()).hexdigest()


class SignInCodes:
    """The codes of one data directory. directory: theirs, made when it is first needed.

    Each is an empty file, named by its hash and the second until which it can be used, so that it is there
    whole or not at all.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def mint(self, now: datetime) -> str:
        """Make a code that can be used once, within `LIVES`. Raises OSError where its hash cannot be kept."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for one in self._kept():
            if not _is_young(one, now):
                one.unlink(missing_ok=True)
        code = secrets.token_urlsafe(_CODE_BYTES)
        ends_at = int((now + LIVES).timestamp())
        (self._directory / f"{hash_of(code)}{_BETWEEN}{ends_at}").touch(mode=0o600)
        return code

    def use(self, code: str, now: datetime) -> bool:
        """Use a code up; False for one that is unknown, used or too old."""
        wanted = hash_of(code)
        found = [one for one in self._kept() if hmac.compare_digest(one.name.partition(_BETWEEN)[0], wanted)]
        if not found or not _is_young(found[0], now):
            return False
        try:
            # Of two requests with the same code one deletes it, and only that one is let in.
            found[0].unlink()
        except FileNotFoundError:
            return False
        return True

    def drop_all(self) -> None:
        """Delete all codes: those of a server that has ended are for nothing any more."""
        for one in self._kept():
            one.unlink(missing_ok=True)

    def _kept(self) -> list[Path]:
        try:
            return [one for one in self._directory.iterdir() if one.name.isascii()]
        except FileNotFoundError:
            return []


def _is_young(path: Path, now: datetime) -> bool:
    ends_at = path.name.partition(_BETWEEN)[2]
    # A clock that was set back would else make a code live longer than it was said.
    return ends_at.isdigit() and 0 < int(ends_at) - now.timestamp() <= LIVES.total_seconds()
