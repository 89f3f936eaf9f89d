"""One parsed call, and the row of the surface that answers it.

`Arrival` is a request as it came; `BareCall` adds scene and time, `GraphCall` token, account and node. A
handler gets one of the last two. `Route` and `OpenRoute` tie a method and a path to a handler; each area has
its own in a `Routes` or `OpenRoutes`, by whose decorator a handler says which call it answers.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import META_HOSTS, VERSIONS, LoginType, Version, logins_of_host, version_named
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.state.things import Account, Media, Thing, Token
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, missing, unknown_path
from pressroom.sandbox.wire.paging import format_time, parse_moment
from pressroom.sandbox.wire.params import Params, flag, items, mapping, number, objects, text

_VERSION = re.compile(r"v[0-9]{1,4}\.[0-9]{1,4}")
_ENDS = tuple(
    (datetime(version.ends.year, version.ends.month, version.ends.day, tzinfo=UTC).timestamp(), version)
    for version in VERSIONS
    if version.ends
)
_INSTAGRAM = "https://www.instagram.com"
_SCHEMES = ("bearer ", "oauth ")


@dataclass(slots=True, kw_only=True)
class Arrival:
    """A request before its path, token and parameters are checked."""

    method: str
    segments: list[str]
    version: str | None
    params: Params
    headers: Mapping[bytes, bytes]
    scheme: str
    host: str

    @property
    def base(self) -> str:
        """Scheme and host the caller used."""
        return f"{self.scheme}://{self.host}"

    @property
    def host_name(self) -> str:
        """The host the caller named, without its port."""
        return self.host.partition(":")[0].lower()

    @property
    def has_real_name(self) -> bool:
        """Whether the caller named one of Meta's hosts, as through the proxy."""
        return self.host_name in META_HOSTS

    @property
    def host_logins(self) -> tuple[LoginType, ...]:
        """The login types the host name serves: all of them for the sandbox's own address."""
        return logins_of_host(self.host_name) or tuple(LoginType)

    @property
    def app_id(self) -> str | None:
        """The app whose own token, `id|secret`, the caller holds; None for another token or none."""
        app, bar, _ = (self.token or "").partition("|")
        return app if bar else None

    @property
    def token(self) -> str | None:
        """The token, from the parameters or the `Authorization` header; the parameter wins."""
        parameter = text(self.params, "access_token")
        if parameter is not None:
            return parameter
        header = self.headers.get(b"authorization", b"").decode("latin-1")
        scheme = next((scheme for scheme in _SCHEMES if header.lower().startswith(scheme)), None)
        return header[len(scheme) :].strip() or None if scheme else None


def split_path(path: str) -> tuple[list[str], str | None]:
    """Split a path into its parts and its version; doubled and trailing slashes do not count."""
    # Clients join a base URL and a path, and some end up with `//v21.0/me/`.
    segments = [part for part in path.split("/") if part]
    if segments and _VERSION.fullmatch(segments[0]):
        return segments[1:], segments[0]
    return segments, None


def served_version(name: str | None, now: float, path: str) -> Version:
    """Give the version that answers: the one asked for, or the oldest usable one for an ended or no version.

    Meta does not refuse an ended version but serves the oldest usable one (Versioning). Raises GraphRefusal
    (2500) for a version that does not exist.
    """
    ended = [version for ends, version in _ENDS if ends <= now]
    oldest = VERSIONS[len(ended)]
    if name is None:
        return oldest
    major, minor = name.removeprefix("v").split(".")
    # Unknown and older than the table has ended long ago; unknown and newer does not exist yet.
    version = version_named(name)
    if version is None and (int(major), int(minor)) >= oldest.number:
        raise unknown_path(path)
    return oldest if version is None or version in ended else version


@dataclass(slots=True, kw_only=True)
class BareCall:
    """One parsed call, before its token is known. `now`: unix seconds of the sandbox's clock."""

    scene: Scene
    arrival: Arrival
    now: float
    notes: list[str] = field(default_factory=list[str])

    @property
    def params(self) -> Params:
        """Every parameter, wherever it stood."""
        return self.arrival.params

    @property
    def moment(self) -> datetime:
        """The time of the call."""
        return datetime.fromtimestamp(self.now, UTC)

    @property
    def public_base(self) -> str:
        """What media URLs start with."""
        if self.scene.settings.public_base is not None:
            return self.scene.settings.public_base
        # Through the proxy the caller's host is one of Meta's, where a browser would not find the sandbox.
        return self.scene.served_at or self.arrival.base if self.arrival.has_real_name else self.arrival.base

    @property
    def permalink_base(self) -> str:
        """What permalinks start with: Instagram's own address for a caller that came by Meta's names."""
        is_theirs = self.arrival.has_real_name and self.scene.settings.public_base is None
        return _INSTAGRAM if is_theirs else self.public_base

    def text(self, name: str) -> str | None:
        """Give a parameter as text; None when absent or empty."""
        return text(self.params, name)

    def needed(self, name: str) -> str:
        """Give a parameter as text. Raises GraphRefusal when it is absent."""
        value = self.text(name)
        if value is None:
            raise missing(name)
        return value

    def moment_of(self, name: str) -> float | None:
        """Give a moment in unix seconds: `since`, `until`."""
        return parse_moment(self.text(name), self.moment, name)

    def format_time(self, unix: float) -> str | int:
        """Format a time as Meta does, or by the caller's `date_format`."""
        return format_time(unix, self.text("date_format"))

    def flag(self, name: str) -> bool | None:
        """Give a boolean parameter."""
        return flag(self.params, name)

    def number(self, name: str) -> int | None:
        """Give an integer parameter."""
        return number(self.params, name)

    def items(self, name: str) -> list[str]:
        """Give a list of words."""
        return items(self.params, name)

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Give a list of JSON objects."""
        return objects(self.params, name)

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        """Give one JSON object."""
        return mapping(self.params, name)


@dataclass(slots=True, kw_only=True)
class GraphCall(BareCall):
    """One call with its token and account. `thing` is the node its path names, unless that is the account."""

    version: Version
    token: Token
    account: Account
    thing: Thing | None = None

    @property
    def login(self) -> LoginType:
        """The login type whose rules hold."""
        return self.token.login

    @property
    def media(self) -> Media:
        """The media its path names. For handlers of media alone: `resolve` has found it by then."""
        assert isinstance(self.thing, Media)
        return self.thing

    def address(self, *path: str) -> str:
        """Give the URL of a path, with the host and version of this call."""
        return "/".join((self.arrival.base, self.version.name, *(quote(part) for part in path)))


Result = dict[str, Any]
Handler = Callable[[GraphCall], Result | Awaitable[Result] | None]
OpenHandler = Callable[[BareCall], HttpAnswer | Awaitable[HttpAnswer]]
HandlerT = TypeVar("HandlerT", bound=Handler)
OpenHandlerT = TypeVar("OpenHandlerT", bound=OpenHandler)
Refuse = Callable[[BareCall, GraphRefusal], HttpAnswer | None]


@dataclass(frozen=True, slots=True)
class Route:
    """One call.

    node: what its path names first (`user`, `media`, `container`, `comment`, `root`). edge: what follows.
    name: what faults and the log call it. need: None: no permission. login: the only login type that has it;
    None: both. mark: how sure it is that the API has it. is_unified: Unified Login has a call of Instagram
    Login's too (`I`: nothing is documented of it).
    """

    method: str
    node: str
    edge: str
    name: str
    handle: Handler
    need: Permission | None = Permission.BASIC
    login: LoginType | None = None
    mark: Certainty = field(kw_only=True)
    is_unified: bool = field(default=False, kw_only=True)

    def is_under(self, login: LoginType) -> bool:
        """Tell whether a login type has it; Unified Login has what Facebook Login has (`I`)."""
        as_known = LoginType.FACEBOOK if login is LoginType.UNIFIED else login
        return self.login in (None, as_known) or (self.is_unified and login is LoginType.UNIFIED)


@dataclass(frozen=True, slots=True)
class OpenRoute:
    """One call that needs no token of an account, and builds its answer itself. `path` has no version.

    refuse: builds a refusal with an envelope of its own; where it is None or gives None, Meta's usual one is
    sent.
    """

    method: str
    path: str
    name: str
    handle: OpenHandler
    refuse: Refuse | None = field(default=None, kw_only=True)
    mark: Certainty = field(kw_only=True)


class Terms(TypedDict, total=False):
    """What holds of a call, as `Route` names it."""

    need: Permission | None
    login: LoginType | None
    mark: Certainty
    is_unified: bool


class Routes(list[Route]):
    """The calls of one area, put there by their handlers. terms: hold for all that do not say otherwise."""

    def __init__(self, **terms: Unpack[Terms]) -> None:
        super().__init__()
        self._terms = terms

    def answers(
        self, method: str, node: str, edge: str, name: str, **terms: Unpack[Terms]
    ) -> Callable[[HandlerT], HandlerT]:
        """Make the decorator of the handler of one call. A handler may have several."""

        def register(handle: HandlerT) -> HandlerT:
            self.append(Route(method, node, edge, name, handle, **(self._terms | terms)))
            return handle

        return register


class OpenRoutes(list[OpenRoute]):
    """The calls of one area that need no token of an account, put there by their handlers."""

    def answers(
        self,
        method: str,
        path: str,
        name: str,
        *,
        mark: Certainty = Certainty.DOCUMENTED,
        refuse: Refuse | None = None,
    ) -> Callable[[OpenHandlerT], OpenHandlerT]:
        """Make the decorator of the handler of one call."""

        def register(handle: OpenHandlerT) -> OpenHandlerT:
            self.append(OpenRoute(method, path, name, handle, refuse=refuse, mark=mark))
            return handle

        return register
