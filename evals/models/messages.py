"""A conversation with a model, in words of neither API."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model is told of it. schema: JSON schema of its arguments."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A call that a model wants. arguments: None for what is no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a call answered."""

    id: str
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model said. raw: in its API's own form, which is sent back as it came. tokens: of this reply."""

    text: str
    uses: tuple[ToolUse, ...] = ()
    raw: Any = field(default=None, repr=False)
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person said."""

    text: str


@dataclass(frozen=True, slots=True)
class Results:
    """What the calls of one reply answered."""

    results: tuple[ToolResult, ...]


Message: TypeAlias = Asked | Reply | Results


class Model(Protocol):
    """A model, by the name that its API has for it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    async def reply(self, system: str, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """Ask for the next reply. Raises `sending.ModelFailed`."""
        ...
