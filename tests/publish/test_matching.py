from datetime import timedelta
from itertools import product

import pytest

from pressroom.core.post import Gap, LookBack, Post, PostId, PostKind, PostState, Send, Snapshot
from pressroom.graph.answers import ContainerId, Media, MediaId, MediaProductType, MediaType
from pressroom.publish.machine.events import Sighting
from pressroom.publish.machine.sends import candidates, drop_published, is_older, normalised, sight
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
    found = candidates(listed, POST, snapshot=snapshot or Snapshot(), ours=known, not_before=NOON)
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
    assert found(media(caption="Hello @anna  #x")) == {"m1"}


def test_what_is_older_than_the_container_by_the_hosts_clock_is_none() -> None:
    assert found(media(timestamp="2026-11-24T11:59:50+0000")) == set()
    assert found(media(timestamp="2026-11-24T11:59:59+0000")) == {"m1"}


def test_by_whole_seconds_cut_off_on_both_sides_one_second_earlier_is_not_older() -> None:
    exact, earlier = NOON.replace(microsecond=0), NOON - timedelta(seconds=2)
    assert not is_older(media(timestamp="2026-11-24T11:59:59+0000"), exact)
    assert is_older(media(timestamp="2026-11-24T11:59:58+0000"), exact)
    assert not is_older(media(timestamp="2026-11-24T11:59:58+0000"), earlier)


def test_what_has_no_time_or_is_compared_with_none_is_not_older() -> None:
    assert not is_older(media(timestamp=None), NOON)
    assert not is_older(media(timestamp="2001-01-01T00:00:00+0000"), None)


SHAPES = {
    PostKind.PHOTO: (FEED, IMAGE),
    PostKind.CAROUSEL: (FEED, MediaType.CAROUSEL_ALBUM),
    PostKind.REEL: (MediaProductType.REELS, MediaType.VIDEO),
    PostKind.STORY: (MediaProductType.STORY, IMAGE),
}


@pytest.mark.parametrize(("kind", "listed"), list(product(PostKind, PostKind)))
def test_each_kind_is_listed_in_a_shape_of_its_own(kind: PostKind, listed: PostKind) -> None:
    surface, shape = SHAPES[listed]
    shown = [media(media_product_type=surface, media_type=shape, caption=None)]
    matching = candidates(shown, a_post(kind), snapshot=Snapshot(), ours=frozenset(), not_before=NOON)
    assert bool(matching) is (kind is listed)


def test_a_story_may_be_a_still_or_a_clip() -> None:
    clip = media(media_product_type=MediaProductType.STORY, media_type=MediaType.VIDEO, caption=None)
    story = a_post(PostKind.STORY)
    assert candidates([clip], story, snapshot=Snapshot(), ours=frozenset(), not_before=NOON) == (clip,)


def test_what_instagram_does_not_tell_of_a_media_excludes_none() -> None:
    assert found(media(media_product_type=None)) == {"m1"}
    assert found(media(media_type=None)) == {"m1"}


def test_two_that_match_are_both_candidates() -> None:
    assert found(media("m1"), media("m2")) == {"m1", "m2"}


def test_a_caption_is_compared_without_what_instagram_changes() -> None:
    assert normalised("a @b\n\nc ") == normalised("a b c")
    assert normalised("e\u0301") == normalised("\u00e9")
    assert normalised(None) == normalised("")


def sought(name: str = "post", *, at_s: float = 0, **options: object) -> Post:
    """A post that was to go out at noon and some seconds."""
    post = a_post(PostKind.PHOTO, **{"caption": "Hello @anna #x", **options}).changed(id=PostId(name))
    return post.to_be_looked_for(NOON + timedelta(seconds=at_s))


def at(name: str, second: float, **changes: object) -> Media:
    moment = NOON + timedelta(seconds=second)
    return media(name, **{"timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"), **changes})


WEEK_S = 7 * 24 * 3600.0


def test_of_a_post_to_be_looked_for_one_media_that_may_be_it_is_it() -> None:
    assert sight(sought(), [], [at("m1", 3)]) == (Sighting.LIVE, ("m1",))
    assert sight(sought(), [], [at("m1", 3, timestamp=None)]) == (Sighting.LIVE, ("m1",))


@pytest.mark.parametrize(
    "other", [at("m1", -61 - 1), at("m1", 3, caption="Bye"), at("m1", 3, media_type=MediaType.VIDEO)]
)
def test_what_is_older_or_another_thing_is_not_it(other: Media) -> None:
    assert sight(sought(), [], [other]) == (Sighting.NOTHING, ())


def test_a_minute_before_its_time_it_may_have_gone_out_since_clocks_differ() -> None:
    assert sight(sought(), [], [at("m1", -60)]) == (Sighting.LIVE, ("m1",))


def test_two_media_that_may_be_it_leave_open_which() -> None:
    assert sight(sought(), [], [at("m1", 3), at("m2", 600)]) == (Sighting.UNCERTAIN, ("m1", "m2"))


def test_a_media_is_the_post_whose_time_is_nearest_and_the_other_one_is_open() -> None:
    this_week, last_week = sought("this", at_s=WEEK_S), sought("last")
    listed = [at("m1", WEEK_S + 2)]
    assert sight(this_week, [last_week], listed) == (Sighting.LIVE, ("m1",))
    assert sight(last_week, [this_week], listed) == (Sighting.UNCERTAIN, ("m1",))


def test_each_of_two_media_is_the_post_of_its_week() -> None:
    this_week, last_week = sought("this", at_s=WEEK_S), sought("last")
    listed = [at("m2", WEEK_S + 2), at("m1", 2)]
    assert sight(this_week, [last_week], listed) == (Sighting.LIVE, ("m2",))
    assert sight(last_week, [this_week], listed) == (Sighting.LIVE, ("m1",))


def test_two_posts_of_one_moment_are_two_media_whoever_looks() -> None:
    first, second = sought("a"), sought("b")
    for listed in ([at("m1", 2), at("m2", 2)], [at("m2", 2), at("m1", 2)]):
        assert sight(first, [second], listed) == (Sighting.LIVE, ("m1",))
        assert sight(second, [first], listed) == (Sighting.LIVE, ("m2",))


def test_a_post_keeps_the_media_that_is_nearest_to_it() -> None:
    first, second = sought("first"), sought("second", at_s=30)
    listed = [at("m1", 1), at("m2", 2)]
    assert sight(first, [second], listed) == (Sighting.LIVE, ("m1",))
    assert sight(second, [first], listed) == (Sighting.LIVE, ("m2",))


def test_what_may_be_another_post_alone_says_nothing_of_this_one() -> None:
    other = sought("other", caption="Bye")
    assert sight(sought(), [other], [at("m1", 3, caption="Bye")]) == (Sighting.NOTHING, ())


def test_without_a_caption_the_shape_has_to_do() -> None:
    assert sight(sought(caption=None), [], [at("m1", 3, caption=None)]) == (Sighting.LIVE, ("m1",))


def test_a_post_may_be_late_by_an_hour_and_no_more() -> None:
    """What was to go out earlier than that is no rival for the media, and is asked about itself."""
    listed = [at("m1", 3600)]
    for early_s, sighting in ((0, Sighting.UNCERTAIN), (-1, Sighting.LIVE)):
        early = sought("early", at_s=early_s)
        assert sight(sought("post", at_s=3599), [early], listed)[0] is sighting
        assert sight(early, [sought("post", at_s=3599)], listed)[0] is Sighting.UNCERTAIN


def test_one_media_between_two_posts_of_the_same_words_within_an_hour_is_open_for_both() -> None:
    """The first may have been late by five minutes, as well as the second in time."""
    first, second = sought("first"), sought("second", at_s=300)
    assert sight(first, [second], [at("m1", 301)]) == (Sighting.UNCERTAIN, ("m1",))
    assert sight(second, [first], [at("m1", 301)]) == (Sighting.UNCERTAIN, ("m1",))


def test_a_post_of_another_media_is_no_rival() -> None:
    """Two others are both near the second media, which explains one of them alone."""
    others, listed = [sought("a", at_s=1000), sought("b", at_s=1001)], [at("m1", 1), at("m2", 1002)]
    assert sight(sought(), others, listed) == (Sighting.LIVE, ("m1",))


# In a gap in which a newer copy of the store may have published.


def sought_in_gap(name: str = "post", *, at_s: float = 0, from_s: float = -600, until_s: float = 600) -> Post:
    """A post that is compared with what was published in a gap around noon."""
    moments = (NOON + timedelta(seconds=second) for second in (from_s, until_s))
    began_at, ended_at = moments
    post = a_post(PostKind.PHOTO, caption="Hello @anna #x").changed(id=PostId(name))
    since = NOON + timedelta(seconds=at_s)
    return post.to_be_looked_for(since, gap=Gap(began_at=began_at, ended_at=ended_at))


@pytest.mark.parametrize("second", [-602, 661])
def test_what_was_published_outside_the_gap_is_another_thing(second: float) -> None:
    assert sight(sought_in_gap(), [], [at("m1", second)]) == (Sighting.NOTHING, ())


@pytest.mark.parametrize("second", [-60, 0, 658])
def test_what_was_published_in_the_gap_once_the_post_was_due_is_it(second: float) -> None:
    assert sight(sought_in_gap(), [], [at("m1", second)]) == (Sighting.LIVE, ("m1",))


@pytest.mark.parametrize("second", [-600, -62])
def test_what_was_published_in_the_gap_before_the_post_was_due_may_be_it(second: float) -> None:
    """By a user who wanted it earlier, or by hand: nobody can tell."""
    assert sight(sought_in_gap(), [], [at("m1", second)]) == (Sighting.UNCERTAIN, ("m1",))


def test_a_media_without_a_time_may_be_of_any_gap() -> None:
    assert sight(sought_in_gap(), [], [at("m1", 0, timestamp=None)]) == (Sighting.LIVE, ("m1",))


@pytest.mark.parametrize("ahead_s", [-1800, 1800])
def test_a_gap_is_compared_by_the_hosts_clock_and_by_ours(ahead_s: float) -> None:
    ahead, post = timedelta(seconds=ahead_s), sought_in_gap()
    assert sight(post, [], [at("m1", ahead_s)], ahead)[0] is not Sighting.NOTHING
    assert sight(post, [], [at("m1", 0)], ahead) == (Sighting.LIVE, ("m1",))
    assert sight(post, [], [at("m1", -ahead_s)], ahead) == (Sighting.NOTHING, ())


def test_an_order_of_a_user_beside_that_of_a_gap_compares_all_since_the_earlier_of_both() -> None:
    by_user = sought_in_gap().to_be_looked_for(NOON + timedelta(hours=1))
    for second in (-600, 3600, 86400):
        assert sight(by_user, [], [at("m1", second)])[0] is not Sighting.NOTHING
    assert sight(by_user, [], [at("m1", -602)])[0] is Sighting.NOTHING


def test_two_gaps_are_compared_as_one() -> None:
    two = sought_in_gap()
    moments = (NOON + timedelta(seconds=second) for second in (2000, 3000))
    began_at, ended_at = moments
    two = two.to_be_looked_for(NOON, gap=Gap(began_at=began_at, ended_at=ended_at))
    assert two.look_back == LookBack(
        since=NOON, published_from=NOON - timedelta(seconds=600), published_until=ended_at
    )


def test_of_media_that_look_alike_each_published_post_without_an_id_takes_the_nearest() -> None:
    send = Send(container_id=ContainerId("c"), number=1, started_at=NOON, deadline=NOON, snapshot=Snapshot())
    published = sought("published").changed(state=PostState.PUBLISHED, sends=(send,))
    listed = [at("m2", 500), at("m1", 3), at("m3", 3, caption="Bye")]
    assert [left.id for left in drop_published(listed, [published])] == ["m2", "m3"]
    assert [left.id for left in drop_published(listed, [published, published])] == ["m3"]
    assert drop_published([], [published]) == []
    # A media without a time may be any post.
    assert len(drop_published([at("m1", 3, timestamp=None)], [published])) == 1
