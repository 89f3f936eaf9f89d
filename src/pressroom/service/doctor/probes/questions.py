"""The questions themselves: each function asks by what the desk offers, and says what it found out.

First those that read, then those whose containers are never published, those that publish, and those that
renew the token. `table` has them in the order in which they are asked.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from pressroom.core.account import Account
from pressroom.core.errors import GraphError, PressroomError
from pressroom.graph import calls
from pressroom.graph.answers import ME, CommentId, ContainerId, Insight, MediaId, Page, timestamp_of
from pressroom.graph.call import Call
from pressroom.graph.error_table import Proves
from pressroom.graph.hosts import GRAPH_INSTAGRAM
from pressroom.graph.limits import CAPTION_CHARACTERS, CAPTION_HASHTAGS, CAPTION_WARN_HASHTAGS
from pressroom.service.doctor.probes.desk import (
    Desk,
    MadeKind,
    Renewer,
    Told,
    Unasked,
    Untold,
    refuses,
    to_its_end,
)

AnswerT = TypeVar("AnswerT")
PACIFIC = "America/Los_Angeles"
_DAYS = 3


async def _unless_refused(desk: Desk, call: Call[AnswerT]) -> AnswerT | None:
    """Ask, and return None where Instagram refuses what is asked. Raises other errors as `Desk.ask`."""
    try:
        return await desk.ask(call)
    except GraphError as error:
        if not refuses(error):
            raise
        return None


async def me(desk: Desk) -> Told:
    """Ask whom `/me` names under Unified Login."""
    account, more = desk.client.account, ""
    # Whether Instagram Login's host takes the token, too. A sandbox is one host.
    if account.is_real:
        other = desk.open_client(replace(account, api_base=f"https://{GRAPH_INSTAGRAM}"))
        try:
            await desk.watch(f"GET /me, on {GRAPH_INSTAGRAM}", other.send(calls.user(ME, fields="id")))
            more = f" {GRAPH_INSTAGRAM} takes its token, too."
        except GraphError as error:
            more = f" {GRAPH_INSTAGRAM} refuses its token ({error.code})."
    if await _unless_refused(desk, calls.user(ME, fields="id,media_count")):
        return Told(f"/me is the Instagram account.{more}", {"unified_me": "account"})
    return Told(f"/me is no Instagram account, but a system user.{more}", {"unified_me": "system_user"})


async def self_inspection(desk: Desk) -> Told:
    """Ask a token about itself."""
    token = desk.client.account.token.reveal()
    answer = await _unless_refused(desk, calls.token_info(token, token))
    is_valid = answer is not None and answer.data.is_valid
    words = "A token is told about itself." if is_valid else "A token is told nothing about itself."
    return Told(words, {"self_inspection": is_valid})


async def quota(desk: Desk) -> Told:
    """Read how many posts the account may publish in a day."""
    data = (await desk.ask(calls.publishing_quota(desk.user))).data
    total = data[0].config.quota_total if data and data[0].config else None
    if total is None:
        raise Untold("The quota was read, and its total is not in it.")
    return Told(f"{total} posts in a rolling day.", {"quota_total": total})


async def insights_day(desk: Desk) -> Told:
    """Read at which moment a day of the account's numbers ends."""
    until = int(desk.client.clock.now().timestamp())
    call = Call(
        method="GET",
        path=f"/{desk.user}/insights",
        params={
            "metric": "reach",
            "period": "day",
            "since": str(until - int(timedelta(days=_DAYS).total_seconds())),
            "until": str(until),
        },
        answer=Page[Insight],
    )
    values = [value for insight in (await desk.ask(call)).data for value in insight.values]
    ends = [timestamp_of(value.end_time) for value in values if value.end_time]
    if not ends:
        raise Untold("There are no daily numbers with an end.")
    # Pacific first, as in Meta's samples: the login's own zone may have the same midnights.
    for zone in dict.fromkeys((PACIFIC, "UTC", desk.zone)):
        local = [end.astimezone(ZoneInfo(zone)) for end in ends]
        if all((end.hour, end.minute, end.second) == (0, 0, 0) for end in local):
            hours = ", ".join(sorted({f"{end:%H:%M}" for end in ends}))
            return Told(f"A day ends at midnight of {zone}: {hours} UTC.", {"insights_day_zone": zone})
    raise Untold(f"A day ends at {ends[-1]:%H:%M} UTC: midnight of no zone that was tried.")


_LONGEST = CAPTION_CHARACTERS.most
_EMOJI = 40
# A number that no Page is known to have, and no place of Meta's search.
_NO_PLACE = "999999999999999"
FEW, MANY = 11, 20
"""The carousels that are asked for: one item more than documented, and what one reading of the pages says."""


async def caption_unit(desk: Desk) -> Told:
    """Make a caption that is 2,200 characters long, and longer in UTF-16; refused, one of few bytes."""
    if await _is_taken(desk, "a" * (_LONGEST - _EMOJI) + "\N{SLIGHTLY SMILING FACE}" * _EMOJI):
        return Told("An emoji counts as one of the 2,200.", {"caption_unit": "character"})
    # Also refused where bytes are counted; then this one, of two bytes each, is refused as well.
    if await _is_taken(desk, "\N{LATIN SMALL LETTER E WITH ACUTE}" * _LONGEST):
        return Told("An emoji counts as two of the 2,200.", {"caption_unit": "utf16"})
    raise Untold("Captions of 2,200 letters are refused whatever they are: bytes may be counted.")


async def hashtags(desk: Desk) -> Told:
    """Make captions of 30 and of five hashtags."""
    # The API documents 30, Instagram's own app takes five.
    for count in (CAPTION_HASHTAGS.most, CAPTION_WARN_HASHTAGS):
        if await _is_taken(desk, " ".join(f"#question{number}" for number in range(count))):
            return Told(f"A caption of {count} hashtags is taken.", {"caption_hashtags_max": count})
    raise Untold("Not even five hashtags are taken.")


async def _is_taken(desk: Desk, caption: str) -> bool:
    photo = calls.create_photo(desk.user, image_url=desk.picture, caption=caption)
    return await desk.takes(photo) is not None


async def explicit_image(desk: Desk) -> Told:
    """Make a container that says `media_type=IMAGE`, which no page documents."""
    photo = calls.create_photo(desk.user, image_url=desk.picture).with_params(media_type="IMAGE")
    if await desk.takes(photo):
        return Told("media_type=IMAGE is taken.", {"explicit_image": "accept"})
    return Told("media_type=IMAGE is refused.", {"explicit_image": "refuse"})


async def locations(desk: Desk) -> Told:
    """Make a container at a place that does not exist."""
    photo = calls.create_photo(desk.user, image_url=desk.picture, location_id=_NO_PLACE)
    if await desk.takes(photo):
        return Told("Any number is taken as a location.", {"locations": "any"})
    return Told("A location that is no place is refused.", {"locations": "found"})


async def uploads(desk: Desk) -> Told:
    """Ask for a container whose bytes would be uploaded; none are."""
    await desk.plain()
    reel = calls.resumable(calls.create_reel(desk.user, video_url=None))
    if await desk.takes(reel):
        return Told("A container for an upload is made.", {"instagram_uploads": True})
    return Told("A container for an upload is refused.", {"instagram_uploads": False})


async def carousel(desk: Desk) -> Told:
    """Make a carousel of 11 items, and if it is taken, of 20."""
    # The items of the first carousel serve the second: containers count against the 400 of a day.
    items = list[ContainerId]()
    if not await _is_carousel_taken(desk, items, FEW):
        return Told("A carousel of 11 items is refused.", {"carousel_max": FEW - 1})
    if await _is_carousel_taken(desk, items, MANY):
        return Told(f"A carousel of {MANY} items is taken.", {"carousel_max": MANY})
    return Told(f"A carousel of {FEW} items is taken, and one of {MANY} is not.", {"carousel_max": FEW})


async def _is_carousel_taken(desk: Desk, items: list[ContainerId], count: int) -> bool:
    while len(items) < count:
        item = await desk.takes(calls.create_carousel_item(desk.user, image_url=desk.picture))
        if item is None:
            raise Untold("An item of a carousel is refused.")
        await desk.ready(item)
        items.append(item)
    return await desk.takes(calls.create_carousel(desk.user, children=items)) is not None


_LOOK_EVERY_S = 1.0
_LOOKS, _LOOKS_AFTER_REFUSAL = 120, 30
COMMENTS = (2200, 1000, 300)
"""How long the comments are that are tried, until one is taken."""
_COMMENT_WORDS = "How long may a comment be? "


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
    refused, twice = "The second publish of a container is refused.", {"republish": "second_media"}
    try:
        second = await desk.publish(story.container, MadeKind.STORY)
    except GraphError as error:
        if not refuses(error):
            raise
        if error.proves is Proves.REFUSED:
            return Told(refused, {"republish": "refuse"})
        # An error that proves nothing has come with a media all the same: then a second story is listed.
        # It is named again only if it shows, since a refusal may be the truth.
        unnamed = desk.made.pop()
        for _ in range(_LOOKS_AFTER_REFUSAL):
            await desk.sleep(_LOOK_EVERY_S)
            if more := await _listed(desk) - before:
                desk.made.append(replace(unnamed, id=next(iter(more))))
                return Told("The second publish is refused, and makes a second media.", twice)
        return Told(refused, {"republish": "refuse"})
    if second == story.media:
        desk.made.pop()
        return Told("The second publish answers with the first media, and makes none.")
    return Told("The second publish makes a second media.", twice)


async def _listed(desk: Desk) -> set[str]:
    stories = (await desk.ask(calls.stories(desk.user, fields="id"))).data
    return {story.id for story in stories if story.id}


async def comment_length(desk: Desk) -> Told:
    """Write comments on a post, the longest first, until one is taken; it is deleted at once."""
    post = await desk.post()
    longer = None
    # The longest first: the one that is taken is the answer.
    for length in COMMENTS:
        if await to_its_end(_is_comment_taken(desk, post.media, length)):
            end = f", and one of {longer} is not" if longer else ""
            return Told(f"A comment of {length} characters is taken{end}.", {"comment_max": length})
        longer = length
    raise Untold("Not even a comment of 300 characters is taken.")


async def _is_comment_taken(desk: Desk, media: MediaId, length: int) -> bool:
    text = (_COMMENT_WORDS * (length // len(_COMMENT_WORDS) + 1))[:length].rstrip().ljust(length, ".")
    try:
        with desk.making(MadeKind.COMMENT) as comment:
            comment.id = (await desk.ask(calls.comment(media, text))).id
    except GraphError as error:
        if not refuses(error):
            raise
        return False
    try:
        comment.is_deleted = (await desk.ask(calls.delete_comment(CommentId(comment.id)))).success
    except PressroomError:
        comment.is_deleted = False  # the report says that it stays
    return True


_NO_RIGHT, _NO_TOKEN = 10, 190


async def refresh(desk: Desk) -> Told:
    """Renew a token that is old enough, and ask whether the one before still works."""
    renewer = _renewer(desk)
    if not await renewer.is_old_enough():
        raise Unasked(f"The token is {_hours(await renewer.age())} old, and is renewed from 24 hours on.")
    old = await _renew(desk, renewer)
    if old.token == desk.client.account.token:
        return Told("The token stays the same, and lasts longer.", {"refresh_makes_new_token": False})
    before, has_ended = desk.open_client(old), False
    try:
        await desk.watch("GET /me, by the token before", before.send(calls.user(ME, fields="id")))
    except GraphError as error:
        if error.code != _NO_TOKEN:
            raise
        has_ended = True
    words = f"Another token comes, and the one before {'has ended' if has_ended else 'still works'}."
    return Told(words, {"refresh_makes_new_token": True, "refresh_ends_old_token": has_ended})


async def early_refresh(desk: Desk) -> Told:
    """Try to renew a token that is younger than a day."""
    renewer = _renewer(desk)
    if await renewer.is_old_enough():
        age = _hours(await renewer.age())
        raise Unasked(f"The token is {age} old; sign in again, or renew it, and ask within 24 hours.")
    # A pasted token may be older than the day since it came here.
    was_renewed_here = (await renewer.stored()).token_refreshed_at is not None
    try:
        await _renew(desk, renewer)
    except GraphError as error:
        if not (refuses(error) or error.code in (_NO_TOKEN, _NO_RIGHT)):
            raise
        words = f"Instagram answers {error.code}{f'/{error.subcode}' if error.subcode else ''}."
        # Another number is told, too, and sets nothing: the sandbox plays these two.
        is_played = error.code in (100, _NO_TOKEN)
        return Told(words, {"early_refresh": int(error.code or 0)} if is_played else {})
    if was_renewed_here:
        return Told("A token younger than a day is renewed.", {"early_refresh": "allowed"})
    raise Untold("It was renewed, and may have been older than it has been here: now it is new, ask again.")


def _renewer(desk: Desk) -> Renewer:
    if desk.renewer is None:
        raise Unasked(
            "The token is not in the store, where a new one is kept: sign in, or name a stored account."
        )
    return desk.renewer


async def _renew(desk: Desk, renewer: Renewer) -> Account:
    """Renew, go on with the token that is stored then, and return the account with the one before.

    Raises as `TokenKeeper.renew`.
    """
    old = await renewer.account()
    if await desk.watch("GET /refresh_access_token", renewer.renew()) is None:
        raise Unasked("A worker renews the token at this moment.")
    desk.client = desk.open_client(await renewer.account())
    return old


def _hours(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"  # noqa: PLR2004  # two days
