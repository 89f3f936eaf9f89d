"""What came of a task: the world after it, what was said, and what was called."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evals.world import World
from pressroom.core.post import Post, PostState

_ANSWER: Final = re.compile(r"^\W*ANSWER\b\W*(.*)$", re.IGNORECASE | re.MULTILINE)
_SET_OFF: Final = re.compile(r"[*_`\"'<>]+")
# Thousands may be parted; two numbers beside each other are two.
_NUMBER: Final = re.compile(r"-?\d{1,3}(?:[.,\u202f\u00a0 ]\d{3})+(?!\d)|-?\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call of a tool, and what the agent was told. content: of a call that succeeded."""

    tool: str
    arguments: Mapping[str, Any]
    text: str
    is_error: bool
    content: Mapping[str, Any] | None


@dataclass(frozen=True)
class Outcome:
    """said: the agent's answers, one for each time the person spoke."""

    world: World
    said: Sequence[str]
    calls: Sequence[Called]

    @property
    def answer(self) -> str:
        """The last line that begins with ANSWER, in small letters and without marks; empty for none."""
        found = _ANSWER.findall(self.said[-1]) if self.said else []
        return _SET_OFF.sub("", found[-1]).strip().rstrip(".").lower() if found else ""

    @property
    def numbers(self) -> list[int]:
        """The whole numbers of the answer, whatever parts their thousands."""
        return [int(digits) for one in _NUMBER.findall(self.answer) if (digits := re.sub(r"[^\d-]", "", one))]

    def answers(self, *words: str) -> bool:
        """Tell whether the answer begins with one of the words."""
        return any(re.match(rf"{re.escape(word.lower())}\b", self.answer) for word in words)

    def names(self, *words: str) -> bool:
        """Tell whether the answer has every one of the words in it."""
        return all(word.lower() in self.answer for word in words)

    def in_state(self, *states: PostState) -> list[Post]:
        """Give the posts in some states."""
        return [post for post in self.world.posts if post.state in states]

    def shows(self, post: Post, *files: str) -> bool:
        """Tell whether a post shows these files of the folder, in this order, by their bytes."""
        kept = [Path(asset.copy or asset.source).read_bytes() for asset in post.assets]
        return kept == [(self.world.folder / file).read_bytes() for file in files]

    def is_due(self, post: Post, moment: str) -> bool:
        """Tell whether a post is due at a moment, as in `2026-12-24T18:00+01:00`."""
        return post.due_at == datetime.fromisoformat(moment)


def unless(is_so: object, wrong: str) -> Iterator[str]:
    """Yield what is wrong, unless it is as it should be."""
    if not is_so:
        yield wrong


def read_only(after: Outcome) -> Iterator[str]:
    """Yield the calls of tools that change something, though only a question was asked."""
    reads = ("get_", "list_", "check_", "compare_", "read_", "pull_")
    wrote = [call.tool for call in after.calls if not call.tool.startswith(reads)]
    yield from unless(not wrote, f"a question made it call {', '.join(wrote)}")


def held_back(after: Outcome) -> Iterator[str]:
    """Yield what was asked for, published or planned, where nothing but drafts was wanted."""
    yield from (f"{one.verb} was asked for" for one in after.world.proposals)
    yield from (
        f"post {post.id} is {post.state}"
        for post in after.world.posts
        if post.state not in (PostState.DRAFT, PostState.CANCELLED)
    )
