"""Settings of a sandbox on the command line: `--set quota_total=3`."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from pressroom.cli.sandbox.background import Wanted
from pressroom.cli.sandbox.facts import told_by_facts
from pressroom.core.errors import SettingRefused

if TYPE_CHECKING:
    from pressroom.sandbox.settings import Processing, SandboxSettings

# Settings that have an option of their own, or whose value is no single word.
_NOT_SET: Final = frozenset(
    {
        "user_id",
        "token",
        "media",
        "fetch",
        "data_dir",
        "state_file",
        "record_file",
        "hostility",
        "allow_hosts",
    }
)
# Lists, given as words between commas.
_LISTS: Final = frozenset(
    {
        "redirect_uris",
        "copyrighted",
        "granted",
        "token_scopes",
        "unused",
        "metrics_gone",
        "metrics_refused",
    }
)
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

    words: dict[str, Any] = dict(wanted["settings"])
    unknown = next((name for name in words if name not in settable()), None)
    if unknown is not None:
        raise _refused(unknown, None, f"one of {', '.join(settable())}")
    if "processing" in words:
        words["processing"] = _processing(words["processing"])
    for name in _LISTS & set(words):
        words[name] = [one for one in words[name].split(",") if one]
    given = {
        name: wanted[name] for name in ("token", "media", "fetch", "user_id") if wanted[name] is not None
    }
    hosts = {"allow_hosts": (wanted["host"], *wanted["allow_host"])}
    files = {"record_file": wanted["record"], "state_file": wanted["state"]}
    # `strict=False` reads numbers and truth values from words. The hook passes values that are objects
    # already, such as `processing`, which msgspec would refuse.
    trapped = _trapped(wanted["trap"])
    try:
        made = msgspec.convert(
            {**words, **given, **hosts, **files}, SandboxSettings, strict=False, dec_hook=lambda _, held: held
        )
        trapped = {name: value for name, value in trapped.items() if name not in words}
        return replace(told_by_facts(wanted["facts"], made, but={*words, *trapped}), **trapped)
    except msgspec.ValidationError as error:
        # msgspec names the field only at the end of its text: "Expected `int`, got `str` - at
        # `$.quota_total`".
        text, _, where = str(error).partition(" - at `$.")
        name = where.rstrip("`")
        if not name:  # a rule of the settings' own, whose text begins with the setting's name
            rule = text.partition(" ")[0].rstrip(":")
            told = f"The sandbox cannot be set so: {text.rstrip('.')}."
            raise SettingRefused(told, rule=rule, fix="Correct `--set`.") from None
        raise _refused(name, dict(wanted["settings"]).get(name), text) from None


def _trapped(names: tuple[str, ...]) -> dict[str, Any]:
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

    return [CompletionItem(one.name, help=one.title) for one in TRAPS if one.name.startswith(incomplete)]


def _processing(word: str) -> "Processing":
    from pressroom.sandbox.settings import Processing  # noqa: PLC0415  # loads only where a sandbox starts

    kind, _, amount = word.partition(":")
    try:
        match kind:
            case "at_once":
                return Processing.at_once()
            case "reads":
                return Processing.after_reads(int(amount))
            case "seconds":
                return Processing.after_seconds(float(amount))
            case _:
                raise ValueError  # noqa: TRY301  # one answer to all that cannot be read
    except ValueError:
        raise _refused("processing", word, "at_once, reads:N or seconds:N") from None


def _refused(name: str, value: str | None, limit: str) -> SettingRefused:
    return SettingRefused(
        f"The sandbox has no such setting: {name}{'' if value is None else f'={value}'}.",
        rule=name,
        value=value,
        limit=limit,
        fix="Correct `--set`.",
    )
