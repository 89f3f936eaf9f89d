"""The settings of a sandbox, by its options: `--set quota_total=3`, `--trap NAME`, `--facts FILE` and others.

`settings_of` puts them together. Where several say something of one setting, `--set` wins over `--trap`, and
that over a file of facts.
"""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from pressroom.cli.sandbox.background import Wanted
from pressroom.core.errors import SettingRefused
from pressroom.core.facts import FactsFile

if TYPE_CHECKING:
    from pressroom.sandbox.settings import SandboxSettings


# Settings that have an option of their own, or whose value is no single word.
_NOT_SET: Final = {
    *("user_id", "token", "media", "fetch", "allow_hosts"),
    *("data_dir", "state_file", "record_file", "hostility"),
}
# Lists, given as words between commas.
_LISTS: Final = {
    *("redirect_uris", "copyrighted", "granted", "token_scopes"),
    *("unused", "metrics_gone", "metrics_refused"),
}
_HOST_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)


def settable() -> list[str]:
    """Return the names of the settings that `--set` takes."""
    from pressroom.sandbox.settings import SandboxSettings  # noqa: PLC0415  # loads only where it is used

    return sorted(set(SandboxSettings.__dataclass_fields__) - _NOT_SET)


class HostName(click.ParamType[str]):
    """A host name, without scheme and port."""

    name = "name"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        if _HOST_NAME.fullmatch(value) is None:
            self.fail(f"{value!r} is not a host name such as sandbox.example.org.", param, ctx)
        return value


class Setting(click.ParamType[tuple[str, str]]):
    """One setting, `name=value`."""

    name = "name=value"

    def convert(
        self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the equals sign."""
        if not isinstance(value, str):
            return value
        key, equals, word = value.partition("=")
        if not equals:
            self.fail(f"{value!r} is not name=value.", param, ctx)
        return key, word

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete the name."""
        return [CompletionItem(f"{name}=") for name in settable() if name.startswith(incomplete)]


def settings_of(wanted: Wanted) -> "SandboxSettings":
    """Build the sandbox's settings. Raises SettingRefused for an unknown setting or a bad value."""
    import msgspec  # noqa: PLC0415  # loads only where a sandbox starts

    from pressroom.sandbox.settings import SandboxSettings  # noqa: PLC0415

    options = {name: wanted[name] for name in ("token", "media", "fetch", "user_id")}
    values: dict[str, Any] = {
        **_values_set(wanted),
        **{name: value for name, value in options.items() if value is not None},
        "allow_hosts": (wanted["host"], *wanted["allow_host"]),
        "record_file": wanted["record"],
        "state_file": wanted["state"],
    }
    named = dict(wanted["settings"])
    trapped = {name: value for name, value in _changes_of_traps(wanted["trap"]).items() if name not in named}
    try:
        # `strict=False` reads numbers and truth values from words. The hook passes values that are objects
        # already, such as `processing`, which msgspec would refuse.
        settings = msgspec.convert(values, SandboxSettings, strict=False, dec_hook=lambda _, value: value)
        return replace(_with_facts(wanted["facts"], settings, but={*named, *trapped}), **trapped)
    except msgspec.ValidationError as error:
        # msgspec names the field only at the end of its text: "Expected `int`, got `str` - at
        # `$.quota_total`".
        text, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`")
        if name:
            raise _setting_refused(name, named.get(name), text) from None
        # A rule of the settings' own, whose text begins with the setting's name.
        rule = text.partition(" ")[0].rstrip(":")
        message = f"The sandbox cannot be set so: {text.rstrip('.')}."
        raise SettingRefused(message, rule=rule, fix="Correct `--set`.") from None


def _values_set(wanted: Wanted) -> dict[str, Any]:
    """Read what `--set` says: lists, and what is no single word, to objects; the rest stays words."""
    from pressroom.sandbox.settings import Processing  # noqa: PLC0415  # loads only where a sandbox starts

    values: dict[str, Any] = dict(wanted["settings"])
    names = settable()
    unknown = next((name for name in values if name not in names), None)
    if unknown is not None:
        raise _setting_refused(unknown, None, f"one of {', '.join(names)}")
    for name in _LISTS & set(values):
        values[name] = [word for word in values[name].split(",") if word]
    text = values.get("processing")
    if text is None:
        return values
    kind, _, amount = text.partition(":")
    try:
        match kind:
            case "at_once":
                return {**values, "processing": Processing.at_once()}
            case "reads":
                return {**values, "processing": Processing.after_reads(int(amount))}
            case "seconds":
                return {**values, "processing": Processing.after_seconds(float(amount))}
            case _:
                raise ValueError  # noqa: TRY301  # one answer to all that cannot be read
    except ValueError:
        raise _setting_refused("processing", text, "at_once, reads:N or seconds:N") from None


def _changes_of_traps(names: tuple[str, ...]) -> dict[str, Any]:
    from pressroom.sandbox.traps import PRESETS, changes_of  # noqa: PLC0415  # loads only where it is used

    try:
        return changes_of(names)
    except ValueError as error:
        raise SettingRefused(
            f"The sandbox cannot provoke that: {error}.",
            rule="trap",
            value=", ".join(names),
            limit=f"one of {', '.join(PRESETS)}, and none that excludes another",
            fix="Correct `--trap`.",
        ) from None


def trap_lines(names: tuple[str, ...]) -> list[str]:
    """Say of each trap what provokes it."""
    from pressroom.sandbox.traps import PRESETS  # noqa: PLC0415  # loads only where it is used

    return [f"Trap {name}: {PRESETS[name].how}" for name in dict.fromkeys(names)]


def complete_traps(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a trap."""
    from pressroom.graph.traps import TRAPS  # noqa: PLC0415  # loads only where it is used

    return [CompletionItem(trap.name, help=trap.title) for trap in TRAPS if trap.name.startswith(incomplete)]


def _setting_refused(name: str, value: str | None, limit: str) -> SettingRefused:
    return SettingRefused(
        f"The sandbox has no such setting: {name}{'' if value is None else f'={value}'}.",
        rule=name,
        value=value,
        limit=limit,
        fix="Correct `--set`.",
    )


def skipped_facts(wanted: Wanted) -> list[str]:
    """Name the facts of the file that answer no setting. Raises SettingRefused for no file of facts."""
    from pressroom.sandbox.facts import unknown_facts  # noqa: PLC0415  # loads only where a sandbox starts

    return unknown_facts(_load_facts(wanted["facts"]).facts) if wanted["facts"] else []


def _with_facts(path: Path | None, settings: "SandboxSettings", *, but: Iterable[str]) -> "SandboxSettings":
    """Set what a file of facts answers, except what was said otherwise. Raises SettingRefused."""
    if path is None:
        return settings
    from pressroom.sandbox.facts import with_facts  # noqa: PLC0415  # loads only where a sandbox starts

    # A hostile sandbox has lags of its own, which whoever asked for it wants.
    kept = {*but, *(["listing_lag_s"] if "hostile" in but else [])}
    with _refusing_facts(path):
        return with_facts(settings, _load_facts(path), but=kept)


def _load_facts(path: Path) -> FactsFile:
    from pressroom.sandbox.facts import load_facts  # noqa: PLC0415  # loads only where a sandbox starts

    with _refusing_facts(path):
        return load_facts(path)


@contextmanager
def _refusing_facts(path: Path) -> Generator[None]:
    """Turn what is wrong with a file of facts into SettingRefused."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or "it cannot be read"
    except ValueError as error:
        reason = str(error)
    else:
        return
    raise SettingRefused(
        f"{path} cannot be taken as facts: {reason.rstrip('.')}.",
        rule="facts",
        value=str(path),
        limit="a file that `pressroom doctor --probe` wrote",
        fix="Name such a file with `--facts`.",
    )
