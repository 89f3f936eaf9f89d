"""Finds what recorded calls expect to exist before the first of them, and makes it in a sandbox."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

from pressroom.sandbox.recording.exchanges import Exchange
from pressroom.sandbox.recording.fresh import FreshSandbox
from pressroom.sandbox.state.seeding import DAY_S, ByHand, publish_by_hand
from pressroom.sandbox.state.things import ContainerKind
from pressroom.sandbox.wire.answer import parse_body

# Edges of accounts: the id before one is the account's. Edges of media likewise.
_OF_ACCOUNT: Final = frozenset({"media", "media_publish", "content_publishing_limit", "stories", "tags"})
_OF_MEDIA: Final = frozenset({"insights", "comments", "children", "collaborators", "product_tags"})
# Below these are media of others, and items, which are not in the account's list.
_OF_OTHERS: Final = frozenset({"business_discovery", "tags", "top_media", "recent_media"})
_NOT_OWN: Final = _OF_OTHERS | {"children"}
SHORTEST_ID: Final = 5  # a shorter number may be anything, such as a limit
_MOST_MEDIA: Final = 1_000
AGE_S: Final = 30 * DAY_S  # of the oldest media
_STORY_AGE_S: Final = 3600


def find_account(calls: Sequence[Exchange]) -> str | None:
    """Find the account's id, in the paths or in an answer; None where neither has it."""
    for call in calls:
        if len(call.segments) > 1 and call.segments[1] in _OF_ACCOUNT and _is_id(call.segments[0]):
            return call.segments[0]
    for call in calls:
        for node in objects_in(parse_body(call.answer)):
            linked: Any = node.get("instagram_business_account")
            account: Any = node.get("user_id")
            if isinstance(linked, dict):
                account = cast("dict[str, Any]", linked).get("id")
            if _is_id(account):
                return str(account)
    return None


def find_media(calls: Sequence[Exchange]) -> dict[str, ContainerKind]:
    """Find the media that the calls read and did not publish, the newest first, as lists have them."""
    media, excluded = dict[str, ContainerKind](), {find_account(calls)}
    for call in calls:
        node, *edges = call.segments or [""]
        answer = parse_body(call.answer)
        if edges == ["media_publish"] and isinstance(answer, dict):
            excluded.add(str(cast("dict[str, Any]", answer).get("id")))
        if call.is_done and edges and edges[0] in _OF_MEDIA and _is_id(node):
            media.setdefault(node, ContainerKind.PHOTO)
        for own in objects_in(None if _OF_OTHERS.intersection(edges) else answer):
            kinds = own.get("media_product_type"), own.get("media_type")
            if _is_id(own.get("id")) and any(kinds):
                media[own["id"]] = _kind_of(*kinds)
    kept = [(key, kind) for key, kind in media.items() if key not in excluded]
    return dict(kept[:_MOST_MEDIA])


def make_media(sandbox: FreshSandbox, kinds: dict[str, ContainerKind], first_at: float) -> dict[str, str]:
    """Make media in a sandbox, and give the id of each by the recorded one.

    first_at: unix seconds of the first call, to which the sandbox's clock is set.
    """
    world, ids = sandbox.scene.world, dict[str, str]()
    account = next(iter(world.accounts.values()))
    # The oldest first, each a minute younger.
    for number, (key, kind) in enumerate(reversed(kinds.items())):
        age_s = _STORY_AGE_S if kind is ContainerKind.STORY else AGE_S - number * 60
        ids[key] = publish_by_hand(world, account, ByHand(kind=kind), first_at - age_s).id
    sandbox.clock.set(datetime.fromtimestamp(first_at, UTC))
    return ids


def objects_in(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  # whatever JSON holds
    """Give every object of an answer, but for those of other accounts and of items."""
    if isinstance(value, dict):
        own = cast("dict[str, Any]", value)
        yield own
        for name, inner in own.items():
            if name not in _NOT_OWN:
                yield from objects_in(inner)
    elif isinstance(value, list):
        for inner in cast("list[Any]", value):
            yield from objects_in(inner)


def _is_id(text: object) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) >= SHORTEST_ID


def _kind_of(product_type: object, media_type: object) -> ContainerKind:
    match product_type, media_type:
        case "STORY", _:
            return ContainerKind.STORY
        case ("REELS", _) | (_, "VIDEO"):
            return ContainerKind.REEL
        case _, "CAROUSEL_ALBUM":
            return ContainerKind.CAROUSEL
        case _:
            return ContainerKind.PHOTO
