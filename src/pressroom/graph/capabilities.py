"""What each login can do. Every face asks this table before it offers something.

Source: https://developers.facebook.com/documentation/instagram-platform/overview. Of Unified Login Meta
documents hardly anything; its column holds what one project reported of its own account.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission


class Capability(StrEnum):
    """One thing that a login may or may not be able to do."""

    PUBLISH_BY_URL = "publish_by_url"
    UPLOAD_VIDEO = "upload_video"
    REELS_AUDIO = "reels_audio"
    STORIES_OF_CREATORS = "stories_of_creators"
    COMMENTS = "comments"
    MESSAGES = "messages"
    INSIGHTS = "insights"
    TOTAL_METRICS = "total_metrics"
    STORY_INSIGHTS_WEBHOOK = "story_insights_webhook"
    WEBHOOKS = "webhooks"
    DELETE_MEDIA = "delete_media"
    LIKES = "likes"
    HASHTAG_SEARCH = "hashtag_search"
    BUSINESS_DISCOVERY = "business_discovery"
    PRODUCT_TAGS = "product_tags"
    COLLABORATOR_LIST = "collaborator_list"
    BATCH = "batch"
    BROWSER_SIGN_IN = "browser_sign_in"
    TOKEN_RENEWAL = "token_renewal"  # noqa: S105  # no secret


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether a login offers something. is_offered: None while nobody knows."""

    is_offered: bool | None
    certainty: Certainty

    @property
    def is_refused(self) -> bool:
        """Whether it is known not to be offered: what is unknown may be tried."""
        return self.is_offered is False


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityRow:
    """One capability under each login. words: completes "it can …". needs: permissions, by any login."""

    capability: Capability
    words: str
    instagram: Offer
    facebook: Offer
    unified: Offer
    needs: tuple[Permission, ...] = ()

    def under(self, login: LoginType) -> Offer:
        """Return the offer of a login."""
        return {
            LoginType.INSTAGRAM: self.instagram,
            LoginType.FACEBOOK: self.facebook,
            LoginType.UNIFIED: self.unified,
        }[login]


_YES, _NO = Offer(True, Certainty.DOCUMENTED), Offer(False, Certainty.DOCUMENTED)  # noqa: FBT003
_SEEN = Offer(True, Certainty.THIRD_PARTY)  # noqa: FBT003
_UNKNOWN = Offer(None, Certainty.INFERRED)

ROWS = (
    CapabilityRow(
        capability=Capability.PUBLISH_BY_URL,
        words="publish photos, reels, carousels and stories",
        instagram=_YES,
        facebook=_YES,
        unified=_SEEN,
        needs=(Permission.PUBLISH,),
    ),
    CapabilityRow(
        capability=Capability.UPLOAD_VIDEO,
        words="upload videos from this machine to Meta",
        instagram=_NO,
        facebook=_YES,
        unified=_SEEN,
        needs=(Permission.PUBLISH,),
    ),
    CapabilityRow(
        capability=Capability.REELS_AUDIO,
        words="publish reels with music or sounds of Instagram's",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.PUBLISH,),
    ),
    CapabilityRow(
        capability=Capability.STORIES_OF_CREATORS,
        words="publish stories of a creator's account",
        instagram=_YES,
        facebook=Offer(False, Certainty.OBSERVED),  # noqa: FBT003  # code 10, on a Business account they work
        unified=_UNKNOWN,
        needs=(Permission.PUBLISH,),
    ),
    CapabilityRow(
        capability=Capability.COMMENTS,
        words="read, write and delete comments",
        instagram=_YES,
        facebook=_YES,
        unified=_SEEN,
        needs=(Permission.COMMENTS,),
    ),
    CapabilityRow(
        capability=Capability.MESSAGES,
        words="read and answer direct messages",
        instagram=_YES,
        facebook=_YES,
        unified=_SEEN,
        needs=(Permission.MESSAGES,),
    ),
    CapabilityRow(
        capability=Capability.INSIGHTS,
        words="read the numbers of posts and of the account",
        instagram=_YES,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.INSIGHTS,),
    ),
    CapabilityRow(
        capability=Capability.TOTAL_METRICS,
        words="read the total_* metrics, which count ads and cross-posts",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.INSIGHTS,),
    ),
    CapabilityRow(
        capability=Capability.WEBHOOKS,
        words="receive webhooks of comments and messages",
        instagram=_YES,
        facebook=_YES,
        # The dashboard's test event came, live comments and messages did not (one project, November 2026).
        unified=Offer(None, Certainty.THIRD_PARTY),
    ),
    CapabilityRow(
        capability=Capability.STORY_INSIGHTS_WEBHOOK,
        words="receive a story's numbers by webhook when it ends",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.INSIGHTS,),
    ),
    CapabilityRow(
        capability=Capability.DELETE_MEDIA,
        words="delete what is published",
        instagram=_NO,
        facebook=_YES,
        unified=_SEEN,
        needs=(Permission.CONTENTS,),
    ),
    CapabilityRow(
        capability=Capability.LIKES,
        words="like posts and comments",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.ENGAGEMENT,),
    ),
    CapabilityRow(
        capability=Capability.HASHTAG_SEARCH,
        words="search hashtags",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
    ),
    CapabilityRow(
        capability=Capability.BUSINESS_DISCOVERY,
        words="read the profiles of other professional accounts",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
    ),
    CapabilityRow(
        capability=Capability.PRODUCT_TAGS,
        words="tag products",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
        needs=(Permission.SHOPPING,),
    ),
    CapabilityRow(
        capability=Capability.COLLABORATOR_LIST,
        words="list the collaborators of a post",
        instagram=_NO,
        facebook=_YES,
        unified=_UNKNOWN,
    ),
    CapabilityRow(
        capability=Capability.BATCH,
        words="send several calls in one",
        instagram=Offer(False, Certainty.THIRD_PARTY),  # noqa: FBT003
        facebook=_YES,
        unified=_UNKNOWN,
    ),
    CapabilityRow(
        capability=Capability.BROWSER_SIGN_IN,
        words="be signed in in the browser",
        instagram=_YES,
        facebook=_YES,
        unified=_UNKNOWN,
    ),
    CapabilityRow(
        capability=Capability.TOKEN_RENEWAL,
        words="have its token renewed without a person",
        instagram=_YES,
        facebook=_NO,
        unified=_UNKNOWN,
    ),
)
_BY_CAPABILITY = {row.capability: row for row in ROWS}


def offer(login: LoginType, capability: Capability) -> Offer:
    """Return whether a login offers something, and how sure that is."""
    return _BY_CAPABILITY[capability].under(login)


def may_try(login: LoginType, capability: Capability) -> bool:
    """Return whether something is worth a try under a login: offered, or not known to be refused."""
    return not offer(login, capability).is_refused


def is_offered(login: LoginType, capability: Capability) -> bool:
    """Return whether something is known to work under a login."""
    return offer(login, capability).is_offered is True


def with_offer(login: LoginType, *, is_offered: bool | None) -> tuple[Capability, ...]:
    """Return what a login offers, what it does not, or (None) what nobody knows of it."""
    return tuple(row.capability for row in ROWS if row.under(login).is_offered is is_offered)


def logins_with(capability: Capability, *, is_documented: bool = False) -> tuple[LoginType, ...]:
    """Return the logins that offer something, for a refusal to name. is_documented: leave out reports."""
    able = tuple(login for login in LoginType if is_offered(login, capability))
    if not is_documented:
        return able
    return tuple(login for login in able if offer(login, capability).certainty is Certainty.DOCUMENTED)


def needs_of(capability: Capability) -> tuple[Permission, ...]:
    """Return the permissions without which it fails."""
    return _BY_CAPABILITY[capability].needs


# What of a path, or among the parameters, only some logins offer.
_BY_PART = {
    "ig_hashtag_search": Capability.HASHTAG_SEARCH,
    "recently_searched_hashtags": Capability.HASHTAG_SEARCH,
    "business_discovery": Capability.BUSINESS_DISCOVERY,
    "collaborators": Capability.COLLABORATOR_LIST,
    "likes": Capability.LIKES,
    "ig_audio": Capability.REELS_AUDIO,
    "product_tags": Capability.PRODUCT_TAGS,
    "catalog_product_search": Capability.PRODUCT_TAGS,
    "available_catalogs": Capability.PRODUCT_TAGS,
}


def capability_of(method: str, path: str, params: Mapping[str, str]) -> Capability | None:
    """Return what a call needs that not every login offers; None for what any call may do.

    Of a DELETE by an id alone it is the deletion of media, though the id may be a comment's.
    """
    parts = path.strip("/").split("/")
    fields = re.split(r"\W+", params.get("fields", ""))
    by_part = next((_BY_PART[part] for part in (*parts, *fields) if part in _BY_PART), None)
    if by_part is None and method == "DELETE" and parts[-1].isdigit():
        return Capability.DELETE_MEDIA
    return by_part


def words_of(capability: Capability) -> str:
    """Return what it is, completing "it can …"."""
    return _BY_CAPABILITY[capability].words
