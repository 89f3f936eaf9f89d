"""Every command and every block of the skill runs as it is written, by a program without a terminal."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from pressroom.cli.skill.group import MAIN, packaged
from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.core.post import Attention, PostState
from pressroom.sandbox.samples import make_photo, make_poster, make_second_photo
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import PLAIN, environment, following
from tests.cli.conftest import Result, Shell
from tests.cli.planning import change, leave_in_doubt, sign_in
from tests.cli.processes import ended, environ
from tests.media.fixtures import Clip
from tests.slow import slow

PAGES = packaged()
POST, PROPOSAL, MEDIA = "3f8a1c0d", "9d2e4b6f", "17901234567890123"
_BLOCK = re.compile(r"^ *```(\w+)( person)?\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_ENDS = re.compile(r" +# ends with (\d+)$")
_EXPORT = re.compile(r"export (\w+)=(\w+)")
_SERVE = 'eval "$(pressroom sandbox serve --detach --env)"'


@dataclass(frozen=True)
class Block:
    """A block of a page. is_persons: a person runs it."""

    language: str
    is_persons: bool
    text: str


def blocks(page: str) -> Iterator[Block]:
    for language, person, text in _BLOCK.findall(PAGES[page]):
        yield Block(language, bool(person), text)


@dataclass
class Story:
    """Does what a page says, in its order. known: the ids that stand for those the page shows."""

    person: Shell
    program: Shell
    known: dict[str, str] = field(default_factory=dict[str, str])
    last: Result | None = None

    def tell(self, page: str) -> None:
        for block in blocks(page):
            match block.language:
                case "bash":
                    for line in block.text.splitlines():
                        self._do(line, self.person if block.is_persons else self.program)
                case "json":
                    self._hold(json.loads(block.text))
                case "csv":
                    Path("week.csv").write_text(block.text, encoding="utf-8")
                case _:
                    assert (page, block.language) == ("references/helpers.md", "python")

    def _do(self, line: str, shell: Shell) -> None:
        if line == _SERVE:
            self._serve()
            return
        if export := _EXPORT.fullmatch(line):
            self.program.environ[export[1]] = export[2]
            return
        ends = _ENDS.search(line)
        self.last = result = self.run(_ENDS.sub("", line), shell)
        assert result.code == (int(ends[1]) if ends else 0), (line, result)
        self._learn(result)
        for begins, meanwhile in MEANWHILE.items():
            if line.startswith(begins):
                meanwhile(self)

    def run(self, line: str, shell: Shell) -> Result:
        for shown, real in self.known.items():
            line = line.replace(shown, real)
        name, *args = shlex.split(line)
        assert name == "pressroom", line
        if shell is self.program:
            assert "--json" in args or args in (["--version"], ["sandbox", "stop"]), line
        return shell(*args, stdin="yes\n" if shell is self.person else "")

    def _learn(self, result: Result) -> None:
        """Note the ids that an answer names."""
        for text in (result.out, result.err):
            for name, shown in (("post_id", POST), ("proposal_id", PROPOSAL)):
                found = re.findall(rf'"{name}": "(\w+)"', text)
                self.known |= {shown: found[0]} if found else {}

    def _hold(self, shown: Any) -> None:
        """Hold the JSON of the page against the answer before it."""
        assert self.last
        assert_part(shown, json.loads(self.last.out or self.last.err), "answer")

    def _serve(self) -> None:
        """Start a sandbox in a process of its own, as the line does, and go on with what it exports."""
        said = ended("sandbox", "serve", "--detach", "--env", env=environ(self.program.home))
        exported = dict(re.findall(r"^export (\w+)=(.+)$", said.stdout, re.MULTILINE))
        assert exported.keys() >= {"INSTAGRAM_API_BASE", "INSTAGRAM_ACCESS_TOKEN", "INSTAGRAM_USER_ID"}
        there = replace(self.program, transport=None, clock=SYSTEM_CLOCK)
        self.program = replace(there, environ={**self.program.environ, **exported})
        self.person = replace(there, environ=exported, is_attended=True)


def assert_part(shown: Any, actual: Any, where: str) -> None:
    """Hold that whatever members a page shows are there, of the same type; words in capitals are literal."""
    if shown is None or actual is None:
        return
    assert type(shown) is type(actual), where
    if isinstance(shown, dict):
        for name, value in cast("dict[str, Any]", shown).items():
            assert name in actual, f"{where}.{name}"
            assert_part(value, actual[name], f"{where}.{name}")
    elif isinstance(shown, list):
        for one, other in zip(cast("list[Any]", shown), actual, strict=False):
            assert_part(one, other, where)
    elif not isinstance(shown, str) or re.fullmatch(r"\w+", shown):
        assert shown == actual or where.endswith("id"), where


@pytest.fixture
def settings() -> SandboxSettings:
    return SandboxSettings(fetch="trust", media=3, username="ana")


@pytest.fixture
def files(clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working folder has the files that the pages name."""
    monkeypatch.chdir(tmp_path)
    make_photo(tmp_path / "cat.jpg")
    make_second_photo(tmp_path / "dog.jpg")
    make_poster(tmp_path / "poster.png")
    (tmp_path / "clip.mov").write_bytes(clip("compliant").read_bytes())


@pytest.fixture
@slow("plays whole pages, processes included")
def story(account: Shell, store: None, sandbox: Sandbox, files: None) -> Iterator[Story]:
    """A person who signed in, and a program."""
    del store, files
    person = replace(account, is_attended=True)
    sign_in(person, "--tz", "Europe/Istanbul")
    person = replace(person, environ={})
    program = replace(person, environ={}, is_attended=False)
    told = Story(person, program, known={MEDIA: sandbox.media[0].id})
    yield told
    told.program("sandbox", "stop")


def in_doubt(story: Story) -> None:
    planned = story.person("schedule", "add", "photo", "cat.jpg", "--at", "+2h", "--json").json["post_id"]
    story.known[POST] = leave_in_doubt(story.person, planned)


def looked_in_vain(story: Story) -> None:
    """Let the worker have asked Instagram, and not have found out."""
    change(
        story.person,
        story.known[POST],
        state=PostState.NEEDS_ATTENTION,
        attention=Attention.OUTCOME_UNKNOWN,
    )


MEANWHILE: dict[str, Callable[[Story], None]] = {"pressroom queue reconcile": looked_in_vain}
LIVE = {"references/first-post.md": 1}
BEFORE: dict[str, Callable[[Story], None]] = {"references/lost-answer.md": in_doubt}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(story: Story, sandbox: Sandbox, page: str) -> None:
    """Nothing goes live but what a person let out on that page."""
    BEFORE.get(page, lambda _: None)(story)
    before = len(sandbox.media)
    if page != MAIN:  # whoever reads another has read that one, and done as it says
        story.program.environ["PRESSROOM_REQUIRE_TERMINAL"] = "1"
    story.tell(page)
    assert len(sandbox.media) - before == LIVE.get(page, 0)


@pytest.mark.usefixtures("files", "processes")
def test_the_python_of_the_helpers_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each goes live, and each answer has the members that the table shows."""
    (example,) = [block.text for block in blocks("references/helpers.md") if block.language == "python"]
    with served(PLAIN, time_factor=120) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(example, "helpers.md", "exec"), names)  # noqa: S102  # our own page
        kinds = [media.kind for media in sandbox.media]
    photo, converted, reel, both, unknown = names["results"]
    assert kinds == ["carousel", "reel", "photo"]
    for published in (photo, reel, both):
        assert list(published) == ["success", "id", "platform"]
    assert list(converted) == ["success", "output_path", "converted", "file_size_mb"]
    assert (unknown.keys(), unknown["success"]) == ({"success", "error"}, False)
    for member in {*photo, *converted, *unknown}:
        assert f'"{member}"' in PAGES["references/helpers.md"], member
