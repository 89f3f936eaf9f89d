"""`pressroom watch`, as processes of its own: the state, then each change that another process makes."""

import json
import signal
from collections.abc import Generator, Sequence
from pathlib import Path
from subprocess import Popen

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostId, PostState
from pressroom.store.store import Store, open_store
from tests.cli.processes import ended, environ, running
from tests.cli.shapes import assert_documented
from tests.patience import patience
from tests.store.posts import a_post, after, changed

pytestmark = pytest.mark.usefixtures("processes")


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    """A store with a post of each of two accounts."""
    with open_store(tmp_path / "pressroom.db") as opened:
        for name in ("ana", "ben"):
            opened.posts.add(a_post(id=PostId(f"{name}1"), account=name, due_at=after(9 * 86_400)))
        yield opened


def let_happen(store: Store, *steps: str, post: str = "ana1", text: str = "Made.") -> None:
    for step in steps:
        store.events.append(JournalEvent(subject_id=post, at=after(0), step=step, text=text))


def lines(process: "Popen[str]", count: int) -> Sequence[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def test_a_person_sees_the_state_and_then_each_change_until_ctrl_c(tmp_path: Path, store: Store) -> None:
    with running("watch", "--account", "ana", env=environ(tmp_path)) as watching:
        assert watching.stderr is not None
        assert lines(watching, 2)[1] == "Posts: 2 scheduled."
        let_happen(store, "1", post="ben1")
        let_happen(store, "2", text="Says \x1b[31mred\nand more.")
        post = store.posts.get(PostId("ana1"))
        store.posts.save(changed(post, state=PostState.PREPARING), post)
        *_, said, changed_to = lines(watching, 3)
        assert said == r"12:00:00  ana  ana1  Says \u001b[31mred and more."
        assert changed_to[8:] == "  ana  ana1  Changed: state preparing."
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=patience(30)) == ExitCode.INTERRUPTED
        assert watching.stderr.read() == ""


def test_a_program_gets_an_object_a_line_and_goes_on_where_it_was(tmp_path: Path, store: Store) -> None:
    env = environ(tmp_path)
    with running("watch", "--json", env=env) as watching:
        (begun,) = map(json.loads, lines(watching, 1))
        assert_documented("watch", begun)
        let_happen(store, "1", "2")
        first, second = map(json.loads, lines(watching, 2))
        assert_documented("watch change", first)
        assert (first["step"], first["account"], second["step"]) == ("1", "ana", "2")
    with running("watch", "--json", "--after", first["id"], env=env) as watching:
        assert list(map(json.loads, lines(watching, 1))) == [second]
        assert watching.stdout is not None
        watching.stdout.close()
        let_happen(store, "3", "4")
        assert watching.wait(timeout=patience(30)) == ExitCode.DONE
    store.events.delete_before(after(86_400))
    refused = ended("watch", "--json", "--after", first["id"], env=env)
    assert refused.returncode == ExitCode.REFUSED
    assert json.loads(refused.stderr)["error"]["rule"] == "cursor"
