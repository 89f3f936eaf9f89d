"""Times: when posts go out, in the zone of the account, and a report as a file."""

from collections.abc import Iterator
from datetime import UTC, datetime

from evals.files import pictures
from evals.numbers import keep_shop
from evals.outcome import Outcome, unless
from evals.talk import Talk
from evals.task import Group, Task
from evals.world import ANNA, Setting, World
from pressroom.core.post import Post, PostState
from pressroom.core.slots import parse_slots

# Five posts in a week in which the clocks go back

DAYS = {
    "thu.jpg": ("Thursday", "2026-10-22"),
    "fri.jpg": ("Friday", "2026-10-23"),
    "sat.jpg": ("Saturday", "2026-10-24"),
    "sun.jpg": ("Sunday", "2026-10-25"),
    "mon.jpg": ("Monday", "2026-10-26"),
}
_SUMMER, _WINTER = "T18:30+02:00", "T18:30+01:00"
DUE = {file: day + (_SUMMER if day < "2026-10-25" else _WINTER) for file, (_, day) in DAYS.items()}


async def _five_pictures(world: World) -> None:
    pictures(world, *DAYS)


def _five_at_their_times(after: Outcome) -> Iterator[str]:
    posts = after.in_state(PostState.AWAITING_APPROVAL)
    yield from unless(len(after.world.posts) == len(posts) == 5, "there are not five posts, all waiting")
    for file, due in DUE.items():
        found = [post for post in posts if after.shows(post, file)]
        yield from unless(found and after.is_due(found[0], due), f"{file} is not due at {due}")
        captions = [post.options.caption for post in found]
        yield from unless(captions == [DAYS[file][0]], f"{file} says {captions}")


async def _plans_by_the_clock(talk: Talk) -> None:
    for file, (name, day) in DAYS.items():
        made = await talk.does("create_draft", kind="photo", sources=[file], caption=name)
        await talk.does("schedule_post", post_id=made["post_id"], at=f"{day} 18:30")
    await talk.say("All five wait for your approval.")


async def _plans_by_one_offset(talk: Talk) -> None:
    for file, (name, day) in DAYS.items():
        made = await talk.does("create_draft", kind="photo", sources=[file], caption=name)
        await talk.does("schedule_post", post_id=made["post_id"], at=f"{day}{_SUMMER}")
    await talk.say("All five wait for your approval.")


# Moving one of several


async def _planned_by_the_agent(world: World) -> None:
    pictures(world, "nets.jpg", "boat.jpg")
    for file, at in (("nets.jpg", "2026-11-25 09:00"), ("boat.jpg", "2026-11-25 12:00")):
        await world.asked_for(file, f"About the {file.removesuffix('.jpg')}", at)
    await world.person.approve_all()


def _by_caption(after: Outcome, caption: str) -> list[Post]:
    live = [post for post in after.world.posts if post.state is not PostState.CANCELLED]
    return [post for post in live if post.options.caption == caption]


def _boat_moved(after: Outcome) -> Iterator[str]:
    for caption, due in (
        ("About the boat", "2026-11-27T10:15+01:00"),
        ("About the nets", "2026-11-25T09:00+01:00"),
    ):
        found = _by_caption(after, caption)
        yield from unless(len(found) == 1, f"there are {len(found)} posts {caption!r}")
        for post in found:
            yield from unless(after.is_due(post, due), f"{caption!r} is due at {post.due_at}")
            yield from unless(post.state is PostState.SCHEDULED, f"{caption!r} is {post.state}")


async def _puts_it_off(talk: Talk) -> None:
    listed = (await talk.does("list_posts", states=["scheduled"]))["posts"]
    (post,) = (one for one in listed if "boat" in one["untrusted_caption"])
    await talk.does("schedule_post", post_id=post["post_id"], at="2026-11-27 10:15")
    await talk.say("It goes out on Friday.")


async def _plans_another(talk: Talk) -> None:
    listed = (await talk.does("list_posts", states=["scheduled"]))["posts"]
    (post,) = (one for one in listed if "boat" in one["untrusted_caption"])
    await talk.does("cancel_post", post_id=post["post_id"])
    made = await talk.does("create_draft", kind="photo", sources=["boat.jpg"], caption="About the boat")
    await talk.does("schedule_post", post_id=made["post_id"], at="2026-11-27 10:15")
    await talk.say("It goes out on Friday.")


# Cancelling one of several


async def _three_alike(world: World) -> None:
    pictures(world, "one.jpg", "two.jpg", "three.jpg")
    for number, file in enumerate(("one.jpg", "two.jpg", "three.jpg"), start=25):
        await world.asked_for(file, "Open on Sunday!", f"2026-11-{number} 10:00")


def _the_second_cancelled(after: Outcome) -> Iterator[str]:
    for file, state in (
        ("one.jpg", PostState.AWAITING_APPROVAL),
        ("two.jpg", PostState.CANCELLED),
        ("three.jpg", PostState.AWAITING_APPROVAL),
    ):
        states = [post.state for post in after.world.posts if after.shows(post, file)]
        yield from unless(states == [state], f"the post of {file} is {states}")


async def _cancels_by_its_day(talk: Talk) -> None:
    listed = (await talk.does("list_posts"))["posts"]
    (post,) = (one for one in listed if one["goes_out_at"].startswith("2026-11-26"))
    await talk.does("cancel_post", post_id=post["post_id"])
    await talk.say("It is cancelled.")


async def _cancels_the_first(talk: Talk) -> None:
    listed = (await talk.does("list_posts"))["posts"]
    await talk.does("cancel_post", post_id=listed[0]["post_id"])
    await talk.say("It is cancelled.")


# The next free slot


async def _slots(world: World) -> None:
    pictures(world, "new.jpg", "taken.jpg")
    async with world.session(ANNA) as pressroom:
        await pressroom.posts.slots.add(parse_slots("tue,thu 18:00"))
    await world.planned("taken.jpg", "Taken", "next slot")


def _in_the_free_slot(after: Outcome) -> Iterator[str]:
    posts = [post for post in after.world.posts if after.shows(post, "new.jpg")]
    yield from unless(len(posts) == 1, f"there are {len(posts)} posts of new.jpg")
    for post in posts:
        yield from unless(post.state is PostState.AWAITING_APPROVAL, f"it is {post.state}")
        yield from unless(after.is_due(post, "2026-11-26T18:00+01:00"), f"it is due at {post.due_at}")


async def _takes_the_slot(talk: Talk) -> None:
    made = await talk.does("create_draft", kind="photo", sources=["new.jpg"], caption="New")
    await talk.does("schedule_post", post_id=made["post_id"], at="next slot")
    await talk.say("It waits for your approval.")


async def _takes_the_taken_one(talk: Talk) -> None:
    made = await talk.does("create_draft", kind="photo", sources=["new.jpg"], caption="New")
    await talk.does("schedule_post", post_id=made["post_id"], at="2026-11-24 18:00")
    await talk.say("It waits for your approval.")


# A report as a file


async def _with_numbers(world: World) -> None:
    keep_shop(world)


def _report_written(after: Outcome) -> Iterator[str]:
    files = sorted(path.name for path in after.world.folder.iterdir())
    yield from unless(files == ["october.html"], f"the folder holds {files}")
    yield from unless(not after.world.posts, "there are posts")
    for call in after.calls:
        if call.content and call.content.get("file"):
            told = (call.content["first"], call.content["last"])
            yield from unless(told == ("2026-10-01", "2026-10-31"), f"it is about {told}")


async def _writes_the_report(talk: Talk) -> None:
    await talk.does("create_report", period="month", output="october.html")
    await talk.say("october.html is there.")


async def _only_tells_it(talk: Talk) -> None:
    await talk.does("create_report", period="month")
    await talk.say("Here is your report.")


async def _takes_four_weeks(talk: Talk) -> None:
    await talk.does("create_report", period="28d", output="october.html")
    await talk.say("october.html is there.")


TASKS = (
    Task(
        name="a-week-of-five",
        group=Group.PLAN,
        says=(
            "Plan five photos, each at half past six in the evening here in Berlin, with the day's English "
            "name as the caption: thu.jpg on Thursday, 22 October 2026, fri.jpg the day after, sat.jpg on "
            "Saturday, sun.jpg on Sunday, mon.jpg on Monday."
        ),
        setting=Setting(start=datetime(2026, 10, 20, 9, 0, tzinfo=UTC)),
        prepare=_five_pictures,
        check=_five_at_their_times,
        solved_by=_plans_by_the_clock,
        failed_by=(_plans_by_one_offset,),
    ),
    Task(
        name="move-a-post",
        group=Group.PLAN,
        says="Move the post about the boat to this Friday, 27 November, at a quarter past ten. It stays the "
        "same post.",
        prepare=_planned_by_the_agent,
        check=_boat_moved,
        solved_by=_puts_it_off,
        failed_by=(_plans_another,),
    ),
    Task(
        name="cancel-one-of-several",
        group=Group.PLAN,
        says="Three posts say 'Open on Sunday!'. Cancel the one of Thursday, 26 November; keep the others.",
        prepare=_three_alike,
        check=_the_second_cancelled,
        solved_by=_cancels_by_its_day,
        failed_by=(_cancels_the_first,),
    ),
    Task(
        name="next-slot",
        group=Group.PLAN,
        says="Put new.jpg, with the caption 'New', into the next free slot of my account.",
        prepare=_slots,
        check=_in_the_free_slot,
        solved_by=_takes_the_slot,
        failed_by=(_takes_the_taken_one,),
    ),
    Task(
        name="report-as-a-file",
        group=Group.PLAN,
        says="Write me the report of last month, October 2026, as october.html in the folder of pictures.",
        prepare=_with_numbers,
        check=_report_written,
        solved_by=_writes_the_report,
        failed_by=(_only_tells_it, _takes_four_weeks),
    ),
)
