"""Sets a sandbox to what probes found out about the API that it plays: `with_facts`.

`load_facts` reads their file, `unknown_facts` names those of it that a newer program may know.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pressroom.core.facts import Facts, FactsFile, read_facts
from pressroom.sandbox.settings import SandboxSettings

LISTING_LAG: Final = "listing_lag_s"
# The settings that a file may answer. It may come from anybody, so no other is ever taken from one: neither a
# token nor a path.
ANSWERED: Final = frozenset(
    {
        "caption_hashtags_max",
        "caption_unit",
        "carousel_max",
        "comment_max",
        "early_refresh",
        "explicit_image",
        "insights_day_zone",
        "instagram_uploads",
        LISTING_LAG,
        "locations",
        "quota_total",
        "refresh_ends_old_token",
        "refresh_makes_new_token",
        "republish",
        "self_inspection",
        "unified_me",
    }
)


def load_facts(path: Path) -> FactsFile:
    """Read a file of facts. Raises ValueError, which says what is wrong, and OSError."""
    return read_facts(path.read_bytes())


def unknown_facts(names: Iterable[str]) -> list[str]:
    """Name the facts that answer no setting of this sandbox, as those of a newer program."""
    return sorted(set(names) - ANSWERED)


def with_facts(
    settings: SandboxSettings, facts: Facts | FactsFile, *, but: Iterable[str] = ()
) -> SandboxSettings:
    """Return the settings as facts answer them; what is unknown is left out.

    but: settings to leave as they are. Raises ValueError for a value that a setting cannot have.
    """
    every = facts.facts if isinstance(facts, FactsFile) else facts
    changes: dict[str, Any] = {name: value for name, value in every.items() if name in ANSWERED - set(but)}
    # The lag is no setting of its own but a field of `Hostility`, which checks no types.
    if LISTING_LAG in changes:
        lag_s: object = changes.pop(LISTING_LAG)
        if isinstance(lag_s, bool) or not isinstance(lag_s, int | float) or lag_s < 0:
            raise ValueError(f"{LISTING_LAG} is seconds, not {lag_s!r}.")
        changes["hostility"] = replace(settings.manners, listing_lag_s=float(lag_s))
    return replace(settings, **changes)
