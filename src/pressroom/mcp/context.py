"""What every tool is given beside its arguments."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressroom.core.errors import Refused
from pressroom.core.keys import Scope
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.mcp.folders import Folders
from pressroom.mcp.sessions import Sessions

if TYPE_CHECKING:
    from pressroom.core.clock import Clock
    from pressroom.core.masking import Mask
    from pressroom.mcp.asking import Shown

WAIT_S = 20.0


def _shown() -> "Shown":
    from pressroom.mcp.asking import Shown  # noqa: PLC0415  # it imports the SDK

    return Shown()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What the tools of one program share. scopes: what its key is for; of a program without one all.

    wait_s: how long `publish_post` waits for a post to be live.
    """

    sessions: Sessions
    folders: Folders
    mask: "Mask"
    clock: "Clock"
    scopes: frozenset[Scope] = frozenset(Scope)
    wait_s: float = WAIT_S
    shown: "Shown" = field(default_factory=_shown)

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
