"""`pressroom sandbox`: the names of its commands; each is loaded when it is run."""

import click

from pressroom.cli.lazy import Lazy, LazyGroup

_SERVE, _CONTROLS = "pressroom.cli.sandbox_serve", "pressroom.cli.sandbox_controls"
COMMANDS = {
    "serve": Lazy(f"{_SERVE}:serve", "Run the simulator until Ctrl-C, and say what to export."),
    "stop": Lazy(f"{_SERVE}:stop", "End the sandboxes that were started from this data directory."),
    "exec": Lazy("pressroom.cli.sandbox_exec:exec_", "Run COMMAND so that its calls to Meta come here."),
    "reset": Lazy(f"{_CONTROLS}:reset", "Begin anew: no posts, faults or calls."),
    "seed": Lazy(f"{_CONTROLS}:seed", "Add posts, comments, followers and hours, or another account."),
    "state": Lazy(f"{_CONTROLS}:state", "Show what exists, or write all of it to FILE and read it back."),
    "clock": Lazy(f"{_CONTROLS}:clock", "Show the sandbox's time, or move it."),
    "fault": Lazy("pressroom.cli.sandbox_faults:fault", "Let calls go wrong: lost answers, errors, outages."),
    "requests": Lazy(f"{_CONTROLS}:requests", "List the calls so far, with what was answered and no token."),
    "order": Lazy("pressroom.cli.sandbox_orders:order", "Let other people act, and more."),
    "replay": Lazy(f"{_CONTROLS}:replay", "Make the calls of a recording again, and tell what differs."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS)
def sandbox() -> None:
    """Run a local simulator of the API: no account needed, nothing leaves this machine."""
