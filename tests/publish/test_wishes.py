"""What each file of a post is to become."""

from fractions import Fraction

import pytest

from pressroom.core.assets import Edits, Fit, Seen
from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.publish.steps.preparation import Preparation, carousel_ratio, wish_for
from pressroom.publish.validation import validate
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.posts import a_post

SQUARE, TALL, FOUR_FIVE, WIDE = Fraction(1), Fraction(9, 16), Fraction(4, 5), Fraction(3)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        (Seen("image", SQUARE), Seen("image", WIDE), SQUARE),
        (Seen("image", TALL), Seen("image", SQUARE), FOUR_FIVE),
        (Seen("image", WIDE), Seen("video", TALL), Fraction(191, 100)),
        (Seen("video", TALL), Seen("image", SQUARE), FOUR_FIVE),
        (Seen("video", TALL), Seen("video", WIDE), TALL),
        (Seen("video", Fraction(12)), Seen("video", WIDE), Fraction(10)),
    ],
)
def test_a_carousel_has_the_shape_of_its_first_item_within_the_bounds(
    first: Seen, second: Seen, ratio: Fraction
) -> None:
    """Instagram crops to it; pictures are bounded to 4:5 and 1.91:1, clips alone to 0.01:1 and 10:1."""
    assert carousel_ratio(a_post(PostKind.CAROUSEL, "a", "b"), [first, second]) == ratio


def test_clips_beside_an_address_are_bounded_as_it_may_be_a_picture() -> None:
    clip = Seen("video", TALL)
    for url, ratio in (("https://e.com/b.mp4", TALL), ("https://e.com/b", FOUR_FIVE)):
        assert carousel_ratio(a_post(PostKind.CAROUSEL, "a.mp4", url), [clip, None]) == ratio


def test_items_keep_their_own_shape_where_none_is_common() -> None:
    both = [Seen("image", SQUARE), Seen("image", WIDE)]
    assert carousel_ratio(a_post(PostKind.CAROUSEL, "a", "b", fit=Fit.KEEP), both) is None
    assert carousel_ratio(a_post(PostKind.CAROUSEL, "https://e.com/a.jpg", "b"), [None, both[1]]) is None
    assert carousel_ratio(a_post(PostKind.PHOTO, "a.jpg"), both[:1]) is None


async def test_every_file_of_a_carousel_is_made_in_that_shape() -> None:
    desk = FakeDesk()
    desk.ratios["1.jpg"] = TALL
    post = a_post(PostKind.CAROUSEL, "1.jpg", "2.jpg", "3.mp4")
    await Preparation(desk=desk, host=FakeHost()).prepare(post)
    assert [wish.ratio for wish in desk.wishes] == [FOUR_FIVE] * 3


def test_edits_and_quality_go_to_the_files() -> None:
    edits = Edits(start_s=1, loudness=True)
    wish = wish_for(a_post(PostKind.REEL, "a.mp4", edits=edits, quality="high"))
    assert (wish.edits, wish.quality) == (edits, "high")


@pytest.mark.parametrize(
    ("kind", "sources", "edits"),
    [
        (PostKind.PHOTO, ("a.jpg",), Edits(loudness=True)),
        (PostKind.CAROUSEL, ("a.mp4", "b.mp4"), Edits(start_s=1)),
        (PostKind.REEL, ("https://e.com/a.mp4",), Edits(repeat=True)),
    ],
)
def test_edits_that_would_come_to_nothing_are_refused(
    kind: PostKind, sources: tuple[str, ...], edits: Edits
) -> None:
    with pytest.raises(Refused) as caught:
        validate(a_post(kind, *sources, edits=edits))
    assert caught.value.rule == "edits"


def test_edits_of_an_address_that_is_converted_are_fine() -> None:
    validate(a_post(PostKind.REEL, "https://e.com/a.mp4", edits=Edits(repeat=True), convert=True))
    validate(a_post(PostKind.CAROUSEL, "a.mp4", "b.jpg", edits=Edits(loudness=True)))
