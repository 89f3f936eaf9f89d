"""One row of the surface: a call, its handler, and the permission it needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import BareCall, GraphCall
from pressroom.sandbox.wire.answer import Answer
from pressroom.sandbox.wire.refusals import GraphRefusal

Result = dict[str, Any]
Handler = Callable[[GraphCall], Result | Awaitable[Result] | None]
OpenHandler = Callable[[BareCall], Answer | Awaitable[Answer]]

Refuse = Callable[[BareCall, GraphRefusal], Answer | None]


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

    refuse: builds a refusal where it has an envelope of its own; None, and its None: Meta's usual one.
    """

    method: str
    path: str
    name: str
    handle: OpenHandler
    refuse: Refuse | None = field(default=None, kw_only=True)
    mark: Certainty = field(kw_only=True)
