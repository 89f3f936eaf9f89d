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
