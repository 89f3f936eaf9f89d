"""Publish to Instagram and measure it, through the official Graph API only.

Start at `Pressroom` (the library), `pressroom.cli` (the command line) or `pressroom.sandbox` (the simulator
of the API). The names here are the library's public API; each imports its module when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pressroom.core.account import Account
    from pressroom.core.actor import Actor, ActorKind
    from pressroom.core.assets import Asset, AssetBytes, Edits, Fit, PictureUse, ReadsBytes, Target, Wish
    from pressroom.core.errors import (
        AnotherSendOpen,
        AnswerLost,
        Conflict,
        ContainerFailed,
        GraphError,
        HostFailed,
        KeyReused,
        MediaRefused,
        NeedsApproval,
        NotFound,
        NotSent,
        OutcomeUnknown,
        PressroomError,
        Refused,
        SettingRefused,
        Shortage,
        SignInRequired,
        StillProcessing,
        StillWaiting,
        StoreFailed,
        StoreRefused,
        TimeIsOver,
        TransportError,
        UnexpectedAnswer,
    )
    from pressroom.core.failure import EarlierFailure, Failure
    from pressroom.core.journal import TrailQuery, UnusableCursor
    from pressroom.core.post import IfLate, Post, PostId, PostKind, PostOptions, PostState, When
    from pressroom.core.remedies import Remedy, by_method
    from pressroom.core.secret import Secret
    from pressroom.core.settings import Settings
    from pressroom.core.slots import parse_slots
    from pressroom.core.stored_posts import PostChanged, PostQuery, PublishedLately
    from pressroom.graph.answers import CommentId, ContainerId, MediaId, UserId
    from pressroom.graph.calls import UserTag
    from pressroom.graph.hosts import LoginType
    from pressroom.graph.limits import MediaUse
    from pressroom.service import Listeners, PostKeywords, Pressroom, new_post
    from pressroom.service.accounts.signing_in import BeingRenewed
    from pressroom.service.consent.change import Verb
    from pressroom.service.ground.served import AnotherPage
    from pressroom.service.posts.changes import BulkChange
    from pressroom.service.posts.history import PostHistory
    from pressroom.service.posts.lists import Selection
    from pressroom.service.work.work import AnotherWorker
    from pressroom.version import __version__ as __version__

__all__ = [
    "Account",
    "Actor",
    "ActorKind",
    "AnotherPage",
    "AnotherSendOpen",
    "AnotherWorker",
    "AnswerLost",
    "Asset",
    "AssetBytes",
    "BeingRenewed",
    "BulkChange",
    "CommentId",
    "Conflict",
    "ContainerFailed",
    "ContainerId",
    "EarlierFailure",
    "Edits",
    "Failure",
    "Fit",
    "GraphError",
    "HostFailed",
    "IfLate",
    "KeyReused",
    "Listeners",
    "LoginType",
    "MediaId",
    "MediaRefused",
    "MediaUse",
    "NeedsApproval",
    "NotFound",
    "NotSent",
    "OutcomeUnknown",
    "PictureUse",
    "Post",
    "PostChanged",
    "PostHistory",
    "PostId",
    "PostKeywords",
    "PostKind",
    "PostOptions",
    "PostQuery",
    "PostState",
    "Pressroom",
    "PressroomError",
    "PublishedLately",
    "ReadsBytes",
    "Refused",
    "Remedy",
    "Secret",
    "Selection",
    "SettingRefused",
    "Settings",
    "Shortage",
    "SignInRequired",
    "StillProcessing",
    "StillWaiting",
    "StoreFailed",
    "StoreRefused",
    "Target",
    "TimeIsOver",
    "TrailQuery",
    "TransportError",
    "UnexpectedAnswer",
    "UnusableCursor",
    "UserId",
    "UserTag",
    "Verb",
    "When",
    "Wish",
    "by_method",
    "new_post",
    "parse_slots",
]

# Imported on first use (PEP 562), so that importing the package alone stays cheap.
_NAMES: Final = {
    "pressroom.core.account": ["Account"],
    "pressroom.core.actor": ["Actor", "ActorKind"],
    "pressroom.core.assets": [
        *("Asset", "AssetBytes", "Edits", "Fit", "PictureUse", "ReadsBytes", "Target", "Wish"),
    ],
    "pressroom.core.errors": [
        "AnotherSendOpen",
        "AnswerLost",
        "Conflict",
        "ContainerFailed",
        "GraphError",
        "HostFailed",
        "KeyReused",
        "MediaRefused",
        "NeedsApproval",
        "NotFound",
        "NotSent",
        "OutcomeUnknown",
        "PressroomError",
        "Refused",
        "SettingRefused",
        "Shortage",
        "SignInRequired",
        "StillProcessing",
        "StillWaiting",
        "StoreFailed",
        "StoreRefused",
        "TimeIsOver",
        "TransportError",
        "UnexpectedAnswer",
    ],
    "pressroom.core.failure": ["EarlierFailure", "Failure"],
    "pressroom.core.journal": ["TrailQuery", "UnusableCursor"],
    "pressroom.core.post": ["IfLate", "Post", "PostId", "PostKind", "PostOptions", "PostState", "When"],
    "pressroom.core.remedies": ["Remedy", "by_method"],
    "pressroom.core.stored_posts": ["PostChanged", "PostQuery", "PublishedLately"],
    "pressroom.core.secret": ["Secret"],
    "pressroom.core.settings": ["Settings"],
    "pressroom.core.slots": ["parse_slots"],
    "pressroom.graph.calls": ["UserTag"],
    "pressroom.graph.hosts": ["LoginType"],
    "pressroom.graph.answers": ["CommentId", "ContainerId", "MediaId", "UserId"],
    "pressroom.graph.limits": ["MediaUse"],
    "pressroom.service.accounts.signing_in": ["BeingRenewed"],
    "pressroom.service.posts.changes": ["BulkChange"],
    "pressroom.service.consent.change": ["Verb"],
    "pressroom.service.posts.history": ["PostHistory"],
    "pressroom.service.posts.lists": ["Selection"],
    "pressroom.service.ground.served": ["AnotherPage"],
    "pressroom.service.work.work": ["AnotherWorker"],
    "pressroom.service": ["Listeners", "PostKeywords", "Pressroom", "new_post"],
    "pressroom.version": ["__version__"],
}
_HOMES: Final = {name: module for module, names in _NAMES.items() for name in names}


if not TYPE_CHECKING:  # or a type checker would take every name for one of ours

    def __getattr__(name: str) -> Any:  # noqa: ANN401  # whatever the name stands for
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
