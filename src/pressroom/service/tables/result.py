"""What an import makes of a row."""

from dataclasses import dataclass
from enum import StrEnum

from pressroom.core.errors import NeedsApproval, PressroomError
from pressroom.core.journal import FieldChange
from pressroom.core.post import Post, PostState
from pressroom.service.storing import Schedule


class RowAction(StrEnum):
    """What a good row does, or would."""

    NEW = "new"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a row. post: as it is stored, or would be. error: why it was refused.

    takes_slot: it is due at the next free slot; until it is stored, `schedule` has the slot that is free now.
    is_replay: its key was used before for the same content, so nothing new is stored.
    before: the stored post that the row names. differences: what it changes of that, column by column, as a
    table spells it.
    waits: why the change waits for a person, where a program wants it.
    """

    number: int
    post: Post | None = None
    schedule: Schedule | None = None
    warnings: tuple[str, ...] = ()
    error: PressroomError | None = None
    takes_slot: bool = False
    is_stored: bool = False
    is_replay: bool = False
    before: Post | None = None
    differences: tuple[FieldChange, ...] = ()
    waits: NeedsApproval | None = None

    @property
    def action(self) -> RowAction | None:
        """What the row does; None for a bad one."""
        if self.error:
            return None
        if self.before:
            return RowAction.CHANGE if self.differences else RowAction.UNCHANGED
        return RowAction.REPLAY if self.is_replay else RowAction.NEW

    @property
    def needs_approval(self) -> bool:
        """Whether what a program's row wants is held back until a person approves it."""
        is_wanted = self.schedule is not None and self.schedule.state is PostState.SCHEDULED
        is_held = self.post is not None and self.is_stored and self.post.state.is_held
        return self.waits is not None or (self.before is None and is_wanted and is_held)
