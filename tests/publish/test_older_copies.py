"""An older copy of a store publishes nothing that a newer copy has published: docs/decisions/0031."""

import os
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from pressroom.core.post import Attention, PostId, PostKind, PostOptions, PostState
from tests.publish.durable_world import World
from tests.publish.older_copies import (
    DAY_S,
    DUE_IN_S,
    HOUR_S,
    MINUTE_S,
    Case,
    Copies,
    Moment,
    Stage,
    published,
)

AGES_S = (30.0, 4 * MINUTE_S, 6 * MINUTE_S, HOUR_S, DAY_S)
COMMENTED = (PostKind.PHOTO, PostKind.REEL, PostKind.CAROUSEL)
# `make attack` plays all moments of all rounds on both stores; else one moment of some.
PLAYS_ALL = "PRESSROOM_TEST_OLDER_COPIES" in os.environ


class Round(NamedTuple):
    """One way in which an older copy is started."""

    case: Case
    kind: PostKind
    age_s: float
    is_logged: bool
    is_marked: bool

    @property
    def luck(self) -> Random:
        """The same in each run."""
        return Random(repr(self))  # noqa: S311

    @property
    def moments(self) -> list[Moment]:
        """When the copy may have been made: later than it is old it was not, and a story has no comment."""
        moments = [Moment.BEFORE_SEND]
        moments += [Moment.BEFORE_COMMENT] if self.kind in COMMENTED else []
        # Containers are made fifteen minutes before a post is due.
        moments += [Moment.PLANNED, Moment.BEFORE_CONTAINER] if self.age_s > DUE_IN_S else []
        return moments if PLAYS_ALL else [self.luck.choice(moments)]

    def __str__(self) -> str:
        log, mark = ("log" if self.is_logged else "no log"), ("mark" if self.is_marked else "no mark")
        return f"{self.case}, {self.kind}, {self.age_s:.0f} s, {log}, {mark}"


ROUNDS = [Round(*one) for one in product(Case, PostKind, AGES_S, (True, False), (True, False))]


def some(share: float) -> list[Round]:
    """Give so many of the rounds, the same in each run."""
    return [played for played in ROUNDS if PLAYS_ALL or played.luck.random() < share]


async def assert_published_once(copies: Copies, played: Round, moment: Moment) -> None:
    has_caption = played.luck.random() < 0.7

    def plan(world: World) -> PostId:
        comment = None if played.kind is PostKind.STORY else "First"
        options = {} if has_caption else {"options": PostOptions(first_comment=comment)}
        return world.schedule(played.kind, in_s=DUE_IN_S, **options)

    async with published(copies, moment, plan) as stage:
        await stage.start_older_copy(
            played.case, age_s=played.age_s, is_logged=played.is_logged, is_marked=played.is_marked
        )
        sandbox = stage.world.sandbox
        assert len(sandbox.media) == 1
        assert len(sandbox.calls("/comments", "POST")) == (played.kind in COMMENTED)
        assert_settled(stage, played)


def assert_settled(stage: Stage, played: Round) -> None:
    """The post is live; only a story that Instagram lists no more is asked about."""
    post = stage.post
    if post.state is not PostState.PUBLISHED:
        assert (played.kind, played.age_s) == (PostKind.STORY, DAY_S)
        assert post.attention is Attention.OUTCOME_UNKNOWN
    else:
        assert post.media_id in (None, stage.world.sandbox.media[0].id)


@pytest.mark.parametrize("case", Case)
@pytest.mark.parametrize("age_s", [30.0, 4 * MINUTE_S])
async def test_an_older_copy_that_starts_within_minutes_publishes_nothing_twice(
    case: Case, age_s: float, tmp_path: Path
) -> None:
    """What was minutes late counted as certainly unpublished before."""
    played = Round(case, PostKind.PHOTO, age_s, is_logged=False, is_marked=False)
    await assert_published_once(Copies.at(tmp_path / "home", None), played, Moment.BEFORE_SEND)


@pytest.mark.parametrize("played", some(0.25), ids=str)
@pytest.mark.usefixtures("long_run")
async def test_whatever_is_started_and_however_old_it_is_nothing_is_published_twice(
    played: Round, tmp_path: Path
) -> None:
    for number, moment in enumerate(played.moments):
        await assert_published_once(Copies.at(tmp_path / str(number) / "home", None), played, moment)


@pytest.mark.parametrize("played", some(0.1), ids=str)
async def test_on_a_server_nothing_is_published_twice_either(
    played: Round, empty_database: str, tmp_path: Path
) -> None:
    for number, moment in enumerate(played.moments):
        copies = Copies.at(tmp_path / str(number) / "home", empty_database)
        await assert_published_once(copies, played, moment)
