"""Settings of a sandbox from a file of facts: `--facts FILE`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pressroom.cli.sandbox.background import Wanted
from pressroom.core.errors import SettingRefused
from pressroom.core.facts import FactsFile

if TYPE_CHECKING:
    from pressroom.sandbox.settings import SandboxSettings


def told_by_facts(path: Path | None, settings: "SandboxSettings", *, but: Iterable[str]) -> "SandboxSettings":
    """Set what a file of facts answers, except what was said otherwise. Raises SettingRefused."""
    if path is None:
        return settings
    from pressroom.sandbox.facts import with_facts  # noqa: PLC0415  # loads only where a sandbox starts

    held = _loaded(path)
    # A hostile sandbox has lags of its own, which whoever asked for it wants.
    kept = {*but, *(["listing_lag_s"] if "hostile" in but else [])}
    try:
        return with_facts(settings, held, but=kept)
    except ValueError as error:
        raise _refused(path, f"{error}") from None


def skipped_facts(wanted: Wanted) -> list[str]:
    """Name the facts of the file that answer no setting. Raises SettingRefused for no file of facts."""
    from pressroom.sandbox.facts import unknown_facts  # noqa: PLC0415  # loads only where a sandbox starts

    return unknown_facts(_loaded(wanted["facts"]).facts) if wanted["facts"] else []


def _loaded(path: Path) -> FactsFile:
    from pressroom.sandbox.facts import load_facts  # noqa: PLC0415  # loads only where a sandbox starts

    try:
        return load_facts(path)
    except OSError as error:
        raise _refused(path, error.strerror or "it cannot be read") from None
    except ValueError as error:
        raise _refused(path, f"{error}") from None


def _refused(path: Path, why: str) -> SettingRefused:
    return SettingRefused(
        f"{path} cannot be taken as facts: {why.rstrip('.')}.",
        rule="facts",
        value=str(path),
        limit="a file that `pressroom doctor --probe` wrote",
        fix="Name such a file with `--facts`.",
    )
