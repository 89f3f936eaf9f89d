"""The tool of accounts."""

from pressroom.graph.capabilities import Capability, with_offer, words_of
from pressroom.mcp import inputs, views
from pressroom.mcp.context import ToolContext
from pressroom.service.account_overview import AccountOverview

# What an agent can ask for here.
_TOLD = (Capability.PUBLISH_BY_URL, Capability.UPLOAD_VIDEO, Capability.INSIGHTS)


async def get_account(context: ToolContext, given: inputs.ForAccount) -> views.AccountView:
    """Tell how an account stands."""
    pressroom = await context.sessions.of(given.account)
    seen = await pressroom.accounts.overview()
    ours = seen.standing
    offered = with_offer(ours.login_type, is_offered=True)
    obstacles = (*([ours.warning] if ours.warning else []), *seen.obstacles)
    return views.AccountView(
        account=seen.name,
        username=ours.details.username,
        timezone=ours.timezone,
        token=ours.state,
        can=tuple(words_of(one) for one in _TOLD if one in offered),
        obstacles=tuple(dict.fromkeys(obstacles)),
        other_accounts=context.sessions.allowed_among(seen.others),
        next_step=_next(seen),
    )


def _next(seen: AccountOverview) -> str:
    if seen.standing.state.needs_sign_in:
        return f"Ask the person to run `pressroom auth login --account {seen.name}`."
    if seen.obstacles:
        return "Tell the person what stands in the way; drafts can be made meanwhile."
    return "create_draft makes a post; list_posts shows the queue."
