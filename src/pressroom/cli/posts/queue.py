"""`pressroom queue`: the names of its commands, each imported when it is run."""

import click

from pressroom.cli.front import Lazy
from pressroom.cli.root import LazyGroup

COMMANDS = {
    "status": Lazy(
        "posts.queue_status:status",
        "Show whether a worker runs, what is due, what is late, and which accounts and posts need a person.",
    ),
    "health": Lazy(
        "posts.queue_status:tell_health",
        "Say whether the work gets done, for a monitor: ends with 1 when no worker runs or posts are "
        "overdue.",
    ),
    "retry": Lazy(
        "posts.queue_repair:retry",
        "Try a failed, missed or late post at once, from the start; or several.",
    ),
    "resolve": Lazy("posts.queue_repair:resolve", "Say whether a post whose outcome is unknown is live."),
    "reconcile": Lazy(
        "posts.queue_repair:reconcile",
        "Have Instagram asked once more about posts whose outcome is unknown: by default about all of them.",
    ),
    "pause": Lazy(
        "posts.queue_repair:pause",
        "Keep an account from publishing until somebody resumes it; its posts stay where they are.",
    ),
    "resume": Lazy(
        "posts.queue_repair:resume",
        "End the pause of an account: one that somebody made, else the one after an error of Instagram's.",
    ),
    "log": Lazy("posts.queue_log:show_trail", "Show who did what to posts and accounts, the newest first."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def queue() -> None:
    """See how the work stands, and repair what needs a person."""
