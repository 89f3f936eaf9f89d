"""One Graph call as a frozen value, sent by `pressroom.client`."""

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


def _wire(value: Any) -> str:  # noqa: ANN401  # a parameter is whatever JSON can hold
    # Text as it is, everything else as JSON, the form that Meta documents for lists and objects.
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def given(**params: Any) -> dict[str, str]:  # noqa: ANN401
    """Spell the params that have a value as the API reads them; what is None or empty is left out."""
    return {name: _wire(value) for name, value in params.items() if value not in (None, (), [])}
