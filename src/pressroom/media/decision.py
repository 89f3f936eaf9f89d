"""What a plan is made of."""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Final, Literal, Self

from pressroom.core.assets import Action, Fit, MediaType, Target
from pressroom.core.errors import MediaRefused
from pressroom.graph.error_table import SeedName
from pressroom.graph.limits import MediaUse
from pressroom.media.edits import NO_EDITS, WHOLE, Cut, Edits
from pressroom.media.facts import Probe

Quality = Literal["normal", "high"]
WORK: Final = (Action.AS_IS, Action.REMUX, Action.AUDIO, Action.FULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a file is to become. ratio: width : height of a whole carousel, None keeps each item's own."""

    use: MediaUse
    target: Target
    fit: Fit
    quality: Quality = "normal"
    ratio: Fraction | None = None
    edits: Edits = NO_EDITS


class Sound(Enum):
    """What is done with the sound."""

    NONE = auto()
    COPY = auto()
    ENCODE = auto()
    SILENCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file cannot be made acceptable. `value` and `limit` are worded."""

    rule: str
    message: str
    value: str
    limit: str
    fix: str

    @classmethod
    def of(cls, error: MediaRefused) -> Self:
        """Take over an error's words."""
        return cls(
            rule=error.rule,
            message=error.message,
            value=str(error.value),
            limit=str(error.limit),
            fix=error.fix,
        )

    def error(self) -> MediaRefused:
        """Give the error to raise."""
        return MediaRefused(
            self.message,
            rule=self.rule,
            value=self.value,
            limit=self.limit,
            fix=self.fix,
            seed_name=SeedName.MEDIA_TYPE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How a picture is placed: width, height are those of the whole, content those of what it holds.

    fit: what fills or cuts the difference; KEEP when there is none.
    """

    width: int
    height: int
    content: tuple[int, int]
    fit: Fit = Fit.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a file.

    reasons: the rules that made it necessary. changes: what is done, one sentence each.
    frame: for a full conversion alone. cut: what is read of the input; `probe` is what is left of it.
    max_bytes: what the result may weigh.
    """

    probe: Probe
    media_type: MediaType
    action: Action
    reasons: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refusal: Refusal | None = None
    frame: Frame | None = None
    sound: Sound = Sound.NONE
    quality: Quality = "normal"
    edits: Edits = NO_EDITS
    cut: Cut = WHOLE
    max_bytes: int

    @property
    def settings(self) -> str:
        """Everything the result depends on beside the content, for naming it."""
        parts = (self.action, self.frame, self.sound, self.quality, self.cut, self.edits.loudness)
        return "|".join(str(part) for part in parts)


def most(*actions: Action) -> Action:
    """Give the action that does most."""
    return max(actions, key=WORK.index)
