"""The values of a plan: what becomes of picture and sound, or why the file is refused."""

from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Final, Self

from pressroom.core.assets import NO_EDITS, Action, Edits, Fit, MediaType, Quality
from pressroom.core.errors import MediaRefused
from pressroom.core.remedies import Fix
from pressroom.graph.error_table import HelperPrefix
from pressroom.media.edits import WHOLE, Cut
from pressroom.media.facts import Probe
from pressroom.media.rules import BLUR, CROP, PAD, spell_ratio

# From the least work to the most.
WORK: Final = (Action.AS_IS, Action.REMUX, Action.AUDIO, Action.FULL)


class Sound(Enum):
    """What is done with the sound."""

    NONE = auto()
    COPY = auto()
    ENCODE = auto()
    SILENCE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a file cannot be made acceptable, as plain data. value, limit: as text."""

    rule: str
    message: str
    value: str
    limit: str
    fix: Fix | str
    helper_prefix: HelperPrefix | None = HelperPrefix.MEDIA_TYPE

    @classmethod
    def of_ratio(cls, name: str, ratio: Fraction, lowest: Fraction, highest: Fraction) -> Self:
        """Refuse a ratio that Instagram does not take and that is to be kept."""
        allowed = f"{spell_ratio(lowest)} to {spell_ratio(highest)}"
        return cls(
            rule="ratio",
            message=f"{name} is {spell_ratio(ratio)}; Instagram takes {allowed}.",
            value=spell_ratio(ratio),
            limit=allowed,
            fix=Fix.of("Use {} or {} to add bars, or {} to cut.", BLUR, PAD, CROP),
        )

    @classmethod
    def of(cls, error: MediaRefused) -> Self:
        """Copy the fields of an error."""
        return cls(
            rule=error.rule,
            message=error.message,
            value=str(error.value),
            limit=str(error.limit),
            fix=error.advice,
            helper_prefix=error.helper_prefix,
        )

    def error(self) -> MediaRefused:
        """Give the error to raise."""
        return MediaRefused(
            self.message,
            rule=self.rule,
            value=self.value,
            limit=self.limit,
            fix=self.fix,
            helper_prefix=self.helper_prefix,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The size of a converted picture.

    width, height: of the whole. content: width and height of the source scaled into it. fit: how the
    difference is filled or cut; KEEP when there is none.
    """

    width: int
    height: int
    content: tuple[int, int]
    fit: Fit = Fit.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a file.

    probe: the facts after the cut. reasons: the broken rules. changes: what is done, one sentence each.
    frame: None unless the picture is encoded. cut: the part of the input that is read. max_bytes: the largest
    result allowed.
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
        """All that the result depends on besides the content: it is part of the file's name."""
        parts = (self.action, self.frame, self.sound, self.quality, self.cut, self.edits.loudness)
        return "|".join(str(part) for part in parts)


def most(*actions: Action) -> Action:
    """Give the action that does most."""
    return max(actions, key=WORK.index)
