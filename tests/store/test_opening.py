"""Where a store may be, what is made of it, and what is refused in plain words.

A store that one process opens several times stays whole while others come and go.
"""

import sqlite3
import stat
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, NullPool, column, create_engine, table, text, update

from pressroom.core.errors import NotFound, Refused, SettingRefused, StoreFailed, StoreRefused
from pressroom.core.post import PostId
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.store.database import PRAGMAS
from pressroom.store.failures import failure
from pressroom.store.history import OURS
from pressroom.store.location import locate
from pressroom.store.posts import _BY_ID  # pyright: ignore[reportPrivateUsage]
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.no_files import no_further_files
from tests.patience import patience
from tests.store.postgres import a_database
from tests.store.posts import a_post, stored


def test_a_file_is_made_with_its_directory_and_only_its_user_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "home" / "pressroom.db"
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_stored_is_there_when_the_store_is_opened_again(address: str, clock: FakeClock) -> None:
    with open_store(address, clock=clock) as store:
        post = stored(store)
    with open_store(address, clock=clock) as again:
        assert again.posts.get(post.id) == post


def test_every_connection_to_a_file_has_the_pragmas_that_survive_a_power_cut(file: Store) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "fullfsync": 1,
        "checkpoint_fullfsync": 1,
        "foreign_keys": 1,
        "busy_timeout": 15_000,
    }
    assert expected == PRAGMAS
    with file.database.reading() as one, file.database.reading() as two:
        for connection in (one, two):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
            assert found == expected


def test_a_server_is_asked_to_survive_a_power_cut_whatever_its_default(shared_database: URL) -> None:
    with open_store(shared_database.render_as_string(hide_password=False)) as store:
        with store.database.writing() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
            assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"
        assert store.is_shared


def test_a_server_that_is_gone_without_a_word_is_noticed_soon(shared_database: URL) -> None:
    """The system would wait for two hours before it asks, and then for a quarter of one."""
    address = shared_database.render_as_string(hide_password=False)
    with open_store(address) as store, store.database.reading() as connection:
        held = connection.connection.driver_connection
        assert isinstance(held, psycopg.Connection)
        told = held.info.get_parameters()
    idle_s, interval_s, count = (int(told[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle_s + interval_s * count <= 30
    assert int(told["tcp_user_timeout"]) <= 30_000


def test_a_store_in_memory_is_gone_when_it_is_closed(clock: FakeClock) -> None:
    with open_store(":memory:", clock=clock) as store:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(store.posts.add, [a_post() for _ in range(20)]))
        assert sum(store.posts.counts().values()) == 20
    with open_store(":memory:", clock=clock) as again:
        assert again.posts.counts() == {}


@pytest.mark.usefixtures("processes")
def test_processes_that_open_a_new_store_at_the_same_moment_make_it_once(tmp_path: Path) -> None:
    code = "import sys; from pressroom.store.store import open_store; open_store(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, str(tmp_path / "pressroom.db")]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(3)]
    assert [process.communicate()[1] for process in running] == [b""] * 3


def test_threads_that_open_a_new_server_store_at_the_same_moment_make_it_once(postgres: URL) -> None:
    with a_database(postgres) as url, ThreadPoolExecutor(3) as threads:
        address = url.render_as_string(hide_password=False)
        for store in threads.map(open_store, [address] * 3):
            store.close()


def test_the_room_stands_beside_other_tables_of_a_shared_server(postgres: URL) -> None:
    with a_database(postgres) as url:
        engine = create_engine(url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE posts (theirs int)"))
            connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        with open_store(url.render_as_string(hide_password=False)) as store:
            stored(store)
        with engine.begin() as connection:
            assert connection.execute(text("SELECT count(*) FROM public.posts")).scalar() == 0


def test_writers_of_two_processes_wait_for_each_other(file: Store, tmp_path: Path) -> None:
    """Another process holds the file's lock for a moment; a write that meets it is carried out after it."""
    with closing(sqlite3.connect(tmp_path / "pressroom.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as thread:
            added = thread.submit(file.posts.add, a_post())
            file.posts.counts()  # readers do not wait
            assert not added.done()
            other.execute("COMMIT")
            assert added.result().post


@pytest.fixture
def other_program(tmp_path: Path) -> Path:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    return path


def test_another_programs_database_is_refused_and_left_as_it_is(other_program: Path) -> None:
    before = other_program.read_bytes()
    with pytest.raises(StoreRefused, match="another program's tables"):
        open_store(other_program)
    assert other_program.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, this is no database.")
    with pytest.raises(StoreRefused, match="not a database"):
        open_store(path)
    assert path.read_text().startswith("Dear diary")


def test_a_newer_programs_store_is_refused_with_the_way_out(address: str, clock: FakeClock) -> None:
    open_store(address, clock=clock).close()
    engine = create_engine(locate(address).url, poolclass=NullPool)
    schema = None if engine.dialect.name == "sqlite" else "pressroom"
    versions = table("alembic_version", column("version_num"), schema=schema)
    with engine.begin() as connection:
        connection.execute(update(versions).values(version_num="9999"))
    try:
        with pytest.raises(StoreRefused, match="newer Pressroom") as refusal:
            open_store(address, clock=clock)
        assert "Upgrade this program" in refusal.value.fix
    finally:
        with engine.begin() as connection:
            connection.execute(update(versions).values(version_num=OURS.newest))


def test_a_directory_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed, match="its directory is a file"):
        open_store(tmp_path / "file" / "pressroom.db")
    with pytest.raises(StoreFailed, match="Is a directory"):
        open_store(tmp_path)


def test_a_file_that_may_only_be_read_is_said_plainly(file: Store) -> None:
    with file.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA query_only = on")
    with pytest.raises(StoreFailed, match="only be read"):
        file.posts.add(a_post())


def test_a_disk_that_is_full_is_said_plainly_and_nothing_is_half_kept(file: Store) -> None:
    """A file that may have no more pages behaves as one on a full disk."""
    with file.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    posts = [(a_post(), "") for _ in range(500)]
    with pytest.raises(StoreFailed, match="disk is full") as failed:
        file.posts.add_all(posts)
    assert failed.value.retryable
    assert file.posts.counts() == {}


def test_a_server_that_is_not_there_is_said_plainly_and_no_password_is_shown() -> None:
    address = Secret("postgresql://someone:hunter2@127.0.0.1:1/nothing")
    with pytest.raises(StoreFailed, match="cannot be reached") as failed:
        open_store(address)
    assert failed.value.retryable
    assert "hunter2" not in str(failed.value) + repr(failed.value.__cause__) + str(locate(address))


@pytest.mark.parametrize("address", ["mysql://x/y", "postgresql://h:port/d", "://"])
def test_an_address_of_another_kind_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_DATABASE_URL") as refusal:
        locate(address.replace("//", "//user:hunter2@"))
    assert "hunter2" not in str(refusal.value)


def test_a_word_of_the_environment_is_not_taken_for_a_new_file() -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_DATABASE_URL is not an address"):
        locate(Secret("db.example.com/pressroom"))


def test_urls_of_files_are_understood(tmp_path: Path) -> None:
    assert locate(f"sqlite:///{tmp_path}/a.db").path == tmp_path / "a.db"
    assert locate(tmp_path / "odd?name#.db").path == tmp_path / "odd?name#.db"
    open_store(tmp_path / "odd?name#.db").close()
    assert (tmp_path / "odd?name#.db").exists()


def test_the_settings_say_where_the_store_is(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).store == tmp_path / "pressroom.db"
    environ = {"PRESSROOM_DATABASE_URL": "postgresql://u:hunter2@h/d"}
    settings = settings_from_environment(environ, default_home=tmp_path)
    assert isinstance(settings.store, Secret)
    assert "hunter2" not in repr(settings)


class _ServerError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("secret prose")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "words", "retryable"),
    [
        (None, "cannot be reached", True),
        ("08006", "cannot be reached", True),
        ("25006", "only be read", True),
        ("28P01", "refused the sign-in", False),
        ("3D000", "is not there", False),
        ("40P01", "interrupted", True),
        ("42501", "does not let this user", False),
        ("53100", "disk is full", True),
        ("53200", "no memory", True),
        ("53300", "no room for another connection", True),
        ("55P03", "locked", True),
        ("57P01", "interrupted", True),
        ("99999", "could not do that", False),
    ],
)
def test_a_servers_error_is_told_by_its_code(state: str | None, words: str, retryable: bool) -> None:
    said = failure(_ServerError(state))
    assert words in said.message
    assert said.retryable is retryable
    assert "secret prose" not in str(said)
    assert said.fix


def test_a_file_that_may_not_be_opened_for_now_is_asked_again(tmp_path: Path) -> None:
    with open_store(tmp_path / "pressroom.db") as store:
        store.database.engine.dispose()
        with no_further_files(), pytest.raises(StoreFailed, match="cannot be opened") as caught:
            store.posts.counts()
        assert caught.value.retryable
        assert "ulimit -n" in caught.value.fix
        assert not store.posts.counts()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE])
def test_a_full_disk_is_not_said_to_have_failed(code: int) -> None:
    """The log's shared memory is a file of its own, and cannot grow on a full disk either."""
    error = sqlite3.OperationalError("secret prose")
    error.sqlite_errorcode = code
    said = failure(error)
    assert ("disk is full" in said.message, "secret prose" in str(said)) == (True, False)


def test_the_core_does_not_load_the_database() -> None:
    code = (
        "import sys; before = set(sys.modules);"  # what measures branches loads sqlite3
        "import pressroom, pressroom.core.stored_posts, pressroom.core.errors, pressroom.store;"
        "print(sorted({'sqlalchemy', 'alembic', 'sqlite3', 'psycopg'} & (set(sys.modules) - before)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == "[]"


_OPENS = """
import sys
from pathlib import Path
from pressroom.store.store import open_store
open_store(Path(sys.argv[1])).close()
print([name for name in sys.modules if name.startswith("sqlalchemy.dialects.postgresql")])
"""


@pytest.mark.usefixtures("processes")
def test_a_file_that_is_there_is_opened_without_the_dialect_of_the_server(tmp_path: Path) -> None:
    """It would cost each command 40 ms."""
    path = tmp_path / "pressroom.db"
    open_store(path).close()
    ran = subprocess.run(
        [sys.executable, "-c", _OPENS, path], capture_output=True, text=True, check=True, timeout=patience(30)
    )
    assert ran.stdout == "[]\n"


VISIT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM posts").fetchone()
connection.close()
"""


def test_opening_it_once_more_does_not_let_another_process_take_its_log_away(tmp_path: Path) -> None:
    """SQLite removes the log when the last connection closes, and knows the others by their locks alone."""
    path = tmp_path / "pressroom.db"
    with open_store(path) as store:
        post = stored(store)
        with open_store(path):
            pass
        subprocess.run([sys.executable, "-c", VISIT, str(path)], check=True)
        assert Path(f"{path}-wal").exists()
        assert store.posts.get(post.id) == post


def test_a_store_that_is_closed_is_looked_at_again_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "pressroom.db"
    open_store(path).close()
    path.unlink()
    with open_store(path) as store:
        assert store.posts.counts() == {}


def test_what_the_driver_refuses_to_read_is_told_like_any_other_failure(store: Store) -> None:
    """Frequent queries go to it as they are, and its own errors hold their parameters."""
    with pytest.raises(Refused, match="no character"):
        store.posts.get(PostId("\ud800"))
    with pytest.raises(Refused if store.is_shared else NotFound):
        store.posts.get(PostId("\0"))
    post_id = PostId("ab" * 16)
    with store.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE assets RENAME TO others")
    try:
        with pytest.raises(StoreFailed) as failed:
            store.posts.get(post_id)
    finally:
        with store.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE others RENAME TO assets")
    assert post_id not in "".join(traceback.format_exception(failed.value))


def test_a_connection_that_is_cut_while_it_reads_is_told_once_and_replaced(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    if not store.is_shared:
        return

    def read_and_be_cut() -> None:
        with store.database.reading() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            with store.database.writing() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
            _BY_ID.rows(connection, {"id": "a"})

    with pytest.raises(StoreFailed, match="was interrupted"):
        read_and_be_cut()
    with pytest.raises(NotFound):
        store.posts.get(PostId("a"))
    assert caplog.text == ""
