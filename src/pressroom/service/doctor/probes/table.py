"""The questions, in the order in which they are asked: what takes nothing first, renewals last.

A token that was just renewed is young, so that the last question can be asked after the one before it.
"""

from typing import Final

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.service.doctor.probes import questions
from pressroom.service.doctor.probes.probe import Level, Probe

_INSTAGRAM, _FACEBOOK, _UNIFIED = LoginType.INSTAGRAM, LoginType.FACEBOOK, LoginType.UNIFIED
_NOTHING = "nothing"
_ONE, _TWO = "one container, never published", "up to two containers, never published"

PROBES: Final = (
    Probe(
        name="me",
        question="Whom does /me name under Unified Login: the account, or a system user?",
        level=Level.READS,
        settings=("unified_me",),
        cost=_NOTHING,
        ask=questions.me,
        logins=(_UNIFIED,),
    ),
    Probe(
        name="self-inspection",
        question="Does debug_token take a token that asks about itself?",
        level=Level.READS,
        settings=("self_inspection",),
        cost=_NOTHING,
        ask=questions.self_inspection,
        logins=(_FACEBOOK, _UNIFIED),
    ),
    Probe(
        name="quota",
        question="How many posts may the account publish in a day?",
        level=Level.READS,
        settings=("quota_total",),
        cost=_NOTHING,
        ask=questions.quota,
        needs=Permission.PUBLISH,
    ),
    Probe(
        name="insights-day",
        question="At midnight of which zone does a day of insights end?",
        level=Level.READS,
        settings=("insights_day_zone",),
        cost=_NOTHING,
        ask=questions.insights_day,
        needs=Permission.INSIGHTS,
    ),
    Probe(
        name="caption-unit",
        question="Does an emoji count once or twice in the 2,200 of a caption?",
        level=Level.VANISHES,
        settings=("caption_unit",),
        cost=_TWO,
        ask=questions.caption_unit,
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="hashtags",
        question="Does the API take 30 hashtags, or five as Instagram's own app?",
        level=Level.VANISHES,
        settings=("caption_hashtags_max",),
        cost=_TWO,
        ask=questions.hashtags,
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="explicit-image",
        question="Is media_type=IMAGE taken?",
        level=Level.VANISHES,
        settings=("explicit_image",),
        cost=_ONE,
        ask=questions.explicit_image,
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="locations",
        question="Is a location_id that is no place refused?",
        level=Level.VANISHES,
        settings=("locations",),
        cost=_ONE,
        ask=questions.locations,
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="uploads",
        question="Is a container for an upload made under Instagram Login?",
        level=Level.VANISHES,
        settings=("instagram_uploads",),
        cost=_ONE,
        ask=questions.uploads,
        logins=(_INSTAGRAM,),
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="carousel-items",
        question="Does a carousel take more than ten items?",
        level=Level.VANISHES,
        settings=("carousel_max",),
        cost="12 containers of the 400 a day, and 10 more where 11 items are taken; none is published",
        ask=questions.carousel,
        needs=Permission.PUBLISH,
        wants_picture=True,
    ),
    Probe(
        name="listing-lag",
        question="How long after it is published is a story listed?",
        level=Level.VANISHES,
        settings=("listing_lag_s",),
        cost="one story, which followers see until it is deleted or a day is over",
        ask=questions.listing_lag,
        needs=Permission.PUBLISH,
        wants_picture=True,
        publishes=True,
    ),
    Probe(
        name="second-publish",
        question="What does a second publish of one container do?",
        level=Level.VANISHES,
        settings=("republish",),
        cost="the same story; a second one may appear, and both are named then",
        ask=questions.second_publish,
        needs=Permission.PUBLISH,
        wants_picture=True,
        publishes=True,
    ),
    Probe(
        name="comment-length",
        question="How long may a comment be?",
        level=Level.POST,
        settings=("comment_max",),
        cost="one post, which stays until it is deleted, and a comment on it, which is deleted at once",
        ask=questions.comment_length,
        needs=Permission.COMMENTS,
        wants_picture=True,
        publishes=True,
    ),
    Probe(
        name="refresh",
        question="Does the token before still work after a refresh?",
        level=Level.VANISHES,
        settings=("refresh_makes_new_token", "refresh_ends_old_token"),
        cost="another token, kept here; copies of the one before, elsewhere, may end",
        ask=questions.refresh,
        logins=(_INSTAGRAM,),
    ),
    Probe(
        name="early-refresh",
        question="How is the refresh of a token refused that is younger than a day?",
        level=Level.VANISHES,
        settings=("early_refresh",),
        cost="nothing, or another token, kept here; copies of the one before may end then",
        ask=questions.early_refresh,
        logins=(_INSTAGRAM,),
    ),
)
