"""One Graph call as a frozen value, sent by `pressroom.client`, and what tells a read from a write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Any, Generic, Literal, TypeVar

from pressroom.graph.secret_names import SECRET_PARAMETERS

AnswerT = TypeVar("AnswerT")


Method = Literal["GET", "POST", "DELETE"]


class Effect(Enum):
    """The effect of a call, which decides whether it may be retried."""

    READ = "read"
    CREATE = "create"  # retried: an unused container is harmless
    WRITE = "write"  # never retried by itself: there is no idempotency key


class Pace(Enum):
    """The kind of pacing: calls of one kind keep a gap between them."""

    CONTAINER = "container"
    INSIGHTS = "insights"


class Endpoint(StrEnum):
    """Which of Meta's hosts a call goes to; a sandbox serves them all."""

    GRAPH = "graph"
    UPLOAD = "upload"
    CODE = "code"  # exchanges the code of Instagram Login


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[AnswerT]):
    """One Graph call, not sent yet."""

    method: Method
    path: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    answer: type[AnswerT]
    effect: Effect = Effect.READ
    endpoint: Endpoint = Endpoint.GRAPH
    pace: Pace | None = None
    is_versioned: bool = True

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the params that must never be shown."""
        return SECRET_PARAMETERS & self.params.keys()

    def with_params(self, **params: str) -> "Call[AnswerT]":
        """Copy the call with more parameters."""
        return replace(self, params={**self.params, **params})


def wire_params(**params: Any) -> dict[str, str]:  # noqa: ANN401  # a parameter is whatever JSON can hold
    """Spell the params that have a value as the API reads them; what is None or empty is left out."""
    # Text as it is, everything else as JSON, the form that Meta documents for lists and objects.
    return {
        name: value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name, value in params.items()
        if value not in (None, (), [])
    }


# The Graph API treats a GET with `method=post` as a POST, and `batch` wraps several calls. A retry of such
# a "read" would write twice.
_OVERRIDES = frozenset({"method", "batch"})


def is_read(method: Method, path: str, params: Mapping[str, str]) -> bool:
    """Return whether a call only reads: a GET without a method override in its query."""
    # Parameters inside the path are not in `params`, so a path with a query counts as a write.
    is_plain = "?" not in path and _OVERRIDES.isdisjoint(map(str.casefold, params))
    return method == "GET" and is_plain
