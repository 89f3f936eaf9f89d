"""What each tool takes. The descriptions are read by models, before they call."""

from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from pressroom.core.post_options import options_of

InputT = TypeVar("InputT", bound=msgspec.Struct)

AccountName: TypeAlias = Annotated[str | None, Meta(description="Name; else the default.")]
PostId: TypeAlias = Annotated[str, Meta(description="From list_posts.")]
Source: TypeAlias = Annotated[str, Meta(description="File in an allowed folder, or https address.")]
Sources: TypeAlias = Annotated[
    tuple[str, ...],
    Meta(description="Files in an allowed folder or https addresses, in order."),
]
Timezone: TypeAlias = Annotated[str | None, Meta(description="IANA, of `at`; else the post's.")]
Zone: TypeAlias = Annotated[str | None, Meta(description="IANA; else the account's.")]
AgeHours: TypeAlias = Annotated[int, Meta(ge=1, le=17520)]
Kinds: TypeAlias = Annotated[
    tuple[Literal["photo", "carousel", "reel", "video", "story"], ...] | None,
    Meta(description="Only these."),
]
MediaIds: TypeAlias = Annotated[
    tuple[str, ...] | None, Meta(description="Instagram's media ids; else the newest posts.")
]
Days: TypeAlias = Annotated[Annotated[int, Meta(ge=1, le=730)] | None, Meta(description="Days back.")]
Metric: TypeAlias = Annotated[str, Meta(description="As reach, views, saved, engagement_rate.")]
Period: TypeAlias = Annotated[str, Meta(description="`28d`, `month` (the last), `2026-11-01..2026-11-14`.")]


# Unknown arguments are refused: a model that invents `approved=true` has to learn that there is none.
class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Arguments of a tool. None stands for a person's consent: docs/decisions/0014-consent.md."""


class ForAccount(Input, frozen=True, kw_only=True):
    """Of a tool that is about an account."""

    account: AccountName = None


OPTIONS: Final = options_of("argument")
"""The options of a post that agents can set."""


def _with_options(base: type[InputT]) -> type[InputT]:
    """Return arguments with those of a post's options, behind those of a base."""
    arguments = [
        (
            option.name,
            Annotated[option.value.json_type | None, Meta(description=option.argument.words or None)],
            None,
        )
        for option in OPTIONS
        if option.argument
    ]
    # Of type Any, since `defstruct` tells type checkers nothing of its bases.
    arguments_with_options: Any = msgspec.defstruct(
        "_WithOptions", arguments, bases=(base,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )
    return arguments_with_options


class CheckMedia(Input, frozen=True, kw_only=True):
    """Of `check_media`."""

    source: Source
    use: Annotated[
        Literal["photo", "reel", "story", "carousel_item"] | None,
        Meta(description="What it is for; else photo or reel."),
    ] = None
    fit: Annotated[Literal["blur", "pad", "crop", "keep"] | None, Meta(description="For a wrong shape.")] = (
        None
    )


class _Draft(ForAccount, frozen=True, kw_only=True):
    kind: Literal["photo", "reel", "carousel", "story"]
    sources: Sources


class CreateDraft(_with_options(_Draft), frozen=True, kw_only=True):
    """Of `create_draft`."""

    idempotency_key: Annotated[
        str | None,
        Meta(description="For a second post of the same content."),
    ] = None


class OfPost(Input, frozen=True, kw_only=True):
    """Of a tool that is about one post."""

    post_id: PostId


class ChangeOfPost(OfPost, frozen=True, kw_only=True):
    """Of a tool that changes one post."""

    version: Annotated[int | None, Meta(description="Only while it has this.")] = None


class SchedulePost(ChangeOfPost, frozen=True, kw_only=True):
    """Of `schedule_post`."""

    at: Annotated[str, Meta(description="`tomorrow 09:00`, `+2h`, `next slot`, `2026-12-24T18:00+01:00`.")]
    timezone: Timezone = None


class _Change(ChangeOfPost, frozen=True, kw_only=True):
    sources: Annotated[tuple[str, ...] | None, Meta(description="New files.")] = None


class ChangePost(_with_options(_Change), frozen=True, kw_only=True):
    """Of `change_post`. What is left out stays."""


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
        Meta(description="Only these."),
    ] = None
    newest_first: Annotated[bool, Meta(description="Latest due time first.")] = False
    after: Annotated[str | None, Meta(description="post_id, the last of the page before.")] = None
    limit: Annotated[int, Meta(ge=1, le=100, description="25 if left out.")] = 25


class GetInsights(ForAccount, frozen=True, kw_only=True):
    """Of `get_insights`."""

    media_ids: MediaIds = None
    kinds: Kinds = None
    days: Days = None
    age_hours: Annotated[AgeHours | None, Meta(description="Age of numbers; else the last reading.")] = None
    sort: Annotated[str | None, Meta(description="Metric, highest first; else newest first.")] = None
    limit: Annotated[int, Meta(ge=1, le=50, description="10 if left out.")] = 10


class ComparePosts(ForAccount, frozen=True, kw_only=True):
    """Of `compare_posts`."""

    media_ids: Annotated[
        tuple[str, ...] | None, Meta(description="Posts to compare with their kind; else groups.")
    ] = None
    by: Literal["kind", "weekday", "hour", "month"] = "kind"
    metric: Metric = "reach"
    age_hours: Annotated[AgeHours, Meta(description="Age of numbers; 24 if left out.")] = 24
    days: Days = None
    timezone: Zone = None


class GetBestTime(ForAccount, frozen=True, kw_only=True):
    """Of `get_best_time`."""

    timezone: Zone = None


class GetAccountInsights(ForAccount, frozen=True, kw_only=True):
    """Of `get_account_insights`."""

    period: Period = "28d"


class CreateReport(ForAccount, frozen=True, kw_only=True):
    """Of `create_report`."""

    period: Period = "month"
    timezone: Zone = None
    output: Annotated[str | None, Meta(description="New .html file in an allowed folder.")] = None
    comments: Annotated[
        dict[str, str] | None, Meta(description="By tried, happened, why, brought, next.")
    ] = None
    language: Annotated[str | None, Meta(description="As de.")] = None
    top_by: Annotated[str | None, Meta(description="Metric of the page's top posts; else reach.")] = None
