"""Words what can be done about an error as calls of tools; what no tool does is a person's, as a command."""

from collections.abc import Mapping
from typing import Final

from pressroom.core.remedies import Remedy, RemedyKind, command_of

K = RemedyKind
# `{name}` is an argument of the remedy. A call that lacks it names the argument alone.
_CALLS: Final[Mapping[RemedyKind, str]] = {
    K.APPROVE_POST: "publish_post(post_id={post})",
    K.CANCEL_POST: "cancel_post(post_id={post})",
    K.EDIT_POST: "change_post(post_id={post}, ...)",
    K.LIST_ACCOUNTS: "get_account()",
    K.LIST_KEPT_MEDIA: "get_insights()",
    K.LIST_MEDIA: "get_insights()",
    K.LIST_POSTS: "list_posts()",
    K.MOVE_POST: "schedule_post(post_id={post}, at=...)",
    K.OPEN_AS: "account={account}",
    K.PLAN_AGAIN: "another idempotency_key",
    K.PUBLISH_AS: "create_draft(kind={kind}, ...)",
    K.PULL_INSIGHTS: "pull_insights()",
    K.RECONCILE_POST: "reconcile_post(post_id={post})",
    K.RETRY_POST: "publish_post(post_id={post})",
    K.SET_FIT: "fit={fit}",
    K.SET_TIMEZONE: "timezone={timezone}",
    K.SHOW_POST: "get_post(post_id={post})",
}


def by_tool(remedy: Remedy) -> str:
    """Word a remedy as a call of a tool, else as what to ask the person for."""
    call = _CALLS.get(remedy.kind)
    if call is None:
        return f"ask the person to run `{command_of(remedy)}`"
    known = {name: repr(value) for name, value in remedy.arguments.items()}
    return f"`{_filled(call, known)}`"


def _filled(call: str, known: Mapping[str, str]) -> str:
    for name in ("post", "account", "kind", "fit", "timezone"):
        call = call.replace(f"{{{name}}}", known.get(name, "..."))
    return call
