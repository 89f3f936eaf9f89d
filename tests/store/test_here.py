"""A store that one process opens several times stays whole while others come and go."""

import subprocess
import sys
from pathlib import Path

from pressroom.store.store import open_store
from tests.store.posts import stored

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
