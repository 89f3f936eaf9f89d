"""What every tool is given beside its arguments."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from pressroom.core.actor import Actor, Scope
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.mcp.reach import Folders, Sessions

if TYPE_CHECKING:
    from pressroom.core.clock import Clock
    from pressroom.core.masking import Mask

# A client gives up a call that takes long; what is not over by then, get_post tells.
WAIT_S = 20.0
# As long as a twin counts as a mistake, a call counts as the repeat of one whose answer was lost.
_SAME: Final = timedelta(minutes=10)
# A server may run for months; the oldest is forgotten first.
_MOST_REMEMBERED: Final = 1000
# What was meant and when that was, by the post and the words.
_Meanings: TypeAlias = dict[tuple[str, ...], tuple[datetime, datetime]]


@dataclass(slots=True)
class Moments:
    """What times in words meant when they were first said of a post: `+2h` said again is the same time."""

    _meanings: _Meanings = field(default_factory=_Meanings)

    def recall(self, words: tuple[str, ...], now: datetime) -> datetime | None:
        """Return what was meant, if the words came a short while ago and it is still ahead."""
        if (kept := self._meanings.get(words)) is None:
            return None
        meant, at = kept
        return meant if now - at <= _SAME and meant > now else None

    def keep(self, words: tuple[str, ...], meant: datetime, now: datetime) -> None:
        """Remember what was meant."""
        if len(self._meanings) >= _MOST_REMEMBERED:
            # A dict keeps the order of insertion.
            self._meanings.pop(next(iter(self._meanings)))
        self._meanings[words] = (meant, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What the tools of one program share. scopes: what its key is for; of a program without one all.

    wait_s: how long `publish_post` waits for a post to be live. shown: proposals whose pages a client opened.
    """

    actor: Actor
    sessions: Sessions
    folders: Folders
    mask: "Mask"
    clock: "Clock"
    scopes: frozenset[Scope] = frozenset(Scope)
    wait_s: float = WAIT_S
    shown: set[str] = field(default_factory=set[str])
    moments: Moments = field(default_factory=Moments)

    def require(self, scope: Scope) -> None:
        """Raise Refused where the client's key is not for this."""
        if scope not in self.scopes:
            raise Refused(
                f"The key of this connection is not for {scope}.",
                rule="key_scopes",
                value=sorted(self.scopes),
                limit=scope,
                fix=Fix.of(
                    "Do what the key is for. For another one {}.",
                    Remedy(RemedyKind.ADD_KEY, {"scope": scope}),
                ),
            )

    def require_for_change(self, post: Post, *free: PostState) -> None:
        """Raise Refused for a change that may have something else go out, where the key is not for that.

        free: states in which its own posts change without a person.
        """
        if post.state not in free or post.actor != self.actor.id:
            self.require(Scope.PUBLISH)
