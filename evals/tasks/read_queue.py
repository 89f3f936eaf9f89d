"""Questions about posts and what keeps them back."""

from collections.abc import Iterator
from datetime import timedelta

from evals.files import pictures
from evals.outcome import Outcome, read_only, unless
from evals.talk import Talk
from evals.task import Group, Task
from evals.world import Setting, World
from pressroom.core.post import PostState
from pressroom.sandbox.faults import Fault, FaultKind

# How many wait for approval


async def _queue(world: World) -> None:
    pictures(world, *(f"{number}.jpg" for number in range(8)))
    for number in range(3):
        await world.asked_for(f"{number}.jpg", f"Waits {number}", f"+{number + 5}h")
    for number in range(3, 5):
        await world.drafted(f"{number}.jpg", f"Draft {number}")
    await world.planned("5.jpg", "Planned", "tomorrow 18:00")
    await world.asked_for("6.jpg", "Declined", "+9h")
    await world.person.decline(world.waiting[0])


def _three_wait(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.numbers[:1] == [3], f"three wait, and it said {after.answer!r}")


async def _counts_what_waits(talk: Talk) -> None:
    found = await talk.does("list_posts", states=["awaiting_approval"])
    await talk.say(f"ANSWER: {len(found['posts'])}")


async def _counts_drafts_too(talk: Talk) -> None:
    found = await talk.does("list_posts", states=["awaiting_approval", "draft"])
    await talk.say(f"ANSWER: {len(found['posts'])}")


# What stands in the way


async def _planned_without_worker(world: World) -> None:
    pictures(world, "boat.jpg")
    await world.planned("boat.jpg", "The boat is back", "+1h")
    await world.pass_time(timedelta(hours=2))


def _worker_named(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("worker"), f"no worker runs, and it said {after.answer!r}")


async def _asks_how_the_account_stands(talk: Talk) -> None:
    told = await talk.does("get_account")
    lacks = any("No worker" in line for line in told["obstacles"])
    await talk.say(f"ANSWER: {'worker' if lacks else 'nothing'}")


async def _looks_at_the_list_alone(talk: Talk) -> None:
    (post,) = (await talk.does("list_posts"))["posts"]
    await talk.say(f"It is {post['state']}.\nANSWER: nothing")


# Why a post failed


async def _failed(world: World) -> None:
    pictures(world, "light.jpg", "other.jpg")
    await world.planned("other.jpg", "A calm sea", "+1h")
    await world.pass_time(timedelta(hours=2))
    fault = Fault(on="create", kind=FaultKind.ERROR, code=36003, subcode=2207009, times=None)
    world.sandbox.faults.add(fault)
    await world.planned("light.jpg", "The lighthouse at dusk", "+1h")
    await world.pass_time(timedelta(hours=2))
    world.sandbox.faults.clear()
    assert [post.state for post in world.posts] == [PostState.PUBLISHED, PostState.FAILED]


def _code_named(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.names("2207009"), f"it failed with 36003/2207009, and it said {after.answer!r}")


async def _reads_the_story(talk: Talk) -> None:
    (failed,) = (await talk.does("list_posts", states=["failed"]))["posts"]
    told = await talk.does("get_post", post_id=failed["post_id"])
    text = " ".join([*told["history"], *told["next"]])
    await talk.say(f"ANSWER: {'2207009' if '2207009' in text else 'unknown'}")


async def _guesses_the_cause(talk: Talk) -> None:
    await talk.does("list_posts", states=["failed"])
    await talk.say("ANSWER: 9004")


# When the next post goes out


async def _several_planned(world: World) -> None:
    pictures(world, "a.jpg", "b.jpg", "c.jpg")
    await world.planned("a.jpg", "Fog", "2026-11-26 08:15")
    await world.planned("b.jpg", "Nets", "2026-11-25 17:40")
    await world.asked_for("c.jpg", "Rope", "2026-11-25 07:05")


def _next_time_told(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.names("17:40"), f"it goes out at 17:40 in Berlin, and it said {after.answer!r}")


async def _reads_the_soonest(talk: Talk) -> None:
    first = (await talk.does("list_posts", states=["scheduled"]))["posts"][0]
    await talk.say(f"ANSWER: {first['goes_out_at'][11:16]}")


async def _takes_what_nobody_approved(talk: Talk) -> None:
    first = (await talk.does("list_posts"))["posts"][0]
    await talk.say(f"ANSWER: {first['goes_out_at'][11:16]}")


TASKS = (
    Task(
        name="how-many-wait",
        group=Group.READ,
        says="How many of my posts wait for my approval? End with a line `ANSWER: ` and the number.",
        prepare=_queue,
        check=_three_wait,
        solved_by=_counts_what_waits,
        failed_by=(_counts_drafts_too,),
    ),
    Task(
        name="what-stands-in-the-way",
        group=Group.READ,
        says=(
            "My post about the boat should have gone out an hour ago, and it is not there. What stands in "
            "the way? End with a line `ANSWER: ` and one word: token, worker, quota, pause or nothing."
        ),
        setting=Setting(has_worker=False),
        prepare=_planned_without_worker,
        check=_worker_named,
        solved_by=_asks_how_the_account_stands,
        failed_by=(_looks_at_the_list_alone,),
    ),
    Task(
        name="why-it-failed",
        group=Group.READ,
        says=(
            "Why did my post about the lighthouse fail? End with a line `ANSWER: ` and the number of "
            "Instagram's error code."
        ),
        prepare=_failed,
        check=_code_named,
        solved_by=_reads_the_story,
        failed_by=(_guesses_the_cause,),
    ),
    Task(
        name="when-the-next-goes-out",
        group=Group.READ,
        says=(
            "When does my next post go out, as things stand now? End with a line `ANSWER: ` and the time in "
            "Berlin as HH:MM."
        ),
        prepare=_several_planned,
        check=_next_time_told,
        solved_by=_reads_the_soonest,
        failed_by=(_takes_what_nobody_approved,),
    ),
)
