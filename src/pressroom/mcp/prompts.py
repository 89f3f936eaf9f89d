"""Prompts that a person picks in their client: a report of the week, and a plan for a month."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import mcp_types as types

from pressroom.core.errors import NotFound


class _Asked(NamedTuple):
    prompt: types.Prompt
    text: str


_ACCOUNT: Final = types.PromptArgument(name="account", description="Signed-in account; else the default one.")
_ASKED: Final = (
    _Asked(
        types.Prompt(
            name="weekly_report",
            title="Report of the last seven days",
            description="What was tried, what happened, why, what it brought, and what next.",
            arguments=[_ACCOUNT],
        ),
        "Tell me how the last seven days of my Instagram account{account} went. Call pull_insights, then "
        "create_report with period 7d. Answer its five questions in order, in a sentence or two each. Quote "
        "numbers with their n as they are told, say where nothing can be told from noise, and mark what is "
        "your own guess. End with two things to try next week.",
    ),
    _Asked(
        types.Prompt(
            name="month_plan",
            title="Plan for a month",
            description="Drafts and times for four weeks, for you to approve.",
            arguments=[
                _ACCOUNT,
                types.PromptArgument(name="topics", description="What it should be about.", required=True),
                types.PromptArgument(name="posts_a_week", description="How many; else 3."),
            ],
        ),
        "Plan four weeks of posts for my Instagram account{account} about: {topics}. {posts_a_week} posts a "
        "week. First get_account and list_posts, so that nothing clashes, and compare_posts by kind and "
        "get_best_time for what worked here. Show me the plan as a table of day, time, kind, file and "
        "caption, and wait for my answer. Then create_draft and schedule_post each; list what waits for my "
        "approval.",
    ),
)
PROMPTS: Final = tuple(one.prompt for one in _ASKED)


def get(name: str, arguments: Mapping[str, str]) -> types.GetPromptResult:
    """Fill a prompt in. Raises NotFound for an unknown one."""
    asked = next((one for one in _ASKED if one.prompt.name == name), None)
    if asked is None:
        raise NotFound(f"There is no prompt {name}.", fix=f"There are: {', '.join(p.name for p in PROMPTS)}.")
    account = arguments.get("account")
    text = asked.text.format(
        account=f" ({account})" if account else "",
        topics=arguments.get("topics") or "what suits it",
        posts_a_week=arguments.get("posts_a_week") or "3",
    )
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(description=asked.prompt.description, messages=[message])
