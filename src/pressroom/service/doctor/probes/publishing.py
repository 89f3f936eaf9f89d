"""Probes that publish: a story that vanishes by itself, and a post that a person deletes."""

from dataclasses import replace

from pressroom.core.errors import GraphError, PressroomError
from pressroom.graph import calls
from pressroom.graph.error_table import Proves
from pressroom.graph.ids import CommentId, MediaId
from pressroom.service.doctor.probes.desk import Desk, refuses
from pressroom.service.doctor.probes.ending import to_its_end
from pressroom.service.doctor.probes.told import MadeKind, Told, Untold

_LOOK_EVERY_S = 1.0
_LOOKS, _LOOKS_AFTER_REFUSAL = 120, 30
COMMENTS = (2200, 1000, 300)
"""How long the comments are that are tried, until one is taken."""
_WORDS = "How long may a comment be? "


async def listing_lag(desk: Desk) -> Told:
    """Publish a story, and look each second whether it is listed."""
    story = await desk.story()
    for look in range(_LOOKS):
        listed = await _listed(desk)
        # The answer's own time is no lag of the list.
        after_s = 0.0 if look == 0 else round(desk.now - story.published_at, 1)
        if story.media in listed:
            return Told(f"A story is listed after {after_s:g} s.", {"listing_lag_s": after_s})
        await desk.sleep(_LOOK_EVERY_S)
    raise Untold("The story was not listed within two minutes.")


async def second_publish(desk: Desk) -> Told:
    """Publish the story's container once more: the one call here that is sent twice, and the question."""
    story = await desk.story()
    before = await _listed(desk) | {story.media}
    try:
        second = await desk.publish(story.container, MadeKind.STORY)
    except GraphError as error:
        if not refuses(error):
            raise
        return await _after_refusal(desk, error, before)
    if second == story.media:
        desk.made.pop()
        return Told("The second publish answers with the first media, and makes none.")
    return Told("The second publish makes a second media.", {"republish": "second_media"})


async def _after_refusal(desk: Desk, error: GraphError, before: set[str]) -> Told:
    # An error that proves nothing has come with a media all the same: then a second story is listed.
    if error.proves is not Proves.REFUSED:
        made = desk.made.pop()
        if appeared := await _appeared(desk, before):
            desk.made.append(replace(made, id=appeared))
            return Told(
                "The second publish is refused, and makes a second media.", {"republish": "second_media"}
            )
    return Told("The second publish of a container is refused.", {"republish": "refuse"})


async def _appeared(desk: Desk, before: set[str]) -> str | None:
    for _ in range(_LOOKS_AFTER_REFUSAL):
        await desk.sleep(_LOOK_EVERY_S)
        if more := await _listed(desk) - before:
            return next(iter(more))
    return None


async def _listed(desk: Desk) -> set[str]:
    stories = (await desk.ask(calls.stories(desk.user, fields="id"))).data
    return {one.id for one in stories if one.id}


async def comment_length(desk: Desk) -> Told:
    """Write comments on a post, the longest first, until one is taken; it is deleted at once."""
    post = await desk.post()
    longer = None
    for length in COMMENTS:
        if await to_its_end(_is_comment_taken(desk, post.media, length)):
            end = f", and one of {longer} is not" if longer else ""
            return Told(f"A comment of {length} characters is taken{end}.", {"comment_max": length})
        longer = length
    raise Untold("Not even a comment of 300 characters is taken.")


async def _is_comment_taken(desk: Desk, media: MediaId, length: int) -> bool:
    text = (_WORDS * (length // len(_WORDS) + 1))[:length].rstrip().ljust(length, ".")
    try:
        with desk.making(MadeKind.COMMENT) as made:
            made.id = (await desk.ask(calls.comment(media, text))).id
    except GraphError as error:
        if not refuses(error):
            raise
        return False
    try:
        made.is_deleted = (await desk.ask(calls.delete_comment(CommentId(made.id)))).success
    except PressroomError:
        made.is_deleted = False  # the report says that it stays
    return True
