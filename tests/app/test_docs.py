"""What the README and the how-to show of the helpers runs as it is written."""

import asyncio
import inspect
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import pressroom
from pressroom.publish.validation import validate
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.accounts.accounts import AccountService
from pressroom.service.consent.approvals import ApprovalService
from pressroom.service.consent.keys import KeyService
from pressroom.service.consent.pages import PageService
from pressroom.service.consent.requests import RequestService
from pressroom.service.insights.service import InsightService
from pressroom.service.posts.feeds import FeedService
from pressroom.service.posts.media import MediaService
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.uploads import UploadService
from pressroom.service.reports.reports import ReportService
from pressroom.service.work.work import WorkService
from tests.app.serving import served
from tests.app.world import PLAIN, environment, following

pytestmark = pytest.mark.usefixtures("long_run")

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto" / "helpers.md"
APPROVALS = ROOT / "docs" / "howto" / "approvals.md"
LIBRARY = ROOT / "docs" / "howto" / "library.md"
SUBJECTS: dict[str, type] = {
    "posts": PostService,
    "accounts": AccountService,
    "media": MediaService,
    "uploads": UploadService,
    "insights": InsightService,
    "reports": ReportService,
    "work": WorkService,
    "keys": KeyService,
    "feeds": FeedService,
    "requests": RequestService,
    "approvals": ApprovalService,
    "pages": PageService,
}


def python_blocks(path: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    """The sandbox of the environment, and a directory with the picture that the examples publish."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (640, 640), "teal").save("cat.png")
    with served(PLAIN, time_factor=15) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield sandbox


def run(sandbox: Sandbox, source: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    with following(sandbox.clock):
        exec(compile(source, "docs", "exec"), names)  # noqa: S102  # our own docs
    return names


def test_the_readmes_example_publishes_a_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    run(sandbox, python_blocks(ROOT / "README.md")[0])
    assert [media.kind for media in sandbox.media] == ["photo"]
    assert f"'id': '{sandbox.media[0].id}'" in capsys.readouterr().out


@pytest.mark.parametrize("page", [ROOT / "README.md", HOWTO])
def test_the_examples_say_what_is_wrong_where_there_is_no_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str], page: Path
) -> None:
    """Whoever copies them has no `cat.png`."""
    Path("cat.png").unlink()
    run(sandbox, python_blocks(page)[0])
    assert "cat.png does not exist" in capsys.readouterr().out


def test_the_how_tos_example_publishes_one_of_each(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    run(sandbox, python_blocks(HOWTO)[0])
    assert [media.kind for media in sandbox.media] == ["carousel", "reel", "photo"]
    assert capsys.readouterr().out.count("'success': True") == 3


def test_the_web_app_is_quoted_word_for_word() -> None:
    assert python_blocks(HOWTO)[1] in (ROOT / "examples" / "fastapi_app.py").read_text(encoding="utf-8")


def test_one_connection_serves_many_calls(sandbox: Sandbox) -> None:
    main = run(sandbox, python_blocks(HOWTO)[2])["main"]
    with following(sandbox.clock):
        answers = asyncio.run(main(["17900000000000001", "17900000000000002"]))
    assert [answer.keys() for answer in answers] == [{"success", "error"}] * 2


def test_a_call_with_a_key_is_shown_to_be_safe_to_repeat(sandbox: Sandbox) -> None:
    first, again = run(sandbox, python_blocks(HOWTO)[3])["results"]
    assert first == again == {"success": True, "id": sandbox.media[0].id, "platform": "instagram"}
    assert len(sandbox.media) == 1


def test_the_librarys_example_publishes_a_picture(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    example = python_blocks(LIBRARY)[0]
    assert python_blocks(ROOT / "README.md")[1] == example
    run(sandbox, example)
    assert [media.kind for media in sandbox.media] == ["photo"]
    assert sandbox.media[0].permalink_path in capsys.readouterr().out


def test_the_librarys_posts_are_what_instagram_takes() -> None:
    names: dict[str, Any] = {}
    exec(compile(python_blocks(LIBRARY)[1], LIBRARY.name, "exec"), names)  # noqa: S102  # our own docs
    for name in ("photo", "reel", "both"):
        assert validate(names[name]) == []


def test_the_librarys_example_of_each_subject_does_what_it_says(sandbox: Sandbox) -> None:
    """One after another, as somebody would who tries them all."""
    names = examples_of(LIBRARY)
    subjects = ("plan", "give_a_time", "sign_in", "plan_by_week", "make_acceptable", "send_and_use")
    subjects += ("measure", "look_after")

    async def main() -> dict[str, Any]:
        found = dict[str, Any]()
        for subject in subjects:
            async with pressroom.Pressroom(clock=sandbox.clock) as opened:
                found[subject] = await names[subject](opened)
        return found

    found = asyncio.run(main())
    assert found["plan"].state == "cancelled"
    assert found["give_a_time"] == (1, 2, True)
    # As it is stored, and as the environment has it.
    assert found["sign_in"] == [("ana", "works", None)] * 2
    free, due = found["plan_by_week"]
    assert free == due
    assert found["send_and_use"].assets[0].source == "cat.png"
    assert (found["make_acceptable"], found["measure"], found["look_after"]) == (
        (Path("cat.jpg"), []),
        {},
        (),
    )


def test_what_a_program_plans_goes_out_once_a_person_approved_it(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    example = python_blocks(APPROVALS)[0]
    decide = examples_of(APPROVALS)["decide"]

    async def main() -> None:
        async with pressroom.Pressroom(clock=sandbox.clock) as opened:
            await decide(opened)

    for _ in range(2):
        run(sandbox, example)
    asyncio.run(main())
    run(sandbox, example)
    first, again, last = capsys.readouterr().out.splitlines()
    assert first == again
    assert (first.split()[0], last.split()[0]) == ("waiting", "scheduled")


def examples_of(page: Path) -> dict[str, Any]:
    """Run a page's functions into being; they take the names of `pressroom` and of the blocks above."""
    names: dict[str, Any] = {name: getattr(pressroom, name) for name in pressroom.__all__}
    for block in python_blocks(page):
        if "(pressroom: Pressroom)" in block:
            exec(compile(block, page.name, "exec"), names)  # noqa: S102  # our own docs
    return names


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_library_page_names_every_method_and_parameters_that_there_are(subject: str) -> None:
    calls = re.findall(r"`([a-z_.]+)(?:\(([^`]*)\))?`", "".join(rows_of(subject)))
    assert {name.partition(".")[0] for name, _ in calls} == public_names_of(subject)
    for name, given in calls:
        named = set(re.findall(r"(?:^|, )\*{0,2}(\w+)", given))
        method = getattr(SUBJECTS[subject], name, None)
        assert not named or not method or named <= set(inspect.signature(method).parameters), name


def test_the_library_page_has_a_table_of_every_subject() -> None:
    page = LIBRARY.read_text(encoding="utf-8")
    assert re.findall(r"^### .*: `pressroom\.(\w+)`$", page, re.MULTILINE) == list(SUBJECTS)


def rows_of(subject: str) -> list[str]:
    """Give the first cells of a subject's table."""
    page = LIBRARY.read_text(encoding="utf-8")
    part = re.split("^##", page.partition(f": `pressroom.{subject}`\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return [line.split(" | ")[0] for line in part.splitlines() if line.startswith("| `")]


def public_names_of(subject: str) -> set[str]:
    return {name for name in dir(SUBJECTS[subject]) if not name.startswith("_")} - {"carriers"}


def test_the_lifespan_is_quoted_word_for_word() -> None:
    example = (ROOT / "examples" / "fastapi_store.py").read_text(encoding="utf-8")
    assert python_blocks(LIBRARY)[-1] in example
