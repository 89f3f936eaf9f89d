"""A year of six accounts: no token is lost that could be saved, and each loss is said ahead."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from pressroom.core.post import Post, PostState
from pressroom.graph import calls
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Fault, FaultKind
from tests.service.year import DAY, FACEBOOK, INSTAGRAM, STEPS, UNIFIED, Told, Year, a_year

pytestmark = pytest.mark.usefixtures("long_run")

Wanted = tuple[str, LoginType, dict[str, bool]]
CONSENT, BY_HAND = {"by_consent": True}, {"by_consent": False}
CONSENTED, PASTED = ("consented", INSTAGRAM, CONSENT), ("pasted", INSTAGRAM, BY_HAND)
PAGE, PERSON = ("page", FACEBOOK, CONSENT), ("person", FACEBOOK, BY_HAND)
HIDDEN = ("hidden", FACEBOOK, {"is_hidden": True})
ONE_OF_UNIFIED: Wanted = ("unified", UNIFIED, BY_HAND)
SIX = (CONSENTED, PASTED, PAGE, PERSON, ONE_OF_UNIFIED, ("unified-2", UNIFIED, BY_HAND))
# The worker is there on every third day, as on a laptop, and away: around the 60th day of each token, a
# fortnight around the next end, and the last days of the year.
FIRST, DAYS, EVERY = 2, 365, 3
DOWN = ((57, 61), (112, 126), (200, 203), (362, 364))
OUTAGES = ((8, 11), (68, 77), (230, 240))
REFUSED = (41, 140)
# Days from a first notice until the person signs in: some do so at once, some when it is over.
PATIENCE, SEED = 28, 3
BY_THEMSELVES = {"consented", "pasted"}
# One that is days late, since nobody worked or signed in, asks whether it still goes out: it is not lost.
STATES_OF_SAVED = (PostState.PUBLISHED, PostState.NEEDS_ATTENTION)


@dataclass
class People:
    """Those who sign in again, each some days after they were told."""

    year: Year
    chance: Random
    due: dict[str, int]

    def hear(self, day: int, told: list[Told]) -> None:
        for one in told:
            self.due.setdefault(one.name, day + self.chance.randrange(1, PATIENCE))

    async def act(self, day: int) -> None:
        for name in [name for name, then in self.due.items() if then <= day]:
            del self.due[name]
            await self.year.sign_in(self.year.login(name))


def is_in(day: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(begin <= day <= end for begin, end in spans)


def trouble(year: Year, day: int) -> None:
    """Let Instagram renew nothing for days, or refuse the next renewal, from the days on which it does."""
    faults, day_s = year.desk.sandbox.faults, DAY.total_seconds()
    for begin, end in OUTAGES:
        if day == begin:
            lasts_s = (end - begin + 0.9) * day_s
            away = Fault(on="refresh", kind=FaultKind.ERROR, code=2, http_status=500, times=None)
            faults.add(replace(away, lasts_s=lasts_s))
    if day in REFUSED:
        faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=190))


async def live(year: Year, people: People, day: int) -> None:
    year.begin_day(day)
    await people.act(day)
    if is_in(day, DOWN):
        return
    trouble(year, day)
    before = len(year.told)
    await year.work(looks_first=day % 2 == 0)
    year.note_renewals()
    people.hear(day, year.told[before:])


async def test_a_year_loses_no_token_that_could_be_saved_and_says_each_loss_ahead(tmp_path: Path) -> None:
    async with a_year(tmp_path, *SIX) as year:
        people = People(year, Random(SEED), {})  # noqa: S311  # no secret
        for place, login in enumerate(year.logins):
            for day in range(20 + EVERY * place, DAYS, 60):
                year.plan(login, day)
        for day in range(FIRST, DAYS, EVERY):
            await live(year, people, day)
            assert all(year.ends[name] > year.desk.clock.now() for name in BY_THEMSELVES)
        assert sorted(year.told, key=repr) == sorted(year.expected, key=repr)
        assert not year.desk.sandbox.faults.unused()
        assert {one.name for one in year.told} == {"page", "person", "unified", "unified-2"}
        assert {one.step for one in year.told} == set(STEPS)
        # Their posts of days 200 and 203 fell into a down time, so that from day 141 to 260 none went out.
        assert year.accounts_told("permission_lapses") == BY_THEMSELVES
        assert not year.accounts_told("account_paused") & BY_THEMSELVES
        assert year.accounts_told("account_paused"), (
            "somebody signed in too late, and the posts that waited went on"
        )
        assert all(post.state in STATES_OF_SAVED for post in year.posts if is_past(year, post))


def is_past(year: Year, post: Post) -> bool:
    """Whether a post was due while somebody still worked."""
    return post.due_at is not None and post.due_at < year.desk.clock.start + DOWN[-1][0] * DAY


async def test_a_worker_that_comes_back_with_ten_days_left_saves_the_token_and_alarms_nobody(
    tmp_path: Path,
) -> None:
    """It looks at what is to be told before it has renewed anything."""
    async with a_year(tmp_path, CONSENTED, PASTED) as year:
        year.plan(year.login("consented"), 80)
        year.begin_day(50)
        await year.work(looks_first=True)
        year.note_renewals()
        assert year.told == []
        assert set(year.ends.values()) == {year.stored("pasted").token_expires_at}
        assert min(year.ends.values()) > year.desk.clock.now() + 59 * DAY


async def test_a_token_that_nobody_could_renew_is_told_with_its_posts_and_a_sign_in_wakes_them(
    tmp_path: Path,
) -> None:
    async with a_year(tmp_path, CONSENTED) as year:
        login = year.login("consented")
        due, later = year.plan(login, 61), year.plan(login, 90)
        year.begin_day(61)
        await year.work(looks_first=True)
        assert year.told == [Told("consented", -1, (due, later))]
        assert year.store.accounts.pause_of("consented") is not None
        await year.sign_in(login)
        await year.work(looks_first=True)
        assert year.accounts_told("account_paused") == set()
        assert year.store.posts.get(due).state is PostState.PUBLISHED


async def test_a_token_that_instagram_refuses_to_renew_for_weeks_is_told_of_in_time(tmp_path: Path) -> None:
    """Even one whose end nobody told: it lasts 60 days from the sign-in at most."""
    async with a_year(tmp_path, CONSENTED, PASTED) as year:
        refused = Fault(on="refresh", kind=FaultKind.ERROR, code=100, times=None)
        year.desk.sandbox.faults.add(refused)
        await days(year, 44, 47)
        assert {(one.name, one.step) for one in year.told} == {("consented", 14), ("pasted", 14)}
        assert "could not be renewed" in year.listener.bodies[0]["text"]


@pytest.mark.parametrize("did", ["begin", "call"])
async def test_a_worker_killed_while_it_renews_blocks_the_next_for_two_minutes_and_loses_nothing(
    tmp_path: Path, did: str
) -> None:
    """The token of before still works when the answer was lost: Meta documents no end of it.

    Were it ended by the renewal, nobody could save it, and the account would be paused and told.
    """
    async with a_year(tmp_path, CONSENTED) as year:
        year.begin_day(8)
        before = year.stored("consented")
        year.store.accounts.begin_refresh("consented", "killed", lease_s=120)
        if did == "call":
            async with year.keeper.client(year.vault.account("consented")) as client:
                await client.send(calls.refresh_token(client.account.token.reveal()))
        await year.keeper.renew_due()
        assert year.stored("consented") == before
        year.desk.clock.advance(121)
        await year.keeper.renew_due()
        assert year.stored("consented").token_refreshed_at == year.desk.clock.now()


@pytest.mark.parametrize(
    ("wanted", "end", "steps"),
    [
        pytest.param(PAGE, 90, [14, 7, 3, 1, -1], id="access to data of a Page's token without an end"),
        pytest.param(PERSON, 60, [14, 7, 3, 1, -1], id="a person's token"),
        pytest.param(ONE_OF_UNIFIED, 60, [14, 7, 3, 1, -1], id="Unified Login"),
        # At its end nobody knows that it has ended: Instagram's refusal pauses the account, which is told.
        pytest.param(HIDDEN, 60, [14, 7, 3, 1], id="a token that Facebook tells nothing of"),
    ],
)
async def test_what_only_a_person_renews_is_told_once_at_each_step_with_the_posts_that_would_miss(
    tmp_path: Path, wanted: Wanted, end: int, steps: list[int]
) -> None:
    async with a_year(tmp_path, wanted) as year:
        (login,) = year.logins
        year.plan(login, end - 2)
        missed = year.plan(login, end + 20)
        await days(year, end - 17, end + 3)
        assert year.told == [Told(login.name, one, (missed,)) for one in steps]
        await year.sign_in(login)
        await days(year, end + 4, end + 21)
        assert len(year.told) == len(steps)
        assert year.store.posts.get(missed).state is PostState.PUBLISHED


async def days(year: Year, first: int, last: int) -> None:
    for day in range(first, last + 1):
        year.begin_day(day)
        await year.work(looks_first=day % 2 == 0)
