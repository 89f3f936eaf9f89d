"""The calls a post would make, described and not sent."""

from collections.abc import Mapping
from typing import Any

from pressroom.core.assets import Action, Asset, MediaReport, MediaType
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Followup, Post, PostKind
from pressroom.graph import calls
from pressroom.graph.calls import Call
from pressroom.graph.ids import ContainerId, MediaId, UserId
from pressroom.publish.containers import Hosted, create_call
from pressroom.publish.validate import media_type_of_url

_CONTAINER, _MEDIA = "<container id>", "<media id>"


def rehearse(
    post: Post, user: UserId, reports: Mapping[Asset, MediaReport], *, takes_snapshot: bool
) -> list[Call[Any]]:
    """List the calls in order; ids and addresses that do not exist yet stand in angle brackets.

    Each status read stands for as many as it takes. Raises MediaRefused for a file that cannot be made fit.
    """
    media = {index: _hosted(post, asset, reports) for index, asset in enumerate(post.assets)}
    cover = post.options.cover
    cover_url = (cover.source if cover.is_url else f"<address of {cover.path.name}>") if cover else None
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


def _hosted(post: Post, asset: Asset, reports: Mapping[Asset, MediaReport]) -> Hosted:
    if asset.is_url:
        kind: MediaType = (
            "video" if post.kind is PostKind.REEL else media_type_of_url(asset.source) or "image"
        )
        return Hosted(asset.source, kind)
    report = reports[asset]
    if report.action is Action.REFUSE:
        raise refusal(report)
    return Hosted(f"<address of {asset.path.name}>", report.media_type)


def refusal(report: MediaReport) -> MediaRefused:
    """Make the error of a report that ends in refusal: the first rule that is not met."""
    broken = next((finding for finding in report.findings if not finding.is_met), None)
    return MediaRefused(
        f"{report.path.name}: {'. '.join(report.reasons) or 'cannot be made acceptable'}.",
        rule=report.error_code or "not_media",
        value=broken.value if broken else None,
        limit=broken.limit if broken else None,
        fix=broken.fix if broken and broken.fix else "Choose another file.",
    )


def _followups(post: Post) -> list[Call[Any]]:
    listed: list[Call[Any]] = []
    if Followup.PERMALINK in post.followups:
        listed.append(calls.media(MediaId(_MEDIA)))
    if post.options.first_comment:
        listed.append(calls.comment(MediaId(_MEDIA), post.options.first_comment))
    return listed
