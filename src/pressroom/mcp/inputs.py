"""What each tool takes. The descriptions are read by models, before they call."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

AccountName: TypeAlias = Annotated[str | None, Meta(description="A signed-in account; else the default one.")]
PostId: TypeAlias = Annotated[str, Meta(description="As create_draft or list_posts gave it.")]
Source: TypeAlias = Annotated[str, Meta(description="File in an allowed folder, or https address.")]
Sources: TypeAlias = Annotated[
    tuple[str, ...],
    Meta(description="Files in an allowed folder or https addresses, in order."),
]
Caption: TypeAlias = Annotated[str | None, Meta(description="Text below the post.")]
FirstComment: TypeAlias = Annotated[str | None, Meta(description="Comment written once it is live.")]
AltTexts: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="What each picture shows, one per source.")
]
UserTags: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="`alice`, or with a place `alice:0.5,0.5`.")
]
Collaborators: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="Accounts invited as co-authors.")
]
Cover: TypeAlias = Annotated[str | None, Meta(description="Picture shown before a reel plays.")]
Fit: TypeAlias = Annotated[
    Literal["blur", "pad", "crop", "keep"] | None, Meta(description="How a wrong shape is made right.")
]
Timezone: TypeAlias = Annotated[str | None, Meta(description="IANA zone of `at`; else the post's.")]
AgeHours: TypeAlias = Annotated[int, Meta(ge=1, le=17520)]
Kinds: TypeAlias = Annotated[
    tuple[Literal["photo", "carousel", "reel", "video", "story"], ...] | None,
    Meta(description="Only these kinds."),
]
MediaIds: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="Instagram's media ids; else the newest posts.")
]
Days: TypeAlias = Annotated[
    Annotated[int, Meta(ge=1, le=730)] | None, Meta(description="How many days back.")
]
Metric: TypeAlias = Annotated[str, Meta(description="Such as reach, views, saved, shares, engagement_rate.")]
Period: TypeAlias = Annotated[str, Meta(description="`28d`, `month` (the last), `2026-11-01..2026-11-14`.")]


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Arguments of a tool. None stands for a person's consent: docs/decisions/0014-consent.md."""


class ForAccount(Input, frozen=True, kw_only=True):
    """Of a tool that is about an account."""

    account: AccountName = None


class CheckMedia(Input, frozen=True, kw_only=True):
    """Of `check_media`."""

    source: Source
    use: Annotated[
        Literal["photo", "reel", "story", "carousel_item"] | None,
        Meta(description="What it is for; else photo or reel."),
    ] = None
    fit: Fit = None


class CreateDraft(ForAccount, frozen=True, kw_only=True):
    """Of `create_draft`."""

    kind: Annotated[Literal["photo", "reel", "carousel", "story"], Meta(description="What to publish.")]
    sources: Sources
    caption: Caption = None
    first_comment: FirstComment = None
    alt_texts: AltTexts = None
    user_tags: UserTags = None
    collaborators: Collaborators = None
    cover: Cover = None
    fit: Fit = None
    idempotency_key: Annotated[
        str | None,
        Meta(description="Names this post; for a second one of the same content."),
    ] = None


class OfPost(Input, frozen=True, kw_only=True):
    """Of a tool that is about one post."""

    post_id: PostId


class SchedulePost(OfPost, frozen=True, kw_only=True):
    """Of `schedule_post`."""

    at: Annotated[str, Meta(description="`tomorrow 09:00`, `+2h`, `next slot`, `2026-12-24T18:00+01:00`.")]
    timezone: Timezone = None


class ChangePost(OfPost, frozen=True, kw_only=True):
    """Of `change_post`. What is left out stays."""

    sources: Annotated[tuple[str, ...] | None, Meta(description="New files or https addresses.")] = None
    caption: Caption = None
    first_comment: FirstComment = None
    alt_texts: AltTexts = None
    user_tags: UserTags = None
    collaborators: Collaborators = None
    cover: Cover = None
    fit: Fit = None


class ListPosts(ForAccount, frozen=True, kw_only=True):
    """Of `list_posts`."""

    states: Annotated[
        tuple[
            Literal[
                "draft",
                "awaiting_approval",
                "scheduled",
                "preparing",
                "ready",
                "publishing",
                "published",
                "failed",
                "needs_attention",
                "missed",
                "cancelled",
            ],
            ...,
        ]
        | None,
        Meta(description="Only these states."),
    ] = None
    newest_first: Annotated[bool, Meta(description="By due time, the latest first.")] = False
    after: Annotated[str | None, Meta(description="post_id, the last of the page before.")] = None
    limit: Annotated[int, Meta(ge=1, le=100, description="25 if left out.")] = 25


class GetInsights(ForAccount, frozen=True, kw_only=True):
    """Of `get_insights`."""

    media_ids: MediaIds = None
    kinds: Kinds = None
    days: Days = None
    age_hours: Annotated[
        AgeHours | None, Meta(description="Age at which numbers are read; else the last reading of each.")
    ] = None
    sort: Annotated[str | None, Meta(description="Metric, the highest first; else newest first.")] = None
    limit: Annotated[int, Meta(ge=1, le=50, description="10 if left out.")] = 10


class ComparePosts(ForAccount, frozen=True, kw_only=True):
    """Of `compare_posts`."""

    media_ids: Annotated[
        tuple[str, ...] | None, Meta(description="Posts to compare with others of their kind; else groups.")
    ] = None
    by: Annotated[Literal["kind", "weekday", "hour", "month"], Meta(description="How posts are grouped.")] = (
        "kind"
    )
    metric: Metric = "reach"
    age_hours: Annotated[AgeHours, Meta(description="Age at which all are read; 24 if left out.")] = 24
    days: Days = None


class GetAccountInsights(ForAccount, frozen=True, kw_only=True):
    """Of `get_account_insights`."""

    period: Period = "28d"


class CreateReport(ForAccount, frozen=True, kw_only=True):
    """Of `create_report`."""

    period: Period = "month"
    output: Annotated[str | None, Meta(description="New .html file in an allowed folder.")] = None
    comments: Annotated[
        dict[str, str] | None, Meta(description="Your sentences for the page, by the name of the answer.")
    ] = None
