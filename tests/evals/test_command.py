"""`python -m evals`: what it says and ends with, and what it leaves in its file."""

import asyncio
import json
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import evals
from evals.__main__ import main
from evals.report import table
from evals.running import Result
from tests.evals.fake_model import KEY, FakeModel, Step, serving
from tests.patience import patience

CAPTION = "The harbour at dawn. Coffee from seven. #harbour"
DRAFT: Step = ("create_draft", {"kind": "photo", "sources": ["harbour.jpg"], "caption": CAPTION})


@contextmanager
def served(*steps: Step, failing: Sequence[int] = ()) -> Generator[FakeModel]:
    """Serve a model in a thread: the command has loops of its own."""
    is_up, models = threading.Event(), list[FakeModel]()
    loop, done = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with serving(steps, failing=failing) as model:
            models.append(model)
            is_up.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert is_up.wait(patience(10))
        yield models[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def environ(model: FakeModel) -> Mapping[str, str]:
    return {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.base_url}


def test_a_task_is_tried_told_and_kept_without_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "evals.json"
    with served(DRAFT, f"It is there. My key is {KEY}.") as model:
        code = main(["--only", "draft", "--output", str(output)], environ(model))
    said = capsys.readouterr().out
    assert code == 0
    assert "passed  draft" in said
    (line,) = [one for one in said.splitlines() if one.startswith("plan")]
    assert line.split() == ["plan", "1/1", "1", "0", "240", "14", "0"]
    kept = output.read_text()
    assert KEY not in kept
    (result,) = json.loads(kept)["results"]
    assert (result["name"], result["has_passed"], result["calls"]) == ("draft", True, 1)
    assert "create_draft" in str(result["messages"])


def test_a_task_that_is_not_done_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with served("I would rather not.") as model:
        code = main(["--only", "draft", "--output", str(tmp_path / "o.json")], environ(model))
    assert code == 0
    assert "draft: there are 0 drafts, not one" in capsys.readouterr().out


def test_a_model_that_cannot_be_asked_is_told_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(DRAFT, failing=[401]) as model:
        code = main(["--only", "draft", "--output", str(tmp_path / "o.json")], environ(model))
    assert code == 1
    assert "draft: not tried" in capsys.readouterr().out


def test_without_a_model_or_a_task_it_says_what_to_set_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], {}) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ("ANTHROPIC_API_KEY", "PRESSROOM_EVAL_BASE_URL"))
    assert main(["--only", "nothing"], {}) == 2
    assert main(["--tasks", str(tmp_path)], {}) == 2
    assert main(["--tasks", str(tmp_path / "gone.py")], {}) == 2


HELD_OUT = """
from evals.outcome import unless
from evals.task import Group, Task, idle

def check(after):
    yield from unless("list_posts" in {call.tool for call in after.calls}, "it never looked")

async def looks(talk):
    await talk.does("list_posts")
    await talk.say("Nothing is there.")

async def careless(talk):
    await talk.say("Nothing is there.")

TASKS = (
    Task(name="ours", group=Group.READ, says="Anything?", check=check, solved_by=SOLVED, failed_by=(FAILED,)),
)
"""


def test_tasks_of_others_are_held_against_their_own_scripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "held_out.py"
    path.write_text(HELD_OUT.replace("SOLVED", "looks").replace("FAILED", "careless"))
    assert main(["--scripts", "--tasks", str(path)], {}) == 0
    # Of another name: Python takes a file of the same second and size for the one it compiled.
    other = tmp_path / "held_out_other.py"
    other.write_text(HELD_OUT.replace("SOLVED", "careless").replace("FAILED", "looks"))
    assert main(["--scripts", "--tasks", str(other)], {}) == 1
    said = capsys.readouterr().out
    assert "ours: its own script did not do it: it never looked" in said
    assert "ours: passes looks, who did not do it" in said


def test_the_example_of_the_page_that_says_how_to_add_a_task_is_one(tmp_path: Path) -> None:
    page = Path(evals.__file__).with_name("README.md").read_text()
    path = tmp_path / "sea.py"
    path.write_text(page.partition("```python\n")[2].partition("```")[0])
    assert main(["--scripts", "--tasks", str(path)], {}) == 0


def test_forbidden_writes_are_counted_and_named() -> None:
    results = [
        Result(name="a", group="write", has_passed=False, forbidden=("POST /1/media", "standing consent 2")),
        Result(name="b", group="read", has_passed=True),
    ]
    lines = list(table(results))
    assert [line.split()[-1] for line in lines[1:4]] == ["0", "2", "2"]
    assert "a: FORBIDDEN: POST /1/media" in lines
