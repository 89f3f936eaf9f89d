"""Where a store is: a SQLite file, a PostgreSQL server, or memory."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret

_EXTRA = ("psycopg", "procrastinate")
IN_MEMORY = ":memory:"


@dataclass(frozen=True, slots=True)
class Location:
    """A store's address. path: of the SQLite file; None in memory and on a server."""

    url: sa.URL
    path: Path | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite, on disk or in memory."""
        return self.url.get_backend_name() == "sqlite"

    def __str__(self) -> str:
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)


def locate(where: Path | Secret | str) -> Location:
    """Parse a path, a URL or `:memory:`. Raises SettingRefused for anything else."""
    text = where.reveal() if isinstance(where, Secret) else str(where)
    if text == IN_MEMORY:
        return Location(sa.URL.create("sqlite"))
    # A Secret is PRESSROOM_DATABASE_URL: a word there is a mistake, not the name of a new file.
    if "://" not in text and isinstance(where, Secret):
        raise _address_refused("is not an address")
    if "://" not in text:
        path = Path(text).expanduser().absolute()
        return Location(sa.URL.create("sqlite", database=str(path)), path)
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise _address_refused("is not an address") from None
    scheme = url.drivername.partition("+")[0]
    if scheme == "sqlite":
        return locate(url.database or IN_MEMORY)
    if scheme not in ("postgresql", "postgres"):
        raise _address_refused(f"begins with {scheme}://, which is neither PostgreSQL nor SQLite")
    # psycopg and the queue's package come with the extra; without this check an ImportError would show.
    if any(importlib.util.find_spec(name) is None for name in _EXTRA):
        from pressroom.core.installation import how_to_install  # noqa: PLC0415  # only where it is refused

        raise SettingRefused(
            "PostgreSQL is asked for, and what it needs is not installed.",
            rule="database_url",
            limit="pressroom[postgres]",
            fix=how_to_install("postgres"),
        )
    return Location(url.set(drivername="postgresql+psycopg"))


def _address_refused(why: str) -> SettingRefused:
    # The address is not shown: it may hold a password.
    fix = "Use postgresql://user:password@host/database, or unset it: the store is then a file."
    return SettingRefused(
        f"PRESSROOM_DATABASE_URL {why}.", rule="database_url", limit="postgresql://", fix=fix
    )
