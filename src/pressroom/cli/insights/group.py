"""`pressroom insights`: the names of its commands, each imported when it is run."""

import click

from pressroom.cli.front import Lazy
from pressroom.cli.root import LazyGroup

COMMANDS = {
    "show": Lazy("insights.show:show", "Show the numbers of media, as Instagram gives them now."),
    "pull": Lazy("insights.pull:pull", "Read what is due, and keep it; a worker goes on with that."),
    "media": Lazy("insights.media:media", "List what is kept of posts, at an equal age."),
    "compare": Lazy("insights.compare:compare", "Compare posts, or groups of them, at an equal age."),
    "stories": Lazy("insights.stories:stories", "List kept stories: views, exits, taps, completion."),
    "best-time": Lazy("insights.best_time:best_time", "Ask whether hours or weekdays matter for reach."),
    "experiment": Lazy("insights.experiment:experiment", "Let two slots take turns, and compare them."),
    "account": Lazy(
        "insights.account:account", "Tell an account's days, and a period against the one before."
    ),
    "audience": Lazy("insights.audience:audience", "Tell who the followers are, and who engaged."),
    "growth": Lazy("insights.growth:growth", "Tell how followers moved, each day and after each post."),
    "report": Lazy("insights.report:report", "Write a period as one page that people read."),
    "export": Lazy("insights.export:export", "Write what is kept as tables: CSV, JSON, Parquet, DuckDB."),
    "definitions": Lazy("insights.definitions:definitions", "Tell what each metric counts."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def insights() -> None:
    """Read the numbers of what is published, keep them, and compare."""
