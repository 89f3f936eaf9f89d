from pressroom.core.post import PostKind, Snapshot
from pressroom.graph.answers import Media, MediaProductType, MediaType
from pressroom.graph.ids import MediaId
from pressroom.publish.machine.matching import candidates, normalised
from tests.publish.posts import NOON, a_post

FEED, IMAGE = MediaProductType.FEED, MediaType.IMAGE
POST = a_post(PostKind.PHOTO, caption="Hello  @anna\n#x")


def media(name: str = "m1", **changes: object) -> Media:
    given = {
        "id": MediaId(name),
        "media_type": IMAGE,
        "media_product_type": FEED,
        "caption": "Hello anna #x",
        "timestamp": "2026-11-24T12:00:05+0000",
        **changes,
    }
    return Media(**given)  # pyright: ignore[reportArgumentType]  # a test's shorthand


def found(
    *listed: Media, snapshot: Snapshot | None = None, known: frozenset[MediaId] = frozenset()
) -> set[str]:
    found = candidates(listed, POST, snapshot=snapshot or Snapshot(), known=known, not_before=NOON)
    return {media.id for media in found}


def test_the_new_media_of_same_kind_and_caption_is_a_candidate() -> None:
    assert found(media()) == {"m1"}


def test_what_stood_there_before_is_none() -> None:
    assert found(media(), snapshot=Snapshot(listed=frozenset({MediaId("m1")}))) == set()


def test_another_post_of_ours_is_none() -> None:
    assert found(media(), known=frozenset({MediaId("m1")})) == set()


def test_another_kind_is_none() -> None:
    assert (
        found(media(media_type=MediaType.CAROUSEL_ALBUM), media(media_product_type=MediaProductType.REELS))
        == set()
    )


def test_another_caption_is_none() -> None:
    assert found(media(caption="Hello"), media(caption=None)) == set()


def test_what_is_older_than_the_container_by_the_hosts_clock_is_none() -> None:
    assert found(media(timestamp="2026-11-24T11:59:50+0000")) == set()
    assert found(media(timestamp="2026-11-24T11:59:59+0000")) == {"m1"}


def test_two_that_match_are_both_candidates() -> None:
    assert found(media("m1"), media("m2")) == {"m1", "m2"}


def test_a_caption_is_compared_without_what_instagram_changes() -> None:
    assert normalised("a @b\n\nc ") == normalised("a b c")
    assert normalised("e\u0301") == normalised("\u00e9")
    assert normalised(None) == normalised("")
