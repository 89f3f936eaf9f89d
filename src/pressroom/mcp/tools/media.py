"""The tool of files."""

from functools import partial
from typing import Final

from pressroom.core.assets import Action, Finding, Fit
from pressroom.graph.limits import MediaUse
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.mcp.folders import is_address

_NEXT: Final = {
    Action.AS_IS: "Instagram takes it as it is: create_draft.",
    Action.REFUSE: "Instagram does not take it, and nothing makes it fit. Use another file.",
}
_CONVERTED: Final = "create_draft takes it, and publishing converts a copy as `changes` says."


async def check_media(context: ToolContext, given: inputs.CheckMedia) -> views.MediaCheckView:
    """Check a file or an address against Instagram's rules."""
    pressroom = await context.sessions.of()
    use, fit = given.use and MediaUse(given.use), given.fit and Fit(given.fit)
    check = partial(pressroom.media.check, use=use, fit=fit)
    if is_address(given.source):
        report = await check(given.source)
    else:
        report = await context.folders.using(given.source, lambda file, path: check(path, opened=file))
    is_refused = report.action is Action.REFUSE
    # Of a file that is converted they are only why.
    broken = [_broken(one) for one in report.findings if is_refused and not one.is_met]
    return views.MediaCheckView(
        source=given.source,
        media_type=report.media_type,
        action=report.action,
        broken_rules=tuple(broken),
        changes=report.changes,
        warnings=report.warnings,
        estimate_s=None if report.estimate_s is None else round(report.estimate_s, 1),
        next_step=_NEXT.get(report.action, _CONVERTED),
    )


def _broken(finding: Finding) -> str:
    return f"{finding.rule}: {finding.value}, allowed {finding.limit}. {finding.fix}"
