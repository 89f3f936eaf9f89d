"""`pressroom schedule`: the names of its commands, each imported when it is run."""

import click

from pressroom.cli.front import Lazy
from pressroom.cli.root import LazyGroup

COMMANDS = {
    "add": Lazy("posts.schedule_add:add", "Plan a photo, reel, carousel or story."),
    "list": Lazy(
        "posts.schedule_list:list_posts",
        "List posts by due time: those that are still to go out, or that need a person.",
    ),
    "show": Lazy(
        "posts.schedule_show:show",
        "Show a post's history: what was done, what Instagram said, and what happens next and when.",
    ),
    "move": Lazy(
        "posts.schedule_change:move",
        "Give a post another due time, or shift several; a failed or missed one that is named goes out then.",
    ),
    "edit": Lazy("posts.schedule_change:edit", "Change the text of a post that has not gone out."),
    "cancel": Lazy("posts.schedule_change:cancel", "Call off a post that is not live, or several."),
    "approve": Lazy(
        "posts.schedule_change:approve",
        "Let a draft, or posts that await approval, go out at their due times, as `pressroom approve` does.",
    ),
    "slots": Lazy("posts.schedule_slots:slots", "Keep the weekly slots of an account, in its own zone."),
    "import": Lazy(
        "posts.schedule_tables:import_posts",
        "Plan the posts of a table, and change those it names by their post_id.",
    ),
    "export": Lazy(
        "posts.schedule_tables:export_posts",
        "Write posts as a table that `pressroom schedule import` reads: CSV, JSON or xlsx.",
    ),
    "template": Lazy(
        "posts.schedule_tables:write_template",
        "Write a table to start from, with two posts as examples: CSV, JSON or xlsx.",
    ),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def schedule() -> None:
    """Plan posts, move them, and let them go.

    A post is named by its id, or by four characters or more that it starts with.
    """
