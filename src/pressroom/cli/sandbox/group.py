"""`pressroom sandbox`: the names of its commands, each imported when it is run."""

import click

from pressroom.cli.front import Lazy
from pressroom.cli.root import LazyGroup

COMMANDS = {
    "serve": Lazy("sandbox.serve:serve", "Run the simulator until Ctrl-C, and say what to export."),
    "stop": Lazy("sandbox.serve:stop", "End the sandboxes that were started from this data directory."),
    "exec": Lazy("sandbox.background:exec_", "Run COMMAND so that its calls to Meta come here."),
    "reset": Lazy("sandbox.controls:reset", "Begin anew: no posts, faults or calls."),
    "seed": Lazy("sandbox.orders:seed", "Add posts, a year of them, followers, or another account."),
    "state": Lazy("sandbox.controls:state", "Show what exists, or write all of it to FILE and read it back."),
    "clock": Lazy("sandbox.controls:clock", "Show the sandbox's time, or move it."),
    "fault": Lazy("sandbox.orders:fault", "Let calls go wrong: lost answers, errors, outages."),
    "requests": Lazy(
        "sandbox.controls:requests", "List the calls so far, with what was answered and no token."
    ),
    "order": Lazy("sandbox.orders:order", "Let other people act, and more."),
    "replay": Lazy("sandbox.controls:replay", "Make the calls of a recording again, and tell what differs."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def sandbox() -> None:
    """Run a local simulator of the API: no account needed, nothing leaves this machine."""
