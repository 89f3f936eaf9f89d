"""Migrations: on a copy that replaces the file only when it checks out, by hand on a server."""

import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, NullPool, create_engine

from pressroom.core.errors import NotFound, Refused, StoreFailed, StoreRefused
from pressroom.core.post import Post
from pressroom.store.columns import SCHEMA, metadata, with_conditions
from pressroom.store.files import FileLock
from pressroom.store.history import OURS, History
from pressroom.store.location import locate
from pressroom.store.store import Store, open_store, upgrade_file
from pressroom.store.upkeep import Upgrade, backup, check, upgrade
from tests.fakes.clock import FakeClock
from tests.store.postgres import a_database
from tests.store.posts import changed, publishing, stored

NOW = OURS.newest
SOUND = 'op.add_column("posts", sa.Column("mood", sa.Text))'
LOSES_POSTS = 'op.execute("DELETE FROM assets")'
ORPHANS = "op.execute(\"UPDATE posts SET account = 'nobody'\")"
BREAKS_OFF = (
    "op.execute(\"ALTER TABLE posts ADD COLUMN mood TEXT\"); raise OSError(28, 'No space left on device')"
)


def later(where: Path, step: str = SOUND) -> History:
    """The history of a later release, whose one more revision does `step`."""
    shutil.copytree(OURS.scripts, where, ignore=shutil.ignore_patterns("__pycache__"))
    (where / "versions" / "later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        f'revision = "later"\ndown_revision = "{NOW}"\n\n\ndef upgrade() -> None:\n    {step}\n'
    )
    return History((*OURS.revisions, "later"), where)


@pytest.fixture
def path(tmp_path: Path, empty_file: Path) -> Path:
    """A store of this release."""
    return Path(shutil.copy(empty_file, tmp_path))


@pytest.fixture
def post(path: Path, clock: FakeClock) -> Post:
    with open_store(path, clock=clock) as store:
        return stored(store)


def names(path: Path) -> set[str]:
    return {found.name for found in path.parent.iterdir() if found.is_file()}


def test_an_older_file_is_migrated_when_it_is_opened_and_its_old_state_kept(
    path: Path, post: Post, clock: FakeClock, tmp_path: Path
) -> None:
    with open_store(path, clock=clock, history=later(tmp_path / "later")) as store:
        assert store.posts.get(post.id) == post
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("SELECT mood FROM posts").scalar() is None
    assert names(path) == {"pressroom.db", "pressroom.db.lock", f"pressroom.db.before-{NOW}"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with open_store(tmp_path / f"pressroom.db.before-{NOW}", clock=clock) as before:
        assert before.posts.get(post.id) == post


def test_what_only_the_log_holds_is_migrated_too(
    path: Path, post: Post, clock: FakeClock, tmp_path: Path
) -> None:
    """The last process was killed: the newest post never came into the file itself."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("UPDATE posts SET state = 'missed', wake_at = NULL, revision = 1")
        connection.commit()
        killed = tmp_path / "killed"
        killed.mkdir()
        for found in tmp_path.glob("pressroom.db*"):
            shutil.copy(found, killed)
    assert (killed / "pressroom.db-wal").stat().st_size > 0
    with open_store(killed / "pressroom.db", clock=clock, history=later(tmp_path / "later")) as store:
        assert store.posts.get(post.id).revision == 1


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (LOSES_POSTS, "assets had 1 rows and has 0"),
        (ORPHANS, "points at a missing row of accounts"),
        (BREAKS_OFF, "No space left on device"),
    ],
)
def test_a_migration_that_goes_wrong_leaves_the_file_as_it_was(
    path: Path, post: Post, clock: FakeClock, tmp_path: Path, *, step: str, why: str
) -> None:
    with pytest.raises(StoreFailed, match=why):
        open_store(path, clock=clock, history=later(tmp_path / "later", step))
    assert names(path) == {"pressroom.db", "pressroom.db.lock"}
    with open_store(path, clock=clock) as store:
        assert store.posts.get(post.id) == post


def test_a_migration_that_was_cut_short_is_begun_anew(
    path: Path, post: Post, clock: FakeClock, tmp_path: Path
) -> None:
    """The power failed: a half-written copy and an earlier kept file are there."""
    Path(f"{path}.migrating").write_bytes(b"half")
    Path(f"{path}.before-{NOW}").hardlink_to(path)
    with open_store(path, clock=clock, history=later(tmp_path / "later")) as store:
        assert store.posts.get(post.id) == post


def test_a_file_that_others_work_on_is_not_replaced_under_them(
    path: Path, clock: FakeClock, tmp_path: Path
) -> None:
    with open_store(path, clock=clock):
        with pytest.raises(StoreFailed, match="another process has it open") as failed:
            upgrade(path, history=later(tmp_path / "later"), wait_s=0)
        assert failed.value.retryable
    assert upgrade(path, history=History((*OURS.revisions, "later"), tmp_path / "later")).before == NOW


def test_what_another_process_has_made_ready_and_keeps_open_is_not_waited_for(path: Path) -> None:
    """Both found no store, or an older one: the second waited for the end of the first, and gave up."""
    lock = FileLock(path, wait_s=0)
    with open_store(path):
        assert upgrade_file(locate(str(path)), lock) is None
    lock.close()


def test_upgrading_says_what_was_done(path: Path, tmp_path: Path) -> None:
    assert upgrade(path) == Upgrade(before=NOW, after=NOW)
    done = upgrade(path, history=later(tmp_path / "later"))
    assert done == Upgrade(before=NOW, after="later", kept=Path(f"{path}.before-{NOW}"))
    with pytest.raises(StoreRefused, match="newer Pressroom"):
        upgrade(path)
    with pytest.raises(NotFound):
        upgrade(tmp_path / "nothing.db")
    assert not (tmp_path / "nothing.db").exists()


def test_an_older_server_store_waits_for_a_person(postgres: URL, tmp_path: Path) -> None:
    with a_database(postgres) as url:
        address, history = url.render_as_string(hide_password=False), later(tmp_path / "later")
        assert upgrade(address) == Upgrade(before=None, after=NOW)
        with pytest.raises(StoreRefused, match=f"revision {NOW}") as refusal:
            open_store(address, history=history)
        assert "pressroom db upgrade" in refusal.value.fix
        assert upgrade(address, history=history) == Upgrade(before=NOW, after="later")
        open_store(address, history=history).close()


def test_migrations_make_the_tables_that_the_program_uses(address: str) -> None:
    open_store(address).close()
    engine = create_engine(locate(address).url, poolclass=NullPool, connect_args=_search_path(address))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), with_conditions(metadata)) == []


def test_a_new_file_holds_what_the_migrations_make(tmp_path: Path) -> None:
    """The statements that make it are generated, and would else stay behind a new migration."""
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    open_store(made).close()
    open_store(migrated, history=replace(OURS, new_file=None)).close()
    own = ("store_identity", "store_place", "store_driven_at")
    assert [line for line in dumped(made) if not any(name in line for name in own)] == [
        line for line in dumped(migrated) if not any(name in line for name in own)
    ]


def test_a_later_release_migrates_a_new_file_to_its_own_revision(tmp_path: Path) -> None:
    path = tmp_path / "pressroom.db"
    open_store(path, history=later(tmp_path / "later")).close()
    assert "INSERT INTO \"alembic_version\" VALUES('later');" in dumped(path)


def dumped(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        # Another release of SQLAlchemy may set other blanks.
        return [" ".join(statement.split()) for statement in connection.iterdump()]


def _search_path(address: str) -> dict[str, str]:
    return {} if locate(address).is_sqlite else {"options": f"-c search_path={SCHEMA}"}


def test_the_program_knows_every_migration_in_order() -> None:
    scripts = ScriptDirectory(str(OURS.scripts))
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == OURS.revisions


def test_a_sound_store_has_no_findings(store: Store, address: str) -> None:
    post = stored(store)
    store.posts.save(publishing(post), post)
    assert check(address) == []


def test_posts_that_cannot_be_read_are_found(store: Store, address: str) -> None:
    post, other = stored(store), stored(store)
    with store.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE posts SET details = '{{}}' WHERE id = '{post.id}'")  # noqa: S608
    (finding,) = check(address)
    assert post.id in finding
    assert other.id not in finding


def test_a_send_that_nobody_would_look_after_is_found(store: Store, address: str) -> None:
    post = stored(store)
    sent = publishing(post)
    store.posts.save(sent, post)
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE posts SET state = 'failed', wake_at = NULL")
    (finding,) = check(address)
    assert "open send" in finding


def test_a_row_that_points_at_nothing_is_found(path: Path, post: Post) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE posts SET account = 'nobody'")
        connection.commit()
    assert check(path) == ["a row of posts points at a missing row of accounts"], post


def test_a_damaged_file_is_found(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) // 2))
    (finding,) = check(path)
    assert "damaged" in finding


def test_checking_changes_nothing(path: Path, tmp_path: Path) -> None:
    """Not an older store's tables, and nothing of another program's file."""
    empty = tmp_path / "empty.db"
    empty.touch()
    assert check(empty) == ["it is empty: nothing was ever stored"]
    assert empty.read_bytes() == b""
    (tmp_path / "notes.txt").write_text("no database")
    assert "not a database" in check(tmp_path / "notes.txt")[0]
    upgrade(path, history=later(tmp_path / "later"))
    with pytest.raises(StoreRefused, match="newer"):
        check(path)


def test_a_backup_is_a_store_of_its_own_and_taken_beside_a_writer(
    path: Path, post: Post, clock: FakeClock, tmp_path: Path
) -> None:
    target = tmp_path / "backups.db"
    with open_store(path, clock=clock) as store:
        store.posts.save(changed(post, problem="x"), post)
        backup(path, target)
        stored(store)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with open_store(target, clock=clock) as copy:
        assert copy.posts.get(post.id).problem == "x"
        assert sum(copy.posts.counts().values()) == 1


def test_a_backup_overwrites_nothing_and_leaves_nothing_half_done(path: Path, tmp_path: Path) -> None:
    (tmp_path / "there.db").write_text("precious")
    with pytest.raises(Refused, match="there already"):
        backup(path, tmp_path / "there.db")
    with pytest.raises(StoreFailed, match="No such file"):
        backup(path, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(NotFound):
        backup(tmp_path / "nothing.db", tmp_path / "copy.db")
    assert names(path) == {"pressroom.db", "there.db"}


def test_a_backup_follows_no_link_and_takes_over_no_file_that_others_may_read(
    path: Path, tmp_path: Path
) -> None:
    precious, away = tmp_path / "precious", tmp_path / "away"
    precious.write_text("precious")
    away.mkdir()
    for name, place in (
        ("copy.db", tmp_path / "nowhere"),
        ("copy.db.part", precious),
        ("there.db", precious),
    ):
        (away / name).symlink_to(place)
    for name in ("copy.db", "there.db"):
        with pytest.raises(Refused, match="there already"):
            backup(path, away / name)
    (away / "open.db.part").write_text("")
    (away / "open.db.part").chmod(0o666)
    (away / "copy.db").unlink()
    for name in ("copy.db", "open.db"):
        backup(path, away / name)
        assert stat.S_IMODE((away / name).lstat().st_mode) == 0o600
    assert (precious.read_text(), (tmp_path / "nowhere").exists()) == ("precious", False)


def test_a_server_is_backed_up_by_its_own_tools(shared_database: URL, tmp_path: Path) -> None:
    with pytest.raises(StoreRefused) as refusal:
        backup(shared_database.render_as_string(hide_password=False), tmp_path / "copy.db")
    assert "pg_dump --schema=pressroom" in refusal.value.fix
