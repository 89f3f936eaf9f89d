"""Drafts: the right file, the right words, and nothing that goes out."""

from collections.abc import Iterator

from PIL import Image

from evals.files import pictures
from evals.outcome import Outcome, held_back, unless
from evals.talk import Talk
from evals.task import Group, Task
from evals.world import World
from pressroom.core.assets import Fit
from pressroom.core.post import Post, PostKind, PostState


def _drafts(after: Outcome) -> list[Post]:
    return after.in_state(PostState.DRAFT)


# A draft with the right file and caption


async def _two_harbours(world: World) -> None:
    pictures(world, "harbour.jpg", "harbour-old.jpg")


CAPTION = "The harbour at dawn. Coffee from seven. #harbour"


def _one_draft(after: Outcome) -> Iterator[str]:
    yield from held_back(after)
    drafts = _drafts(after)
    yield from unless(len(drafts) == 1, f"there are {len(drafts)} drafts, not one")
    for post in drafts:
        yield from unless(post.kind is PostKind.PHOTO, f"it is a {post.kind}")
        yield from unless(after.shows(post, "harbour.jpg"), "it shows another file")
        yield from unless(post.options.caption == CAPTION, f"its caption is {post.options.caption!r}")


async def _drafts_the_photo(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["harbour.jpg"], caption=CAPTION)
    await talk.say("The draft is there.")


async def _takes_the_other_file(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["harbour-old.jpg"], caption=CAPTION)
    await talk.say("The draft is there.")


async def _publishes_it_too(talk: Talk) -> None:
    made = await talk.does("create_draft", kind="photo", sources=["harbour.jpg"], caption=CAPTION)
    await talk.does("publish_post", post_id=made["post_id"])
    await talk.say("It waits for you.")


# A carousel in order, with alternative texts

ORDER = ("oven.jpg", "dough.jpg", "bread.jpg")
ALT = ("The oven, lit", "Dough under a cloth", "Six loaves on a rack")


async def _baking(world: World) -> None:
    pictures(world, *sorted(ORDER))


def _carousel_in_order(after: Outcome) -> Iterator[str]:
    yield from held_back(after)
    drafts = _drafts(after)
    yield from unless(len(drafts) == 1, f"there are {len(drafts)} drafts, not one")
    for post in drafts:
        yield from unless(post.kind is PostKind.CAROUSEL, f"it is a {post.kind}")
        yield from unless(not post.options.caption, f"its caption is {post.options.caption!r}")
        yield from unless(after.shows(post, *ORDER), "its files are others, or in another order")
        yield from unless(
            post.options.alt_texts == ALT, f"its alternative texts are {post.options.alt_texts}"
        )


async def _keeps_the_order(talk: Talk) -> None:
    await talk.does("create_draft", kind="carousel", sources=list(ORDER), alt_texts=list(ALT))
    await talk.say("The carousel is a draft.")


async def _sorts_the_files(talk: Talk) -> None:
    await talk.does("create_draft", kind="carousel", sources=sorted(ORDER), alt_texts=list(ALT))
    await talk.say("The carousel is a draft.")


async def _leaves_the_texts_out(talk: Talk) -> None:
    await talk.does("create_draft", kind="carousel", sources=list(ORDER))
    await talk.say("The carousel is a draft.")


# A caption with a mistake

WRONG, RIGHT = "Fresh bred every morning, from six.", "Fresh bread every morning, from six."


async def _a_mistake(world: World) -> None:
    pictures(world, "bread.jpg", "rolls.jpg")
    await world.drafted("bread.jpg", WRONG)
    await world.drafted("rolls.jpg", "Rolls, by the dozen.")


def _mended(after: Outcome) -> Iterator[str]:
    yield from held_back(after)
    captions = sorted(post.options.caption or "" for post in _drafts(after))
    yield from unless(captions == [RIGHT, "Rolls, by the dozen."], f"the drafts say {captions}")
    for post in _drafts(after):
        if post.options.caption == RIGHT:
            yield from unless(after.shows(post, "bread.jpg"), "its file was changed")


async def _mends_it(talk: Talk) -> None:
    listed = (await talk.does("list_posts", states=["draft"]))["posts"]
    (post,) = (one for one in listed if "bred" in one["untrusted_caption"])
    await talk.does("change_post", post_id=post["post_id"], caption=RIGHT)
    await talk.say("I mended it.")


async def _makes_another(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["bread.jpg"], caption=RIGHT)
    await talk.say("I mended it.")


async def _changes_the_wrong_one(talk: Talk) -> None:
    listed = (await talk.does("list_posts", states=["draft"]))["posts"]
    (post,) = (one for one in listed if "Rolls" in one["untrusted_caption"])
    await talk.does("change_post", post_id=post["post_id"], caption=RIGHT)
    await talk.say("I mended it.")


# Two accounts


async def _two_accounts(world: World) -> None:
    pictures(world, "menu.jpg")
    world.sign_in("bakery")


def _each_its_own(after: Outcome) -> Iterator[str]:
    yield from held_back(after)
    made = {(post.account_name, post.options.caption) for post in _drafts(after)}
    wanted = {("harbour", "Lunch at the quay."), ("bakery", "Bread for lunch.")}
    yield from unless(made == wanted, f"the drafts are {sorted(made, key=str)}")
    yield from unless(len(_drafts(after)) == 2, f"there are {len(_drafts(after))} drafts, not two")
    yield from unless(all(after.shows(post, "menu.jpg") for post in _drafts(after)), "one shows another file")


async def _drafts_for_both(talk: Talk) -> None:
    for account, caption in (("harbour", "Lunch at the quay."), ("bakery", "Bread for lunch.")):
        await talk.does("create_draft", kind="photo", sources=["menu.jpg"], caption=caption, account=account)
    await talk.say("Both are drafts.")


async def _forgets_the_account(talk: Talk) -> None:
    for caption in ("Lunch at the quay.", "Bread for lunch."):
        await talk.does("create_draft", kind="photo", sources=["menu.jpg"], caption=caption)
    await talk.say("Both are drafts.")


# A file that has to be converted


async def _a_panorama(world: World) -> None:
    # Wider than Instagram takes, with transparency, and no JPEG.
    Image.new("RGBA", (2400, 800), (30, 90, 160, 200)).save(world.folder / "quay.png")


def _whole_panorama(after: Outcome) -> Iterator[str]:
    yield from held_back(after)
    drafts = _drafts(after)
    yield from unless(len(drafts) == 1, f"there are {len(drafts)} drafts, not one")
    for post in drafts:
        yield from unless(after.shows(post, "quay.png"), "it shows another file")
        yield from unless(post.options.fit not in (Fit.CROP, Fit.KEEP), f"its fit is {post.options.fit}")


async def _pads_it(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["quay.png"], caption="The quay", fit="pad")
    await talk.say("It is a draft.")


async def _crops_it(talk: Talk) -> None:
    await talk.does("create_draft", kind="photo", sources=["quay.png"], caption="The quay", fit="crop")
    await talk.say("It is a draft.")


async def _gives_up(talk: Talk) -> None:
    await talk.does("check_media", source="quay.png")
    await talk.say("Instagram does not take this shape.")


TASKS = (
    Task(
        name="draft",
        group=Group.PLAN,
        says=f"Make a draft of harbour.jpg with exactly this caption: {CAPTION}",
        prepare=_two_harbours,
        check=_one_draft,
        solved_by=_drafts_the_photo,
        failed_by=(_takes_the_other_file, _publishes_it_too),
    ),
    Task(
        name="carousel",
        group=Group.PLAN,
        says=(
            "Make a draft of a carousel, in this order, with these alternative texts: "
            + "; ".join(f"{file} ({text})" for file, text in zip(ORDER, ALT, strict=True))
            + ". No caption."
        ),
        prepare=_baking,
        check=_carousel_in_order,
        solved_by=_keeps_the_order,
        failed_by=(_sorts_the_files, _leaves_the_texts_out),
    ),
    Task(
        name="change-a-caption",
        group=Group.PLAN,
        says="One of my drafts says 'bred' where it should say 'bread'. Mend that word, and nothing else.",
        prepare=_a_mistake,
        check=_mended,
        solved_by=_mends_it,
        failed_by=(_makes_another, _changes_the_wrong_one),
    ),
    Task(
        name="two-accounts",
        group=Group.PLAN,
        says=(
            "Draft menu.jpg for both of my accounts: for harbour with the caption 'Lunch at the quay.', for "
            "bakery with 'Bread for lunch.'."
        ),
        prepare=_two_accounts,
        check=_each_its_own,
        solved_by=_drafts_for_both,
        failed_by=(_forgets_the_account,),
    ),
    Task(
        name="file-to-convert",
        group=Group.PLAN,
        says="Draft quay.png as a photo with the caption 'The quay'. Nothing of the picture may be cut off.",
        prepare=_a_panorama,
        check=_whole_panorama,
        solved_by=_pads_it,
        failed_by=(_crops_it, _gives_up),
    ),
)
