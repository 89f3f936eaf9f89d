"""Publish to Instagram and measure it, through the official Graph API only.

Start at `Pressroom` (the library), `pressroom.cli` (the command line) or `pressroom.sandbox` (the simulator
of the API). The names here are the library's public API; each imports its module when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pressroom.core.account import Account
    from pressroom.core.actor import Actor, ActorKind
    from pressroom.core.errors import (
        GraphError,
        MediaRefused,
        NeedsApproval,
        OutcomeUnknown,
        PressroomError,
        Refused,
    )
    from pressroom.core.post import IfLate, Post, PostKind, PostOptions, PostState
    from pressroom.core.secret import Secret
    from pressroom.core.settings import Settings
    from pressroom.service import Pressroom, new_post
    from pressroom.version import __version__ as __version__

__all__ = [
    "Account",
    "Actor",
    "ActorKind",
    "GraphError",
    "IfLate",
    "MediaRefused",
    "NeedsApproval",
    "OutcomeUnknown",
    "Post",
    "PostKind",
    "PostOptions",
    "PostState",
    "Pressroom",
    "PressroomError",
    "Refused",
    "Secret",
    "Settings",
    "new_post",
]

# Imported on first use (PEP 562), so that importing the package alone stays cheap.
_HOMES: Final = {
    **dict.fromkeys(["Pressroom", "new_post"], "pressroom.service"),
    **dict.fromkeys(["IfLate", "Post", "PostKind", "PostOptions", "PostState"], "pressroom.core.post"),
    **dict.fromkeys(
        ["GraphError", "MediaRefused", "NeedsApproval", "OutcomeUnknown", "PressroomError", "Refused"],
        "pressroom.core.errors",
    ),
    **dict.fromkeys(["Actor", "ActorKind"], "pressroom.core.actor"),
    "Account": "pressroom.core.account",
    "Secret": "pressroom.core.secret",
    "Settings": "pressroom.core.settings",
    "__version__": "pressroom.version",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
