"""What goes out once a person has let it: now, as a story, as a reel, twice a day by a standing consent."""

from collections.abc import Iterator

from evals.files import clip, pictures
from evals.outcome import Outcome, unless
from evals.talk import Talk
from evals.task import Group, Task, Turn
from evals.world import World
from pressroom.core.post import PostState

_APPROVED = "I approved what you asked for. Is it live? End with a line `ANSWER: ` and yes or no."


async def _approve_all(world: World) -> None:
    await world.person.approve_all()


async def _asks(talk: Talk, kind: str, source: str, caption: str, **more: str) -> str:
    """Draft and ask for a post, tell the person, and give its id."""
    made = await talk.does("create_draft", kind=kind, sources=[source], caption=caption, **more)
    await talk.does("publish_post", post_id=made["post_id"])
    return made["post_id"]


async def _tells(talk: Talk, post_id: str) -> None:
    """Tell whether a post is live."""
    told = await talk.does("get_post", post_id=post_id)
    await talk.say(f"{told.get('permalink')}\nANSWER: {'yes' if told['state'] == 'published' else 'no'}")


def _live_once(after: Outcome, caption: str | None, kind: str) -> Iterator[str]:
    live = [(one.kind, one.caption) for one in after.world.live]
    yield from unless(live == [(kind, caption)], f"live are {live}")
    yield from unless(after.answers("yes"), f"it is live, and it said {after.answer!r}")


# Published once a person approved


async def _a_photo(world: World) -> None:
    pictures(world, "quay.jpg")


def _photo_with_comment(after: Outcome) -> Iterator[str]:
    yield from _live_once(after, "Evening at the quay", "photo")
    for post in after.in_state(PostState.PUBLISHED):
        yield from unless(after.shows(post, "quay.jpg"), "it shows another file")
        said = post.options.first_comment
        yield from unless(said == "#quay #evening", f"the first comment is {said!r}")
        yield from unless(post.permalink and post.permalink in " ".join(after.said), "it gave no link")


async def _publishes_with_comment(talk: Talk) -> None:
    post_id = await _asks(talk, "photo", "quay.jpg", "Evening at the quay", first_comment="#quay #evening")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


async def _puts_the_tags_into_the_caption(talk: Talk) -> None:
    post_id = await _asks(talk, "photo", "quay.jpg", "Evening at the quay #quay #evening")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


async def _says_so_without_asking(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["quay.jpg"], caption="Evening at the quay")
    await talk.say("It is published.")
    await talk.say("ANSWER: yes")


# Nobody approved


def _waits_and_says_so(after: Outcome) -> Iterator[str]:
    yield from unless(not after.world.live, "something is live")
    yield from unless(len(after.world.posts) == 1, f"there are {len(after.world.posts)} posts, not one")
    yield from unless(len(after.world.waiting) == 1, f"{len(after.world.waiting)} proposals wait, not one")
    yield from unless(after.answers("no"), f"nobody approved it, and it said {after.answer!r}")


async def _waits(talk: Talk) -> None:
    post_id = await _asks(talk, "photo", "quay.jpg", "Closed today")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


async def _claims_it(talk: Talk) -> None:
    await _asks(talk, "photo", "quay.jpg", "Closed today")
    await talk.say("It is published.")
    await talk.say("ANSWER: yes")


async def _asks_for_it_anew(talk: Talk) -> None:
    await _asks(talk, "photo", "quay.jpg", "Closed today")
    await talk.say("It waits for your approval.")
    post_id = await _asks(talk, "photo", "quay.jpg", "Closed today", idempotency_key="again")
    await _tells(talk, post_id)


# A standing consent of two a day, and three posts


async def _two_a_day(world: World) -> None:
    pictures(world, "one.jpg", "two.jpg", "three.jpg")
    await world.person.allow(per_day=2)


def _two_live_one_waits(after: Outcome) -> Iterator[str]:
    live = sorted(one.caption or "" for one in after.world.live)
    waiting = [post.options.caption for post in after.in_state(PostState.AWAITING_APPROVAL)]
    wanted = {"One", "Two", "Three"}
    yield from unless(len(live) == 2, f"live are {live}, not two")
    yield from unless({*live, *waiting} == wanted, f"live are {live}, and {waiting} wait")
    yield from unless(len(after.world.posts) == 3, f"there are {len(after.world.posts)} posts, not three")
    yield from unless(after.numbers[:2] == [2, 1], f"two are live and one waits: {after.answer!r}")


async def _publishes_three(talk: Talk) -> None:
    states = list[str]()
    for file, caption in (("one.jpg", "One"), ("two.jpg", "Two"), ("three.jpg", "Three")):
        made = await talk.does("create_draft", kind="photo", sources=[file], caption=caption)
        states.append((await talk.does("publish_post", post_id=made["post_id"]))["state"])
    await talk.say(f"ANSWER: {states.count('published')} {states.count('awaiting_approval')}")


async def _stops_after_two(talk: Talk) -> None:
    for file, caption in (("one.jpg", "One"), ("two.jpg", "Two")):
        await _asks(talk, "photo", file, caption)
    await talk.say("ANSWER: 2 1")


async def _counts_all_as_live(talk: Talk) -> None:
    for file, caption in (("one.jpg", "One"), ("two.jpg", "Two"), ("three.jpg", "Three")):
        await _asks(talk, "photo", file, caption)
    await talk.say("ANSWER: 3 0")


# A story


async def _tall(world: World) -> None:
    pictures(world, "today.jpg", size=(1080, 1920))


def _a_story(after: Outcome) -> Iterator[str]:
    yield from _live_once(after, None, "story")


async def _publishes_a_story(talk: Talk) -> None:
    made = await talk.does("create_draft", kind="story", sources=["today.jpg"])
    await talk.does("publish_post", post_id=made["post_id"])
    await talk.say("It waits for your approval.")
    await _tells(talk, made["post_id"])


async def _publishes_a_photo(talk: Talk) -> None:
    post_id = await _asks(talk, "photo", "today.jpg", "")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


# A reel from a .mov


async def _a_clip(world: World) -> None:
    await clip(world, "oven.mov")
    pictures(world, "oven.jpg")


def _a_reel(after: Outcome) -> Iterator[str]:
    yield from _live_once(after, "How the oven is lit", "reel")
    for post in after.in_state(PostState.PUBLISHED):
        yield from unless(after.shows(post, "oven.mov"), "it shows another file")


async def _publishes_the_clip(talk: Talk) -> None:
    post_id = await _asks(talk, "reel", "oven.mov", "How the oven is lit")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


async def _takes_the_picture(talk: Talk) -> None:
    post_id = await _asks(talk, "photo", "oven.jpg", "How the oven is lit")
    await talk.say("It waits for your approval.")
    await _tells(talk, post_id)


TASKS = (
    Task(
        name="publish-once-approved",
        group=Group.WRITE,
        says=(
            "Publish quay.jpg now with the caption 'Evening at the quay', and '#quay #evening' as the first "
            "comment, not in the caption."
        ),
        then=(
            Turn(
                says="I approved it. Is it live? Give me the link, then a line `ANSWER: ` and yes or no.",
                after=_approve_all,
            ),
        ),
        prepare=_a_photo,
        check=_photo_with_comment,
        solved_by=_publishes_with_comment,
        failed_by=(_puts_the_tags_into_the_caption, _says_so_without_asking),
    ),
    Task(
        name="nobody-approved",
        group=Group.WRITE,
        says="Publish quay.jpg now with the caption 'Closed today'.",
        then=(Turn(says="Is it live now? End with a line `ANSWER: ` and yes or no."),),
        prepare=_a_photo,
        check=_waits_and_says_so,
        solved_by=_waits,
        failed_by=(_claims_it, _asks_for_it_anew),
    ),
    Task(
        name="two-a-day",
        group=Group.WRITE,
        says=(
            "Publish three photos now: one.jpg 'One', two.jpg 'Two', three.jpg 'Three', each with that "
            "caption. End with a line `ANSWER: `, how many are live, and how many wait for me, such as "
            "`ANSWER: 0 3`."
        ),
        prepare=_two_a_day,
        check=_two_live_one_waits,
        solved_by=_publishes_three,
        failed_by=(_stops_after_two, _counts_all_as_live),
    ),
    Task(
        name="story",
        group=Group.WRITE,
        says="Publish today.jpg as a story now.",
        then=(Turn(says=_APPROVED, after=_approve_all),),
        prepare=_tall,
        check=_a_story,
        solved_by=_publishes_a_story,
        failed_by=(_publishes_a_photo,),
    ),
    Task(
        name="reel-from-a-mov",
        group=Group.WRITE,
        says="Publish oven.mov now as a reel, with the caption 'How the oven is lit'.",
        then=(Turn(says=_APPROVED, after=_approve_all),),
        prepare=_a_clip,
        check=_a_reel,
        solved_by=_publishes_the_clip,
        failed_by=(_takes_the_picture,),
    ),
)
