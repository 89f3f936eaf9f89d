"""The tools that look before a post is made: how an account stands, and whether Instagram takes a file."""

from functools import partial
from typing import Final

from pressroom.core.assets import Action, Fit
from pressroom.graph.capabilities import Capability, with_offer, words_of
from pressroom.graph.limits import MediaUse
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext, is_address

# What an agent can ask for here.
_ABILITIES = (Capability.PUBLISH_BY_URL, Capability.UPLOAD_VIDEO, Capability.INSIGHTS)
_NEXT_BY_ACTION: Final = {
    Action.AS_IS: "Instagram takes it as it is: create_draft.",
    Action.REFUSE: "Instagram does not take it, and nothing makes it fit. Use another file.",
}
_CONVERTED: Final = "create_draft takes it, and publishing converts a copy as `changes` says."


async def get_account(context: ToolContext, arguments: inputs.ForAccount) -> views.AccountView:
    """Tell how an account stands."""
    pressroom = await context.program.sessions.of(arguments.account)
    seen = await pressroom.accounts.overview()
    ours = seen.standing
    offered = with_offer(ours.login_type, is_offered=True)
    logins = await context.program.sessions.logins()
    obstacles = (*([ours.warning] if ours.warning else []), *seen.obstacles)
    if ours.state.needs_sign_in:
        step = f"Ask the person to run `pressroom auth login --account {seen.name}`."
    elif seen.obstacles:
        step = "Tell the person what stands in the way; drafts can be made meanwhile."
    else:
        step = "create_draft makes a post; list_posts shows the queue."
    return views.AccountView(
        account=seen.name,
        username=ours.details.username,
        timezone=ours.timezone,
        token=ours.state,
        can=tuple(words_of(ability) for ability in _ABILITIES if ability in offered),
        obstacles=tuple(dict.fromkeys(obstacles)),
        other_accounts=tuple(login.name for login in logins if login.name != seen.name),
        next_step=step,
    )


async def check_media(context: ToolContext, arguments: inputs.CheckMedia) -> views.MediaCheckView:
    """Check a file or an address against Instagram's rules."""
    pressroom = await context.program.sessions.of()
    use, fit = arguments.use and MediaUse(arguments.use), arguments.fit and Fit(arguments.fit)
    check = partial(pressroom.media.check, use=use, fit=fit)
    # A file is checked by what is open: its path may lead elsewhere a moment later.
    if is_address(arguments.source):
        report = await check(arguments.source)
    else:
        report = await context.folders.using(arguments.source, lambda file, path: check(path, opened=file))
    is_refused = report.action is Action.REFUSE
    # Where a file is converted, the rules that it breaks are only why.
    broken = [
        f"{finding.rule}: {finding.value}, allowed {finding.limit}. {finding.fix}".rstrip()
        for finding in report.findings
        if is_refused and not finding.is_met
    ]
    return views.MediaCheckView(
        source=arguments.source,
        media_type=report.media_type,
        action=report.action,
        broken_rules=tuple(broken),
        changes=report.changes,
        warnings=report.warnings,
        estimate_s=None if report.estimate_s is None else round(report.estimate_s, 1),
        next_step=_NEXT_BY_ACTION.get(report.action, _CONVERTED),
    )
