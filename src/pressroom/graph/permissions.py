"""The permissions of the API: their names under each login, what each is for, and what its lack breaks.

Source: https://developers.facebook.com/documentation/instagram-platform/overview
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

from pressroom.graph.hosts import LoginType


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """One permission. Its names: None where a login has no such permission."""

    instagram: str | None
    facebook: str | None
    purpose: str
    without: str
    is_of_page: bool = False


class Permission(Enum):
    """A permission of the API, whatever a login calls it."""

    BASIC = _Named(
        instagram="instagram_business_basic",
        facebook="instagram_basic",
        purpose="read the profile and what is published",
        without="no call works",
    )
    PUBLISH = _Named(
        instagram="instagram_business_content_publish",
        facebook="instagram_content_publish",
        purpose="publish posts",
        without="nothing can be published",
    )
    COMMENTS = _Named(
        instagram="instagram_business_manage_comments",
        facebook="instagram_manage_comments",
        purpose="write first comments, read and answer comments",
        without="first comments are not written, and comments cannot be read",
    )
    INSIGHTS = _Named(
        instagram="instagram_business_manage_insights",
        facebook="instagram_manage_insights",
        purpose="read the numbers of posts and of the account",
        without="there are no numbers",
    )
    MESSAGES = _Named(
        instagram="instagram_business_manage_messages",
        facebook="instagram_manage_messages",
        purpose="read and answer direct messages",
        without="direct messages cannot be read or answered",
    )
    CONTENTS = _Named(
        instagram=None,
        facebook="instagram_manage_contents",
        purpose="delete what is published",
        without="what is published cannot be deleted by the API",
    )
    ENGAGEMENT = _Named(
        instagram=None,
        facebook="instagram_manage_engagement",
        purpose="like posts and comments",
        without="nothing can be liked",
    )
    SHOPPING = _Named(
        instagram=None,
        facebook="instagram_shopping_tag_products",
        purpose="tag products",
        without="products cannot be tagged",
    )
    PAGES_SHOW_LIST = _Named(
        instagram=None,
        facebook="pages_show_list",
        purpose="find the Page that the account is linked to",
        without="the account cannot be found by its Page",
        is_of_page=True,
    )
    PAGES_READ_ENGAGEMENT = _Named(
        instagram=None,
        facebook="pages_read_engagement",
        purpose="read which account the Page is linked to",
        without="the account's profile and posts cannot be read",
        is_of_page=True,
    )
    PAGES_MANAGE_METADATA = _Named(
        instagram=None,
        facebook="pages_manage_metadata",
        purpose="subscribe the Page to webhooks",
        without="no webhooks come",
        is_of_page=True,
    )

    @property
    def purpose(self) -> str:
        """What it is for: completes "to …"."""
        return self.value.purpose

    @property
    def without(self) -> str:
        """What breaks without it: a clause."""
        return self.value.without

    def name_under(self, login: LoginType) -> str | None:
        """Return its name under a login; None where the login has no such permission."""
        if login is LoginType.INSTAGRAM:
            return self.value.instagram
        # Unified Login takes the same names (Webhooks, Setup: `instagram_basic`). Whether it knows those of
        # Pages is not documented, so that they are neither asked for nor missed.
        return None if login is LoginType.UNIFIED and self.value.is_of_page else self.value.facebook


# What the parts of Pressroom use; a person who does not want one of them leaves it out.
_ASKED = (
    Permission.BASIC,
    Permission.PUBLISH,
    Permission.COMMENTS,
    Permission.INSIGHTS,
    Permission.MESSAGES,
    Permission.PAGES_SHOW_LIST,
    Permission.PAGES_READ_ENGAGEMENT,
)
# Without these nothing is published at all.
NEEDED_TO_PUBLISH = (
    Permission.BASIC,
    Permission.PUBLISH,
    Permission.PAGES_SHOW_LIST,
    Permission.PAGES_READ_ENGAGEMENT,
)


def asked_by_default(login: LoginType) -> tuple[Permission, ...]:
    """Return the permissions that a sign-in asks for unless told otherwise."""
    return tuple(permission for permission in _ASKED if permission.name_under(login))


@dataclass(frozen=True, slots=True)
class Granted:
    """A permission that Pressroom uses, as a login calls it. is_granted: None where nobody told."""

    permission: Permission
    name: str
    is_granted: bool | None


def granted_among(login: LoginType, granted: Collection[str] | None) -> tuple[Granted, ...]:
    """Return which of the permissions that Pressroom uses are granted. granted: names; None if not told."""
    return tuple(
        Granted(permission, name, None if granted is None else name in granted)
        for permission in asked_by_default(login)
        if (name := permission.name_under(login))
    )


def called_under(login: LoginType, names: Iterable[str]) -> list[str]:
    """Return permissions, by the names of any login, as this one calls them, without those it does not have.

    A name of no permission, such as `public_profile`, is kept.
    """
    pairs = ((name, permission_named(name)) for name in names)
    called = (name if permission is None else permission.name_under(login) for name, permission in pairs)
    return [name for name in called if name is not None]


def permission_named(name: str) -> Permission | None:
    """Return the permission of a name under any login; None for an unknown one."""
    return _BY_NAME.get(name)


def is_known_under(login: LoginType, name: str) -> bool:
    """Tell whether an app may ask for a permission by this name under a login."""
    permission = permission_named(name)
    if permission is not None:
        by_login = permission.value.instagram if login is LoginType.INSTAGRAM else permission.value.facebook
        return name == by_login
    return login is not LoginType.INSTAGRAM and name in _OF_FACEBOOK


def renamed(name: str) -> str | None:
    """Return today's name of one that ended on 27 January 2025, such as `business_basic`; else None."""
    now = f"instagram_{name}"
    return now if name.startswith("business_") and now in _BY_NAME else None


_BY_NAME = {
    name: permission
    for permission in Permission
    for name in (permission.value.instagram, permission.value.facebook)
    if name is not None
}
# Those of Facebook's dialog that have nothing to do with Instagram's API (Permissions Reference).
_OF_FACEBOOK = frozenset(
    """
    ads_management ads_read attribution_read business_management catalog_management
    commerce_account_manage_orders commerce_account_read_orders commerce_account_read_reports
    commerce_account_read_settings email facebook_branded_content_ads_brand gaming_user_locale
    instagram_branded_content_ads_brand instagram_branded_content_brand instagram_branded_content_creator
    instagram_manage_events instagram_manage_upcoming_events leads_retrieval manage_app_solution
    manage_fundraisers page_events pages_events pages_manage_ads pages_manage_cta pages_manage_engagement
    pages_manage_posts pages_messaging pages_read_user_content pages_user_gender pages_user_locale
    pages_user_timezone private_computation_access public_profile publish_video read_insights
    threads_business_basic user_age_range user_birthday user_friends user_gender user_hometown user_likes
    user_link user_location user_messenger_contact user_photos user_posts user_videos
    whatsapp_business_management whatsapp_business_messaging
    """.split()  # noqa: SIM905  # as a list it takes a line for each
)
