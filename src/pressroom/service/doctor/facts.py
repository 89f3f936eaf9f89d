"""What the doctor knows when it judges. What could not be gathered is None, or the error as a value.

A fact that Instagram or a host gave is `Asked`: the answer, the error in its place, or None where nobody
asked. No fact holds a token. `trap_of` and its like tell what an error in place of an answer means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias, TypeVar
from urllib.parse import urlsplit

from pressroom.accounts.keys import KeyPlace
from pressroom.core.account import LoginDetails, Pause
from pressroom.core.consent import Grant
from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.graph_errors import PermissionDenied, PermissionMissing
from pressroom.core.protocols import RouteAnswer
from pressroom.core.reading_settings import Tunnel, Way
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import FacebookPage, Quota, SubscribedApp, TokenInfo, User
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import LoginType, is_meta
from pressroom.graph.sentences import says_too_few_viewers
from pressroom.graph.traps import Trap, recognised

AnswerT = TypeVar("AnswerT")
Asked: TypeAlias = AnswerT | PressroomError | None
Version: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Disk:
    """The room on the disk of a directory. free_bytes: None where it could not be read."""

    path: Path
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class OpenPath:
    """A path in the data directory that others than its user may use. mode: its permission bits."""

    path: Path
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """This machine.

    ffmpeg: the first line that it prints. open_paths: None where there is no data directory. key: where the
    key that seals tokens is. is_store_shared: the store is on a server, for other machines too. refused: why
    settings of the environment cannot be read; the rest is looked at without them.
    """

    python: Version
    ffmpeg: Asked[str]
    data: Disk
    temporary: Disk
    home: Path
    open_paths: tuple[OpenPath, ...] | None = None
    key: Asked[KeyPlace] = None
    is_store_shared: bool = False
    refused: tuple[PressroomError, ...] = ()


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """This machine's clock minus Instagram's, in seconds; None where nobody answered."""

    skew_s: float | None = None


class StoreState(StrEnum):
    """What became of opening the store. BEHIND: an earlier program made it."""

    NONE = "none"
    OPEN = "open"
    BEHIND = "behind"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """The store and its work. What comes after `damage` is None unless the store is open.

    where: its place, without a password. error: why it is CLOSED. damage: what is wrong in it, one sentence
    each. is_worker_running: one runs, or this session publishes by itself. send_log_failure: why no send can
    be logged; None while it works, too. planned, overdue, in_doubt: numbers of posts.
    """

    where: str
    is_server: bool = False
    state: StoreState
    error: PressroomError | None = None
    damage: Asked[tuple[str, ...]] = None
    is_worker_running: bool | None = None
    send_log_failure: PressroomError | None = None
    planned: int | None = None
    overdue: int | None = None
    in_doubt: int | None = None


class Source(StrEnum):
    """Where an account comes from. GIVEN: the program handed it in."""

    STORE = "the store"
    ENVIRONMENT = "the environment"
    GIVEN = "the program"

    @property
    def is_stored(self) -> bool:
        """Whether its token is in the store."""
        return self is Source.STORE


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """One account, and what Instagram said of it.

    name: as it is told. token: that it was read, or why not; then nothing of Instagram's is known.
    token_logins: the logins that its first letters allow; none for letters that tell nothing. hides: the name
    of the stored login that an environment's token goes before. missed: how many planned posts go out after
    the token's end. me: whose the token is. linked: the pages that the token sees. comments: whether they
    could be read; None where there was no media to try on. last_published_at, signed_in_at: by the store.
    """

    name: str
    now: datetime
    source: Source = Source.STORE
    login: LoginType = LoginType.INSTAGRAM
    api_base: str = "https://graph.instagram.com"
    version: str = "v26.0"
    is_version_chosen: bool = True
    user_id: str = "me"
    token: Asked[tuple[LoginType, ...]] = ()
    hides: str | None = None
    expires_at: datetime | None = None
    renewed_at: datetime | None = None
    is_worker_running: bool | None = None
    missed: int = 0
    details: LoginDetails = field(default_factory=LoginDetails)
    pauses: tuple[Pause, ...] = ()
    last_published_at: datetime | None = None
    signed_in_at: datetime | None = None
    me: Asked[User] = None
    info: Asked[TokenInfo] = None
    granted: Asked[frozenset[str]] = None
    listed: Asked[bool] = None
    quota: Asked[Quota] = None
    insights: Asked[bool] = None
    comments: Asked[bool] = None
    pages: Asked[tuple[FacebookPage, ...]] = None
    subscriptions: Asked[tuple[SubscribedApp, ...]] = None
    usage_percent: float | None = None

    @property
    def is_of_facebook(self) -> bool:
        """Whether it signs in by a login of Facebook's."""
        return self.login is not LoginType.INSTAGRAM

    @property
    def host(self) -> str:
        """The host that its calls go to."""
        return urlsplit(self.api_base).netloc

    @property
    def is_real(self) -> bool:
        """Whether it is on Meta's hosts rather than a sandbox."""
        return is_meta(self.api_base)

    @property
    def is_reached(self) -> bool:
        """Whether Instagram answered as the account."""
        return self.me is not None and not isinstance(self.me, PressroomError)

    @property
    def is_taken(self) -> bool:
        """Whether Meta took the token in some call, though it may not have answered as the account."""
        return self.is_reached or isinstance(self.pages, tuple)

    @property
    def is_data_over(self) -> bool:
        """Whether the access to data has ended, which each call for the account is refused for."""
        return self.data_end is not None and self.data_end <= self.now

    @property
    def never_ends(self) -> bool:
        """Whether the token is known to have no end."""
        info = self.info if isinstance(self.info, TokenInfo) else None
        # Facebook says 0 of a token without an end.
        return self.details.never_ends or (info is not None and info.expires_at == 0)

    @property
    def end(self) -> datetime | None:
        """When the token ends: as Instagram says now, else as it is stored; None where nobody knows."""
        unix = self.info.expires_at if isinstance(self.info, TokenInfo) else None
        return datetime.fromtimestamp(unix, UTC) if unix else self.expires_at

    @property
    def data_end(self) -> datetime | None:
        """When data access ends; None where nobody knows, and where it does not."""
        unix = self.info.data_access_expires_at if isinstance(self.info, TokenInfo) else None
        return datetime.fromtimestamp(unix, UTC) if unix else self.details.data_access_expires_at

    def days_to(self, moment: datetime) -> int:
        """Count the whole days until a moment, negative when it is past."""
        return (moment - self.now) // timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsFacts:
    """Which accounts there are. environment: why the environment's cannot be used.

    names: of those that are looked at. stored: how many logins the store has; None where it cannot be read.
    """

    names: tuple[str, ...] = ()
    stored: int | None = 0
    environment: PressroomError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostingFacts:
    """How local files get to Instagram.

    ways: of a picture; clips: of a clip; None where there is no account.
    address: of PRESSROOM_PUBLIC_URL. unreachable: why Instagram could not fetch from there. route: what it
    answered. remote: each remote host that is set up, with what is wrong with its address.
    tunnel: of PRESSROOM_TUNNEL. program: its program's path, or that it is not there. planned: number of
    posts that are still to go out with files of this machine.
    """

    ways: Asked[tuple[Way, ...]] = None
    clips: Asked[tuple[Way, ...]] = None
    address: str | None = None
    unreachable: str | None = None
    route: Asked[RouteAnswer] = None
    remote: Mapping[Way, PressroomError | None] = field(default_factory=dict[Way, PressroomError | None])
    tunnel: Tunnel | None = None
    program: Asked[str] = None
    planned: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFacts:
    """Programs beside people. All but marks: None where the store cannot be read.

    marks: the variables that say that this is a known agent's shell. takes_agent_shells: whether such a shell
    counts as a program. waiting: number of proposals that nobody has decided. grants: those in force.
    """

    requires_terminal: bool | None = False
    marks: tuple[str, ...] = ()
    takes_agent_shells: bool | None = True
    grants: tuple[Grant, ...] | None = ()
    waiting: int | None = 0


# Meta has this code for many faults of a call, so that only the words tell this one.
_OTHERS_FAULT = 100
# Whatever its subcode: a checkpoint is no end of the token, and no call works by it all the same.
_ABOUT_TOKEN = 190


def trap_of(answer: object) -> Trap | None:
    """Return the trap whose words an error of Instagram's has."""
    return recognised(answer.body.message) if isinstance(answer, GraphError) else None


def has_no_role(answer: object) -> bool:
    """Tell whether an error is that of an account without a role in the app."""
    trap = trap_of(answer)
    is_general = isinstance(answer, GraphError) and answer.body.code == _OTHERS_FAULT
    return is_general and trap is not None and trap.name == "no-role"


def lacks_permission(answer: object) -> bool:
    """Tell whether a permission is missing for a call; the same code tells of too few viewers in words."""
    is_refused = isinstance(answer, PermissionMissing | PermissionDenied)
    return is_refused and not says_too_few_viewers(answer.body.message)


def is_over(answer: object) -> bool:
    """Tell whether Instagram takes the token no more, or only after a person has acted."""
    if not isinstance(answer, GraphError):
        return False
    return answer.retry is Retry.AFTER_SIGN_IN or answer.body.code == _ABOUT_TOKEN


def worked(answer: object) -> bool | None:
    """Tell whether a call shows its permission: True by an answer, False by a refusal, else None."""
    if answer is None or isinstance(answer, PressroomError):
        return False if lacks_permission(answer) else None
    return True


def sign_in_again(facts: AccountFacts) -> Fix:
    """Word the sign-in to an account as all that is to be done, under its name where it is stored."""
    if facts.source is Source.ENVIRONMENT:
        return Fix.of(
            "Set INSTAGRAM_ACCESS_TOKEN to a new token; or unset it, and sign in: {}.", _sign_in(facts)
        )
    return Fix.of("Sign in again: {}.", _sign_in(facts))


def by_sign_in(facts: AccountFacts) -> Fix:
    """Word how the sign-in is done that a sentence before it has asked for."""
    if facts.source is Source.ENVIRONMENT:
        return Fix.of(
            "The new token belongs in INSTAGRAM_ACCESS_TOKEN; or unset that, and sign in by {}.",
            _sign_in(facts),
        )
    return Fix.of("The command is {}.", _sign_in(facts))


def _sign_in(facts: AccountFacts) -> Remedy:
    return Remedy(RemedyKind.SIGN_IN, {"account": facts.name} if facts.source.is_stored else {})
