"""The calls that publishing a post would make, described and not sent."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from pressroom.core.assets import Asset, MediaReport, MediaType, Wish
from pressroom.core.post import Followup, Post, PostKind
from pressroom.graph import calls
from pressroom.graph.calls import Call
from pressroom.graph.ids import ContainerId, MediaId, UserId
from pressroom.publish.checks.examined import check_examined
from pressroom.publish.checks.validate import media_type_of_url
from pressroom.publish.steps.containers import Hosted, create_call
from pressroom.publish.steps.wishes import carousel_ratio, cover_wish, wish_for

_CONTAINER, _MEDIA = "<container id>", "<media id>"


Check = Callable[[Path, Wish], Awaitable[MediaReport]]


async def reports_on(post: Post, check: Check) -> dict[Asset, MediaReport]:
    """Hold the rules against each file of a post, by the one shape that a carousel's share."""
    local = [asset for asset in post.assets if not asset.is_url]
    reports = {asset: await check(asset.path, wish_for(post)) for asset in local}
    ratio = carousel_ratio(post, [reports[one].seen if one in reports else None for one in post.assets])
    if ratio is not None:
        # The first item's shape is known only now, and it is a rule for all of them.
        reports = {asset: await check(asset.path, wish_for(post, ratio)) for asset in local}
    cover = post.options.cover
    if cover and not cover.is_url:
        reports[cover] = await check(cover.path, cover_wish(post))
    return reports


def rehearse(
    post: Post,
    user: UserId,
    reports: Mapping[Asset, MediaReport],
    *,
    takes_snapshot: bool,
    uploaded: Collection[Asset] = (),
) -> list[Call[Any]]:
    """List the calls in order; ids and addresses that do not exist yet stand in angle brackets.

    uploaded: the files that are sent to Instagram rather than fetched. Each status read stands for as many as
    it takes. Raises MediaRefused for a file that cannot be made fit, Refused for one an option does not suit.
    """
    media = {
        index: _hosted(post, asset, reports, is_uploaded=asset in uploaded)
        for index, asset in enumerate(post.assets)
    }
    check_examined(post, [reports[one].seen if one in reports else None for one in post.assets])
    cover = post.options.cover
    cover_url = _hosted(post, cover, reports, is_uploaded=False).url if cover else None
    items: list[int | None] = list(range(len(post.assets))) if post.kind is PostKind.CAROUSEL else []
    children = [ContainerId(f"<container id {item + 1}>") for item in range(len(items))]
    listed: list[Call[Any]] = [create_call(post, user, item, media=media) for item in items]
    listed += [calls.container_status(child) for child in children]
    listed.append(create_call(post, user, None, media=media, children=children, cover_url=cover_url))
    container = ContainerId(_CONTAINER)
    listed.append(calls.container_status(container))
    if takes_snapshot:
        is_story = post.kind is PostKind.STORY
        listed += [calls.stories(user) if is_story else calls.media_list(user), calls.publishing_quota(user)]
    listed.append(calls.publish(user, container))
    return listed + _followups(post)


def _hosted(post: Post, asset: Asset, reports: Mapping[Asset, MediaReport], *, is_uploaded: bool) -> Hosted:
    if asset.is_url:
        kind: MediaType = (
            "video" if post.kind is PostKind.REEL else media_type_of_url(asset.source) or "image"
        )
        return Hosted(asset.source, kind)
    report = reports[asset]
    if report.refusal is not None:
        raise report.refusal
    return Hosted(None if is_uploaded else f"<address of {asset.path.name}>", report.media_type)


def _followups(post: Post) -> list[Call[Any]]:
    listed: list[Call[Any]] = []
    if Followup.PERMALINK in post.followups:
        listed.append(calls.media(MediaId(_MEDIA)))
    if post.options.first_comment:
        listed.append(calls.comment(MediaId(_MEDIA), post.options.first_comment))
    return listed
