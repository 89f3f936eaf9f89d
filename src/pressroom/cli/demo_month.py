"""The month of the demo: accounts that have posted for four weeks, and plan the next two.

Nothing of it is written into a store: it is lived through, on a clock that stands in the past and catches up.
Each post went out by the sandbox then, and each number was read when it stood.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.core.account import Account
from pressroom.core.clock import Clock
from pressroom.core.errors import NeedsApproval, PressroomError
from pressroom.core.post import Post, PostKind, PostState
from pressroom.core.secret import Secret
from pressroom.core.slots import parse_slots
from pressroom.service import Pressroom, new_post

if TYPE_CHECKING:
    from pressroom.sandbox.simulator import Sandbox

STUDIO, BAKERY, PRESS = "open.studio", "harbour.bakery", "north.press"
DAYS: Final = 28
LIVE_IN_S: Final = 30
"""Seconds after which a post goes live while one looks."""
_ZONES: Final = {STUDIO: "Europe/Lisbon", BAKERY: "Europe/Oslo", PRESS: "Europe/Berlin"}
_FOLLOWERS: Final = {BAKERY: 3_600, PRESS: 940}
_SHORT_S: Final = 5.0
_DAY: Final = timedelta(days=1)


class PastClock:
    """A clock that is behind another one, until it has caught up."""

    def __init__(self, base: Clock, behind: timedelta) -> None:
        self._base = base
        self._start_s = self._behind_s = behind.total_seconds()

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        return self._base.now() - timedelta(seconds=self._behind_s)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._base.monotonic() + self._start_s - self._behind_s

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._base.sleep(seconds)

    def go_on(self, behind: timedelta) -> None:
        """Move on until it is behind by so much; never back."""
        self._behind_s = min(self._behind_s, behind.total_seconds())

    def skip(self, seconds: float) -> bool:
        """Move on by a short time that is past, and tell whether it was one."""
        is_past = 0 < seconds <= min(_SHORT_S, self._behind_s)
        self._behind_s -= seconds if is_past else 0
        return is_past


class HurriedClock:
    """A clock in the past for which nobody waits. Long waits are limits, which must not come at once."""

    def __init__(self, clock: PastClock) -> None:
        self._clock = clock
        self.now: Callable[[], datetime] = clock.now
        self.monotonic: Callable[[], float] = clock.monotonic

    async def sleep(self, seconds: float) -> None:
        """Wait; a short time in the past is over at once."""
        await self._clock.sleep(0 if self._clock.skip(seconds) else seconds)


class Past(NamedTuple):
    """A post that went out. day: days ago. pictures: numbers of those it shows; none for one made by hand."""

    day: int
    account: str
    kind: str
    pictures: tuple[int, ...]
    caption: str


class Coming(NamedTuple):
    """A post that is planned. when: of the account's clock, so many days from now; None for the shelf."""

    when: tuple[int, str] | None
    account: str
    kind: str
    pictures: tuple[int, ...]
    caption: str | None
    state: PostState = PostState.SCHEDULED


_PAST: Final = (
    Past(27, STUDIO, "photo", (0,), "New month, clean rollers. What shall we print first? #letterpress"),
    Past(25, STUDIO, "carousel", (1, 2), "Two inks, one plate. Swipe for the second pass. #print #process"),
    Past(24, BAKERY, "photo", (3,), "Rye, water, salt. The loaf that sells out by nine."),
    Past(22, STUDIO, "reel", (), "How we set a page, in thirty seconds. #typesetting"),
    Past(20, STUDIO, "photo", (3,), "The new paper is in: 120 g, uncoated, and it smells like a library."),
    Past(18, BAKERY, "carousel", (4, 5), "Cinnamon buns, before and after. Guess which tray did not last."),
    Past(16, STUDIO, "photo", (4,), "Five covers we nearly printed. This one still hurts. #bookdesign"),
    Past(13, STUDIO, "reel", (), "Proofs, at four times the speed. Sound on for the press. #print"),
    Past(11, BAKERY, "photo", (0,), "Four in the morning. The oven says good day."),
    Past(9, STUDIO, "carousel", (5, 0, 1), "The whole series is dry. Which would you hang? #print #series"),
    Past(6, STUDIO, "photo", (2,), "A small detail nobody will notice. We did it anyway."),
    Past(4, BAKERY, "photo", (2,), "Saturday: the harbour market, from eight. Bring a bag."),
    Past(2, STUDIO, "photo", (1,), "Packing day. 214 parcels, one very patient postman. #shopsmall"),
)
_FAILED: Final = Past(1, STUDIO, "photo", (5,), "Last prints of the autumn series, 20 % off until Sunday.")
_COMING: Final = (
    Coming((1, "18:30"), STUDIO, "photo", (3,), "Tonight's colour: a green we had to mix three times."),
    Coming((1, "07:30"), BAKERY, "photo", (1,), "Cardamom week begins. First tray at half past seven."),
    Coming((2, "09:00"), PRESS, "carousel", (2, 4), "Two covers for one book. Readers decide. #bookcovers"),
    Coming((3, "12:15"), STUDIO, "reel", (), "The press wakes up. Thirty seconds of oil and iron."),
    Coming((4, "08:00"), BAKERY, "carousel", (0, 3), "Advent menu, page by page. Orders open on Friday."),
    Coming(
        (5, "18:30"), STUDIO, "carousel", (4, 5, 0), "Workshop recap: twelve people, twelve first prints."
    ),
    Coming((6, "10:00"), PRESS, "photo", (4,), "Our spring list, in one picture. #newbooks"),
    Coming((8, "18:30"), STUDIO, "photo", (0,), "Back in stock: the harbour print, in blue and in grey."),
    Coming((10, "16:00"), STUDIO, "story", (6,), None),
    Coming((12, "07:30"), BAKERY, "photo", (5,), "Saffron buns. We are not sorry about the queue."),
    Coming(
        (7, "18:00"), STUDIO, "photo", (2,), "A thank you to everybody who came. #openstudio", PostState.DRAFT
    ),
    Coming(
        None,
        STUDIO,
        "carousel",
        (1, 3),
        "Ideas for the spring series. Needs a better title.",
        PostState.DRAFT,
    ),
    Coming(None, BAKERY, "photo", (4,), "Portrait of Ingrid at the oven: ask her first!", PostState.DRAFT),
)
_PROPOSED: Final = Coming((3, "18:30"), STUDIO, "photo", (5,), "Print of the week: low tide. Edition of 40.")


@dataclass(slots=True, kw_only=True)
class Month:
    """Lives through it. directory: where the files are made. pressroom: a person's session, on `clock`."""

    simulator: "Sandbox"
    base_url: str
    directory: Path
    clock: PastClock
    pressroom: Pressroom
    _files: list[Path] = field(default_factory=list[Path])

    async def live_through(self, until: timedelta, *, on_day: Callable[[float], None]) -> None:
        """Sign in, and publish and read, day by day, until so long before now.

        on_day: told after each which share of the month is over, 0.0 to 1.0.
        """
        self._files = await asyncio.to_thread(_draw, self.directory)
        await self._sign_in()
        by_day = {day: [post for post in _PAST if post.day == day] for day in range(DAYS)}
        for day in range(DAYS - 1, 0, -1):
            # Not always at the same hour; what is out is read at the end of each day.
            self.clock.go_on(day * _DAY + until + timedelta(hours=day * 5 % 7, minutes=day * 17 % 60))
            await asyncio.gather(*(self._publish(post) for post in by_day[day]))
            if day == _FAILED.day:
                self.simulator.order("faults", on="create", kind="error", code=36003, subcode=2207009)
                with contextlib.suppress(PressroomError):
                    await self._publish(_FAILED)
            self.clock.go_on(day * _DAY + until)
            await self.pressroom.insights.pull()
            on_day(1 - day / DAYS)
        await self.pressroom.acting_for(BAKERY).insights.pull()
        self.clock.go_on(until)

    async def _sign_in(self) -> None:
        from pressroom.sandbox.state.seeding import AccountSeed  # noqa: PLC0415  # loads the simulator

        accounts = {STUDIO: (self.simulator.user_id, self.simulator.token)}
        for name, followers in _FOLLOWERS.items():
            accounts[name] = self.simulator.add_account(AccountSeed(username=name, followers=followers))
        for name, (user_id, token) in accounts.items():
            account = Account(token=Secret(token), user_id=user_id, api_base=self.base_url)
            await self.pressroom.accounts.sign_in(
                name, account, timezone=_ZONES[name], is_default=name == STUDIO
            )
        for slots in ("tue,fri 18:30", "sun 11:00"):
            await self.pressroom.posts.slots.add(parse_slots(slots))
        await self.pressroom.acting_for(BAKERY).insights.pull()

    async def _publish(self, post: Past) -> None:
        session = self.pressroom.acting_for(post.account)
        if post.pictures:
            await session.publish(self._content(post))
        else:
            # From a phone, as people do: Pressroom learns of it by its numbers.
            self.simulator.order("media", kind=post.kind, caption=post.caption)

    def _content(self, post: Past | Coming) -> Post:
        files = [str(self._files[number]) for number in post.pictures]
        clip = [str(self.directory / "press.mp4")]
        return new_post(PostKind(post.kind), files or clip, caption=post.caption)

    async def plan(self, planner: Pressroom, now: datetime) -> None:
        """Plan what comes after `now`. planner: the session of a program, which proposes one of it."""
        for post in (*_COMING, _PROPOSED):
            session = planner if post is _PROPOSED else self.pressroom.acting_for(post.account)
            at = "open"
            if post.when is not None:
                days, time = post.when
                at = f"{(now + days * _DAY).date()} {time}"
            with contextlib.suppress(NeedsApproval):
                await session.posts.submit(self._content(post), at=at, state=post.state)


async def plan_live(pressroom: Pressroom, directory: Path, now: datetime) -> None:
    """Plan the post that goes live while one looks; its picture is one of the month's in `directory`."""
    caption = "Open until eight tonight. The kettle is on. #openstudio"
    post = new_post(PostKind.PHOTO, str(directory / "card-2.jpg"), caption=caption)
    await pressroom.posts.submit(post, at=now + timedelta(seconds=LIVE_IN_S))


def _draw(directory: Path) -> list[Path]:
    from pressroom.sandbox import samples  # noqa: PLC0415  # loads the decoders

    titles = ("Clean rollers", "Second pass", "A small detail", "New paper", "Nearly printed", "Low tide")
    files = [directory / f"card-{number}.jpg" for number in range(len(titles) + 1)]
    for number, title in enumerate(titles):
        samples.make_postcard(files[number], number, title)
    samples.make_story_picture(files[-1])
    return files
