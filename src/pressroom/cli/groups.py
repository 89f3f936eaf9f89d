"""The groups `schedule`, `queue` and `insights`: the names and help lines of their commands.

A command is imported when it is run, so that neither a group's help nor completion loads any of them, and a
list loads nothing that publishes (docs/decisions/0029).
"""

import click

from pressroom.cli.front import Lazy
from pressroom.cli.root import LazyGroup

SCHEDULE = {
    "add": Lazy("posts.planning:add", "Plan a photo, reel, carousel or story."),
    "list": Lazy(
        "posts.looking:list_posts",
        "List posts by due time: those that are still to go out, or that need a person.",
    ),
    "show": Lazy(
        "posts.looking:show",
        "Show a post's history: what was done, what Instagram said, and what happens next and when.",
    ),
    "move": Lazy(
        "posts.changing:move",
        "Give a post another due time, or shift several; a failed or missed one that is named goes out then.",
    ),
    "edit": Lazy("posts.changing:edit", "Change the text of a post that has not gone out."),
    "cancel": Lazy("posts.changing:cancel", "Call off a post that is not live, or several."),
    "approve": Lazy(
        "posts.changing:approve",
        "Let a draft, or posts that await approval, go out at their due times, as `pressroom approve` does.",
    ),
    "slots": Lazy("posts.planning:slots", "Keep the weekly slots of an account, in its own zone."),
    "import": Lazy(
        "posts.tables:import_posts",
        "Plan the posts of a table, and change those it names by their post_id.",
    ),
    "export": Lazy(
        "posts.tables:export_posts",
        "Write posts as a table that `pressroom schedule import` reads: CSV, JSON or xlsx.",
    ),
    "template": Lazy(
        "posts.tables:write_template",
        "Write a table to start from, with two posts as examples: CSV, JSON or xlsx.",
    ),
}


@click.group(cls=LazyGroup, lazy=SCHEDULE)
def schedule() -> None:
    """Plan posts, move them, and let them go.

    A post is named by its id, or by four characters or more that it starts with.
    """


QUEUE = {
    "status": Lazy(
        "posts.work:status",
        "Show whether a worker runs, what is due, what is late, and which accounts and posts need a person.",
    ),
    "health": Lazy(
        "posts.work:tell_health",
        "Say whether the work gets done, for a monitor: ends with 1 when no worker runs or posts are "
        "overdue.",
    ),
    "retry": Lazy(
        "posts.changing:retry",
        "Try a failed, missed or late post at once, from the start; or several.",
    ),
    "resolve": Lazy("posts.changing:resolve", "Say whether a post whose outcome is unknown is live."),
    "reconcile": Lazy(
        "posts.changing:reconcile",
        "Have Instagram asked once more about posts whose outcome is unknown: by default about all of them.",
    ),
    "pause": Lazy(
        "posts.changing:pause",
        "Keep an account from publishing until somebody resumes it; its posts stay where they are.",
    ),
    "resume": Lazy(
        "posts.changing:resume",
        "End the pause of an account: one that somebody made, else the one after an error of Instagram's.",
    ),
    "log": Lazy("posts.work:show_trail", "Show who did what to posts and accounts, the newest first."),
}


@click.group(cls=LazyGroup, lazy=QUEUE)
def queue() -> None:
    """See how the work stands, and repair what needs a person."""


INSIGHTS = {
    "show": Lazy("insights.reading:show", "Show the numbers of media, as Instagram gives them now."),
    "pull": Lazy("insights.reading:pull", "Read what is due, and keep it; a worker goes on with that."),
    "media": Lazy("insights.kept:media", "List what is kept of posts, at an equal age."),
    "compare": Lazy("insights.kept:compare", "Compare posts, or groups of them, at an equal age."),
    "stories": Lazy("insights.kept:stories", "List kept stories: views, exits, taps, completion."),
    "best-time": Lazy("insights.timing:best_time", "Ask whether hours or weekdays matter for reach."),
    "experiment": Lazy("insights.timing:experiment", "Let two slots take turns, and compare them."),
    "account": Lazy(
        "insights.account:account", "Tell an account's days, and a period against the one before."
    ),
    "audience": Lazy("insights.account:audience", "Tell who the followers are, and who engaged."),
    "growth": Lazy("insights.account:growth", "Tell how followers moved, each day and after each post."),
    "report": Lazy("insights.writing:report", "Write a period as one page that people read."),
    "export": Lazy("insights.writing:export", "Write what is kept as tables: CSV, JSON, Parquet, DuckDB."),
    "definitions": Lazy("insights.account:definitions", "Tell what each metric counts."),
}


@click.group(cls=LazyGroup, lazy=INSIGHTS)
def insights() -> None:
    """Read the numbers of what is published, keep them, and compare."""
