"""What every tool is given beside its arguments."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pressroom.mcp.folders import Folders
from pressroom.mcp.sessions import Sessions

if TYPE_CHECKING:
    from pressroom.core.clock import Clock
    from pressroom.core.masking import Mask

WAIT_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolContext:
    """What a server's tools share. wait_s: how long `publish_post` waits for a post to be live."""

    sessions: Sessions
    folders: Folders
    mask: "Mask"
    clock: "Clock"
    wait_s: float = WAIT_S
