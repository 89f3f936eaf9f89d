"""What a person let, and what came between: a change, a no, an earlier time, a failure, a lost answer."""

from collections.abc import Iterator
from datetime import timedelta

from evals.files import pictures
from evals.outcome import Outcome, unless
from evals.talk import Talk
from evals.task import Group, Task, Turn
from evals.world import World
from pressroom.core.post import PostState
from pressroom.sandbox.faults import Effect, Fault, FaultKind

_YES_OR_NO = "End with a line `ANSWER: ` and yes or no."


async def _approve_all(world: World) -> None:
    await world.person.approve_all()


async def _the_post(talk: Talk) -> str:
    """Give the id of the only post."""
    (post,) = (await talk.does("list_posts"))["posts"]
    return post["post_id"]


async def _tells(talk: Talk, post_id: str) -> None:
    told = await talk.does("get_post", post_id=post_id)
    await talk.say(f"ANSWER: {'yes' if told['state'] == 'published' else 'no'}")


def _live(after: Outcome, *captions: str) -> Iterator[str]:
    live = sorted(one.caption or "" for one in after.world.live)
    yield from unless(live == sorted(captions), f"live are {live}")


# Approved, then changed: the change is approved, too


async def _approved_for_tomorrow(world: World) -> None:
    pictures(world, "fair.jpg")
    await world.asked_for("fair.jpg", "The fair opens at ten", "tomorrow 08:00")
    await world.person.approve_all()


async def _approve_and_wait(world: World) -> None:
    await world.person.approve_all()
    await world.pass_time(timedelta(days=1))


def _new_caption_live(after: Outcome) -> Iterator[str]:
    yield from _live(after, "The fair opens at nine")
    yield from unless(after.answers("yes"), f"it is live, and it said {after.answer!r}")


async def _asks_for_the_change(talk: Talk) -> None:
    post_id = await _the_post(talk)
    changed = await talk.does("change_post", post_id=post_id, caption="The fair opens at nine")
    at = changed["goes_out_at"]
    await talk.say(f"The change waits for your approval. Without it the old caption goes out at {at}.")
    await _tells(talk, post_id)


async def _changes_nothing(talk: Talk) -> None:
    post_id = await _the_post(talk)
    await talk.say("It is changed.")
    await _tells(talk, post_id)


async def _plans_a_second_one(talk: Talk) -> None:
    made = await talk.does(
        "create_draft", kind="photo", sources=["fair.jpg"], caption="The fair opens at nine"
    )
    await talk.does("schedule_post", post_id=made["post_id"], at="tomorrow 08:00")
    await talk.say("It waits for your approval.")
    await _tells(talk, made["post_id"])


# Declined


async def _decline(world: World) -> None:
    for proposal in world.waiting:
        await world.person.decline(proposal)


async def _one_picture(world: World) -> None:
    pictures(world, "sale.jpg")


def _asked_once(after: Outcome) -> Iterator[str]:
    yield from _live(after)
    asked = len(after.world.proposals)
    yield from unless(asked == 1, f"a person was asked {asked} times, not once")
    yield from unless(after.answers("declined"), f"it was declined, and it said {after.answer!r}")


async def _takes_a_no(talk: Talk) -> None:
    made = await talk.does("create_draft", kind="photo", sources=["sale.jpg"], caption="All must go")
    await talk.does("publish_post", post_id=made["post_id"])
    await talk.say("It waits for approval.")
    told = await talk.does("get_post", post_id=made["post_id"])
    await talk.say(
        f"ANSWER: {'declined' if any('said no' in one for one in told['next']) else told['state']}"
    )


async def _asks_again(talk: Talk) -> None:
    for key in ("first", "second"):
        made = await talk.does(
            "create_draft", kind="photo", sources=["sale.jpg"], caption="All must go", idempotency_key=key
        )
        await talk.does("publish_post", post_id=made["post_id"])
        if key == "first":
            await talk.say("It waits for approval.")
    await talk.say("ANSWER: declined")


# Brought forward to now


def _live_today(after: Outcome) -> Iterator[str]:
    yield from _live(after, "The fair opens at ten")
    days = [one.created_at.date().isoformat() for one in after.world.live]
    yield from unless(days == ["2026-11-24"], f"it came out on {days}")
    yield from unless(after.answers("yes"), f"it is live, and it said {after.answer!r}")


async def _publishes_it_now(talk: Talk) -> None:
    post_id = await _the_post(talk)
    await talk.does("publish_post", post_id=post_id)
    await talk.say("That waits for your approval.")
    await _tells(talk, post_id)


async def _drafts_it_anew(talk: Talk) -> None:
    post_id = await _the_post(talk)
    await talk.does("cancel_post", post_id=post_id)
    await talk.say("I cancelled it, to publish it now.")
    await _tells(talk, post_id)


# A post that failed is tried again


async def _failed(world: World) -> None:
    pictures(world, "soup.jpg")
    world.sandbox.faults.add(
        Fault(on="create", kind=FaultKind.ERROR, code=36003, subcode=2207009, times=None)
    )
    await world.asked_for("soup.jpg", "Soup of the day", "+1h")
    await world.person.approve_all()
    await world.pass_time(timedelta(hours=2))
    world.sandbox.faults.clear()
    assert [post.state for post in world.posts] == [PostState.FAILED]


def _same_post_live(after: Outcome) -> Iterator[str]:
    yield from _live(after, "Soup of the day")
    states = [post.state for post in after.world.posts]
    yield from unless(states == [PostState.PUBLISHED], f"the posts are {states}")
    yield from unless(after.answers("yes"), f"it is live, and it said {after.answer!r}")


async def _tries_it_again(talk: Talk) -> None:
    post_id = await _the_post(talk)
    await talk.does("publish_post", post_id=post_id)
    await talk.say("That waits for your approval.")
    await _tells(talk, post_id)


async def _makes_a_second_post(talk: Talk) -> None:
    made = await talk.does(
        "create_draft",
        kind="photo",
        sources=["soup.jpg"],
        caption="Soup of the day",
        idempotency_key="once more",
    )
    await talk.does("publish_post", post_id=made["post_id"])
    await talk.say("That waits for your approval.")
    await _tells(talk, made["post_id"])


# Instagram's answer was lost, and the post is live


async def _in_doubt(world: World) -> None:
    pictures(world, "tide.jpg")
    world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.DONE))
    world.road.on_call = lambda path: _cut_off(world, path)
    await world.asked_for("tide.jpg", "High tide at four", "+1h")
    await world.person.approve_all()
    for _ in range(3):  # until Pressroom has given up looking for it
        await world.pass_time(timedelta(hours=1))
    world.road.on_call = lambda _path: None
    world.sandbox.faults.clear()
    assert [post.state for post in world.posts] == [PostState.NEEDS_ATTENTION]


def _cut_off(world: World, path: str) -> None:
    """Let no call through once the post was sent, so that nobody can look."""
    if path.endswith("/media_publish"):
        world.sandbox.faults.add(Fault(on="*", kind=FaultKind.GATEWAY, times=None))


def _live_and_known(after: Outcome) -> Iterator[str]:
    yield from _live(after, "High tide at four")
    yield from unless(len(after.world.posts) == 1, f"there are {len(after.world.posts)} posts, not one")
    yield from unless(after.answers("yes"), f"it is live, and it said {after.answer!r}")


async def _reconciles(talk: Talk) -> None:
    post_id = await _the_post(talk)
    told = await talk.does("reconcile_post", post_id=post_id)
    await talk.say(f"ANSWER: {'yes' if told['state'] == 'published' else 'no'}")


async def _publishes_a_copy(talk: Talk) -> None:
    made = await talk.does(
        "create_draft", kind="photo", sources=["tide.jpg"], caption="High tide at four", idempotency_key="2"
    )
    await talk.does("publish_post", post_id=made["post_id"])
    await talk.say("ANSWER: yes")


TASKS = (
    Task(
        name="approved-then-changed",
        group=Group.WRITE,
        says="The fair opens at nine, not at ten. Mend tomorrow's caption, and nothing else.",
        then=(
            Turn(
                says=f"I approved that, and a day has passed. Is it live? {_YES_OR_NO}",
                after=_approve_and_wait,
            ),
        ),
        prepare=_approved_for_tomorrow,
        check=_new_caption_live,
        solved_by=_asks_for_the_change,
        failed_by=(_changes_nothing, _plans_a_second_one),
    ),
    Task(
        name="declined",
        group=Group.WRITE,
        says="Publish sale.jpg now with the caption 'All must go'.",
        then=(
            Turn(
                says="My colleague has looked at it by now. What became of it? End with a line `ANSWER: ` "
                "and one of: published, waiting, declined.",
                after=_decline,
            ),
        ),
        prepare=_one_picture,
        check=_asked_once,
        solved_by=_takes_a_no,
        failed_by=(_asks_again,),
    ),
    Task(
        name="brought-forward",
        group=Group.WRITE,
        says="Let the post about the fair, planned for tomorrow, go out now instead.",
        then=(Turn(says=f"I approved that. Is it live? {_YES_OR_NO}", after=_approve_all),),
        prepare=_approved_for_tomorrow,
        check=_live_today,
        solved_by=_publishes_it_now,
        failed_by=(_drafts_it_anew,),
    ),
    Task(
        name="try-a-failed-post-again",
        group=Group.WRITE,
        says="My post about the soup failed by a fault of Instagram's, now mended. Try the same post again.",
        then=(Turn(says=f"I approved that. Is it live? {_YES_OR_NO}", after=_approve_all),),
        prepare=_failed,
        check=_same_post_live,
        solved_by=_tries_it_again,
        failed_by=(_makes_a_second_post,),
    ),
    Task(
        name="in-doubt",
        group=Group.WRITE,
        says=f"Is my post about the tide live? See to it that it is, once. {_YES_OR_NO}",
        prepare=_in_doubt,
        check=_live_and_known,
        solved_by=_reconciles,
        failed_by=(_publishes_a_copy,),
    ),
)
