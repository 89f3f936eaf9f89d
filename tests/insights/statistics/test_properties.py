"""What holds of every answer: order and unit do not matter, and each number is a number."""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.insights.statistics.answers import Estimate, TooFew
from pressroom.insights.statistics.best_time import BestTime, Family, PostReach, best_time
from pressroom.insights.statistics.experiments import Experiment, SlotReach, experiment
from pressroom.insights.statistics.followers import FollowerCount, followers_after

START = datetime(2026, 3, 2, tzinfo=UTC)
REACH = st.one_of(st.integers(0, 1_000_000).map(float), st.sampled_from([0.0, 1.0, 500.0]))
VALUES = st.lists(REACH, max_size=25)
HOURS = st.one_of(st.integers(0, 4000), st.sampled_from([9, 18, 33, 42, 57]))
POSTS = st.lists(
    st.builds(
        PostReach,
        at=HOURS.map(lambda hours: START + timedelta(hours=hours)),
        kind=st.sampled_from(["image", "reel", "carousel"]),
        reach=REACH,
    ),
    max_size=60,
)
COUNTS = st.lists(
    st.builds(
        FollowerCount,
        at=st.integers(0, 40).map(lambda days: START + timedelta(hours=23 * days)),
        followers=st.integers(0, 100_000),
    ),
    max_size=40,
)
TIMES = st.lists(st.integers(-50, 1000).map(lambda hours: START + timedelta(hours=hours)), max_size=6)
TURNS = st.lists(
    st.builds(
        SlotReach,
        day=st.integers(0, 20).map(lambda days: START.date() + timedelta(days=days)),
        is_second=st.booleans(),
        reach=REACH,
    ),
    max_size=40,
)
SCALE = st.sampled_from([0.01, 0.5, 3.0, 1000.0])
examples = settings(max_examples=40, deadline=None)


def numbers_in(answer: object) -> Iterator[object]:
    """Every leaf of an answer."""
    if dataclasses.is_dataclass(answer):
        for field in dataclasses.fields(answer):
            yield from numbers_in(getattr(answer, field.name))
    elif isinstance(answer, tuple):
        for one in answer:  # pyright: ignore[reportUnknownVariableType]
            yield from numbers_in(one)  # pyright: ignore[reportUnknownArgumentType]
    else:
        yield answer


def estimates_in(answer: object) -> Iterator[Estimate]:
    if isinstance(answer, Estimate):
        yield answer
    elif dataclasses.is_dataclass(answer):
        for field in dataclasses.fields(answer):
            yield from estimates_in(getattr(answer, field.name))
    elif isinstance(answer, tuple):
        for one in answer:  # pyright: ignore[reportUnknownVariableType]
            yield from estimates_in(one)  # pyright: ignore[reportUnknownArgumentType]


def is_sound(answer: object) -> bool:
    """Whether an answer is of plain finite values, and each interval holds its estimate."""
    leaves = list(numbers_in(answer))
    plain = all(type(leaf) in {int, float, bool, str, datetime, type(None)} for leaf in leaves)
    finite = all(math.isfinite(leaf) for leaf in leaves if isinstance(leaf, float))
    return plain and finite and all(one.low <= one.value <= one.high for one in estimates_in(answer))


@given(posts=TURNS, seed=st.integers(0, 9))
@examples
def test_an_experiment_is_sound_in_whatever_order_posts_come(posts: list[SlotReach], seed: int) -> None:
    found = experiment(posts, seed=seed)
    assert is_sound(found)
    assert experiment(posts[::-1], seed=seed) == found
    if isinstance(found, Experiment):
        assert found.n_first + found.n_second + found.n_without_reach == len(posts)
        assert found.n_without_reach == [post.reach for post in posts].count(0.0)
        assert found.verdict
        low, high = found.verdict.low, found.verdict.high
        assert low <= found.percent <= high
        assert found.verdict.is_found is not (low <= 0 <= high)


@given(posts=TURNS, scale=SCALE)
@examples
def test_an_experiment_does_not_depend_on_the_unit(posts: list[SlotReach], scale: float) -> None:
    found = experiment(posts)
    scaled = experiment([post._replace(reach=scale * post.reach) for post in posts])
    if isinstance(found, Experiment) and isinstance(scaled, Experiment):
        assert found.verdict
        assert scaled.verdict
        assert math.isclose(found.verdict.p, scaled.verdict.p, abs_tol=0.01)
        assert math.isclose(found.percent, scaled.percent, rel_tol=1e-4, abs_tol=1e-4)
    else:
        assert found == scaled


@given(posts=POSTS)
@examples
def test_what_is_said_of_hours_is_sound_in_whatever_order_posts_come(posts: list[PostReach]) -> None:
    found = best_time(posts, UTC)
    assert is_sound(found)
    assert best_time(posts[::-1], UTC) == found
    if isinstance(found, BestTime):
        assert found.n + found.n_without_reach == len(posts)
        for family in (found.hours, found.weekdays, found.kinds):
            assert adds_up(family, found.n)


@given(posts=POSTS.filter(lambda posts: len(posts) > 45), scale=SCALE)
@settings(max_examples=20, deadline=None)
def test_what_is_said_of_hours_does_not_depend_on_the_unit(posts: list[PostReach], scale: float) -> None:
    found = best_time(posts, UTC)
    scaled = best_time([replace(post, reach=scale * post.reach) for post in posts], UTC)
    if isinstance(found, BestTime) and isinstance(scaled, BestTime):
        pairs = ((found.hours, scaled.hours), (found.weekdays, scaled.weekdays), (found.kinds, scaled.kinds))
        for one, other in pairs:
            assert are_near(
                [e.against_others for e in one.effects], [e.against_others for e in other.effects]
            )
            assert one.not_shown == other.not_shown
            assert math.isclose(one.p, other.p, abs_tol=0.01)
    else:
        assert found == scaled


@given(counts=COUNTS, posts=TIMES)
@examples
def test_what_is_said_of_followers_is_sound_in_whatever_order_counts_come(
    counts: list[FollowerCount], posts: list[datetime]
) -> None:
    found = followers_after(counts, posts)
    assert is_sound(found)
    assert followers_after(counts[::-1], posts[::-1]) == found
    assert [told.at for told in found.posts] == sorted(posts)
    for told in found.posts:
        is_known = told.change is not None and not isinstance(found.usual, TooFew)
        assert (told.more_than_usual is not None, told.is_outside_noise is not None) == (is_known, is_known)


def adds_up(family: Family, n: int) -> bool:
    """Whether each post is in one cell, and what is found is what stands out."""
    cells = [*family.effects, *family.not_shown]
    return (
        sum(cell.n for cell in cells) == n
        and len({cell.cell for cell in cells}) == len(cells)
        and family.is_found == any(effect.stands_out for effect in family.effects)
        and family.p == min((effect.p for effect in family.effects), default=1.0)
        and all(effect.p <= family.alpha for effect in family.effects if effect.stands_out)
        and all(effect.stands_out == effect.against_others.is_outside_noise for effect in family.effects)
        and all(effect.against_others.confidence == 1 - family.alpha for effect in family.effects)
        and family.is_found == (family.best is not None or family.worst is not None)
    )


def are_near(some: list[Estimate], others: list[Estimate]) -> bool:
    def as_numbers(estimates: list[Estimate]) -> list[float]:
        return [number for one in estimates for number in (one.value, one.low, one.high)]

    return as_numbers(some) == pytest.approx(as_numbers(others), rel=1e-4, abs=1e-4)
