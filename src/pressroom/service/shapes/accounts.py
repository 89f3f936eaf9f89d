"""Shapes of accounts: signed in and out, and the state of their tokens."""

from collections.abc import Iterable
from typing import Self
from urllib.parse import urlsplit

import msgspec

from pressroom.core.account import Pause, StoredAccount
from pressroom.core.post import Post
from pressroom.graph.capabilities import Capability, with_offer
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Granted, granted_among
from pressroom.service.accounts.accounts import Resumed
from pressroom.service.accounts.signing_in import SignedIn
from pressroom.service.accounts.standings import Standing, TokenSource, TokenState
from pressroom.service.ground.shaping import InUtc, Shape, shape_of
from pressroom.service.shapes.work import PauseShape


class PermissionShape(Shape[Granted], frozen=True, kw_only=True):
    """A permission that Pressroom uses. granted: null where nobody told. without: what breaks without it."""

    name: str
    granted: bool | None
    purpose: str
    without: str

    @classmethod
    def of(cls, granted: Granted) -> Self:
        """Build the shape of a permission."""
        return shape_of(cls, granted, granted.permission, granted=granted.is_granted)


class CapabilitiesShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a login can do, and what another would be needed for; unknown: Meta does not document it."""

    can: tuple[Capability, ...]
    cannot: tuple[Capability, ...]
    unknown: tuple[Capability, ...]

    @classmethod
    def of(cls, login_type: LoginType) -> "CapabilitiesShape":
        """Build the shape of a login."""
        return cls(
            can=with_offer(login_type, is_offered=True),
            cannot=with_offer(login_type, is_offered=False),
            unknown=with_offer(login_type, is_offered=None),
        )


class SignedInShape(Shape[SignedIn], frozen=True, kw_only=True):
    """An account that was stored.

    username, account_type: null when Instagram did not say. host, version: of the API. language: of its
    reports; null for English. token_expires_at: null when it is not known, or never (token_never_ends).
    data_access_expires_at: when Facebook Login stops giving data, though the token lives on; null where that
    is not known or does not happen.
    """

    username: str | None
    account_type: str | None
    account: str
    user_id: str
    login_type: LoginType
    host: str
    version: str
    timezone: str
    language: str | None
    is_default: bool
    token_expires_at: InUtc | None
    token_never_ends: bool
    data_access_expires_at: InUtc | None
    permissions: tuple[PermissionShape, ...]
    capabilities: CapabilitiesShape

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        """Build the shape of an account."""
        stored, details = signed_in.stored, signed_in.stored.details
        return shape_of(
            cls,
            stored,
            details,
            username=signed_in.username,
            account=stored.name,
            host=urlsplit(stored.api_base).netloc,
            token_never_ends=details.never_ends,
            permissions=granted_among(stored.login_type, details.permissions),
            capabilities=CapabilitiesShape.of(stored.login_type),
        )


class PermissionsShape(msgspec.Struct, frozen=True, kw_only=True):
    """The permissions of one login."""

    account: str
    permissions: tuple[PermissionShape, ...]

    @classmethod
    def of(cls, account: str, granted: Iterable[Granted]) -> Self:
        """Build the shape of a login's permissions."""
        return cls(account=account, permissions=tuple(map(PermissionShape.of, granted)))


class LoginShape(Shape[StoredAccount], frozen=True, kw_only=True):
    """A login after a change: which one is the default, its zone, and the language of its reports.

    language: null where nobody chose one, which is English.
    """

    account: str
    is_default: bool
    timezone: str
    language: str | None

    @classmethod
    def of(cls, stored: StoredAccount) -> Self:
        """Build the shape of a login."""
        return shape_of(cls, stored, account=stored.name)


class MissedPostShape(Shape[Post], frozen=True, kw_only=True):
    """A post that goes out after its account's token ends. goes_out_at: null for now."""

    post_id: str
    goes_out_at: InUtc | None

    @classmethod
    def of(cls, post: Post) -> Self:
        """Build the shape of a post."""
        return shape_of(cls, post, post_id=post.id)


class StandingShape(Shape[Standing], frozen=True, kw_only=True):
    """An account and the state of its token.

    account: its name here; of an account that nobody is signed in to, its user id, and `me` while that is
    unknown. host, version: of the API. timezone: null where times need one to be named. language: of its
    reports; null where nobody chose one, which is English. version_ends: a date; null while Meta has set
    none. token: `ended` also when Instagram refuses it, `unknown` when Instagram was not or could not be
    asked.
    token_expires_at, days_left: null when the end is not known. warning: why the token does not work, or that
    its end is near; would_miss: the next posts that go out after it. permissions: null for the environment's
    token. hides: the stored account that a token of the environment goes before; nothing renews that one.
    """

    account: str
    username: str | None
    account_type: str | None
    user_id: str
    login_type: LoginType
    host: str
    version: str
    version_ends: str | None
    source: TokenSource
    timezone: str | None
    language: str | None
    is_default: bool
    token: TokenState
    token_expires_at: InUtc | None
    token_never_ends: bool
    data_access_expires_at: InUtc | None
    token_renewed_at: InUtc | None
    days_left: int | None
    paused: PauseShape | None
    paused_by_hand: PauseShape | None
    warning: str | None
    would_miss: tuple[MissedPostShape, ...]
    permissions: tuple[PermissionShape, ...] | None
    capabilities: CapabilitiesShape
    slots_a_week: int
    hides: str | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        """Build the shape of an account."""
        name, details = standing.name, standing.details
        is_stored = standing.source is TokenSource.STORE
        return shape_of(
            cls,
            standing,
            details,
            account=name,
            host=urlsplit(standing.api_base).netloc,
            token=standing.state,
            token_never_ends=details.never_ends,
            paused=PauseShape.of(name, standing.pause) if standing.pause else None,
            paused_by_hand=PauseShape.of(name, standing.pause_by_hand) if standing.pause_by_hand else None,
            permissions=granted_among(standing.login_type, details.permissions) if is_stored else None,
            capabilities=CapabilitiesShape.of(standing.login_type),
        )


class RenewedShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose token was renewed."""

    account: str
    token_expires_at: InUtc | None


class SignedOutShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose token was deleted."""

    account: str


class ResumedShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose pause was ended. still_paused: the pause that goes on, by an error of Instagram's.

    overdue: how many posts are past the time at which they go out: each follows its late rule now.
    """

    account: str
    was_paused: bool
    still_paused: PauseShape | None
    overdue: int

    @classmethod
    def of(cls, account: str, resumed: Resumed) -> Self:
        """Build the shape of an account."""
        still = PauseShape.of(account, resumed.still) if resumed.still else None
        return shape_of(cls, resumed, account=account, still_paused=still)


class PausedByHandShape(msgspec.Struct, frozen=True, kw_only=True):
    """An account that was paused. paused: null where a person let it be paused, and it was resumed since."""

    account: str
    paused: PauseShape | None

    @classmethod
    def of(cls, account: str, pause: Pause | None) -> Self:
        """Build the shape of an account."""
        return cls(account=account, paused=PauseShape.of(account, pause) if pause else None)
