"""`pressroom media check`: checks files against Instagram's rules, and URLs by fetching them as it would."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pressroom.cli.shell.console import Column, Console
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.address import shown_address
from pressroom.core.assets import Action, Asset, Edits, Fit, FitCost, MediaReport, Target
from pressroom.core.remedies import by_command
from pressroom.graph.limits import MB, MediaUse
from pressroom.service.shapes.media import ReportShape

_VERDICTS: Final = {
    Action.AS_IS: "Instagram takes it as it is.",
    Action.REMUX: "It is rewritten without loss before it is published",
    Action.AUDIO: "Its sound is encoded again before it is published",
    Action.FULL: "It is converted before it is published",
    Action.REFUSE: "It cannot be published.",
}
_WORK: Final = {
    Action.AS_IS: "none",
    Action.REMUX: "rewritten without loss",
    Action.AUDIO: "sound encoded",
    Action.FULL: "encoded",
}


@dataclass(frozen=True, slots=True)
class _Checked:
    """A report, and the file's whole path or the URL that it is about."""

    name: str
    report: MediaReport


async def check_all(
    invocation: Invocation,
    sources: Sequence[str],
    *,
    use: MediaUse | None,
    target: Target,
    fit: Fit | None,
    edits: Edits,
) -> ExitCode | None:
    """Check every source and print the reports; returns REFUSED where one cannot be published."""
    async with invocation.session() as pressroom:
        reports = [
            await pressroom.media.check(source, use=use, target=target, fit=fit, edits=edits)
            for source in sources
        ]
    checked = [_Checked(_named(source), report) for source, report in zip(sources, reports, strict=True)]
    if invocation.console.is_json:
        invocation.console.json([ReportShape.of(one.report, one.name) for one in checked])
    else:
        for one in checked:
            _show(invocation.console, one)
    return ExitCode.REFUSED if any(one.report.action is Action.REFUSE for one in checked) else None


def _named(source: str) -> str:
    asset = Asset(source)
    # A URL without its query, which may be a signature that gives access.
    return shown_address(source) if asset.is_url else str(asset.path.absolute())


def _fixes(report: MediaReport) -> Iterable[str]:
    """Return what a person has to do about a refused file."""
    # Other findings of a refused file would be fixed by converting it, and fixing them by hand helps nothing.
    if report.refusal:
        return [report.refusal.fix_by(by_command)]
    return dict.fromkeys(one.fix for one in report.findings if not one.is_met and one.fix)


def _show(console: Console, checked: _Checked) -> None:
    report = checked.report
    console.data(f"{checked.name} ({report.media_type})")
    rows = [
        (one.rule, one.value, one.limit, "ok" if one.is_met else "unusual" if one.is_advice else "not met")
        for one in report.findings
    ]
    console.table(("rule", Column("value", shortest=12), Column("limit", shortest=16), "verdict"), rows)
    is_unfit_url = report.action is Action.REFUSE and report.refusal is None
    verdict = "Instagram would not take it as it is." if is_unfit_url else _VERDICTS[report.action]
    if report.estimate_s is not None:
        verdict += f", in about {report.estimate_s:.1f} s:"
    console.data(verdict)
    for change in report.changes:
        console.data(f"  {change}")
    if report.action is Action.REFUSE:
        console.data("\n".join(f"  {fix}" for fix in _fixes(report)))
    if report.fits:
        heads = ("--fit", "becomes", "work", "size", "time")
        console.table(heads, [_fit_row(one) for one in report.fits])
    for warning in report.warnings:
        console.warn(f"{report.path.name}: {warning}")


def _fit_row(cost: FitCost) -> tuple[str, ...]:
    bound = "at most " if cost.action is Action.FULL else ""
    return (
        cost.fit,
        f"{cost.width} x {cost.height}",
        _WORK[cost.action],
        f"{bound}{cost.size_bytes / MB:.2f} MB",
        "" if cost.estimate_s is None else f"about {cost.estimate_s:.1f} s",
    )
