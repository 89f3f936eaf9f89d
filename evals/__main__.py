"""Lets a model try the tasks, or plays the scripts that come with them.

    python -m evals [--tasks PATH] [--only NAME] [--scripts] [--output FILE] [--turns N]

Ends with 0 when every task was tried and nothing forbidden happened, with 1 otherwise, and with 2 where there
is no model or no task.
"""

import argparse
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from evals.finding import HERE, find
from evals.models.choosing import HOW, KEYS, chosen
from evals.models.driving import MOST_TURNS
from evals.models.messages import Model
from evals.report import table, write
from evals.running import Result, try_model, try_scripts
from evals.task import Task
from pressroom.core.settings import Mask

_OUTPUT: Final = Path("build/evals.json")
_NOTHING: Final = 2


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run; returns what the process ends with."""
    logging.disable()  # in a task things go wrong on purpose
    try:
        return _run(_given(words), environ)
    finally:
        logging.disable(logging.NOTSET)


def _run(given: argparse.Namespace, environ: Mapping[str, str]) -> int:
    try:
        tasks = [task for task in find(given.tasks) if given.only in (None, task.name)]
    except (ValueError, OSError) as error:
        return _ended(str(error))
    if not tasks:
        return _ended(f"There is no task called {given.only}.")
    if given.scripts:
        return 0 if try_scripts(tasks, print) else 1
    model = chosen(environ)
    return _tried(tasks, model, given, environ) if model else _ended(HOW)


def _tried(tasks: Sequence[Task], model: Model, given: argparse.Namespace, environ: Mapping[str, str]) -> int:
    results = list[Result]()
    mask = Mask(tuple(environ[name] for name in KEYS if environ.get(name)))
    for task in tasks:
        results.append(try_model(task, model, given.turns))
        print(f"{'passed' if results[-1].has_passed else 'failed'}  {task.name}", flush=True)
        # After each: a run takes long, and may be stopped.
        write(given.output, model.name, results, mask)
    print("", *map(mask, table(results)), f"All that was said: {given.output}", sep="\n")
    return 1 if any(one.failure or one.forbidden for one in results) else 0


def _ended(why: str) -> int:
    print(why, file=sys.stderr)
    return _NOTHING


def _given(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals", description="Let a model try the tasks.")
    parser.add_argument("--tasks", type=Path, default=HERE, help="a file of tasks, or a folder of them")
    parser.add_argument("--only", help="one task, by its name")
    parser.add_argument("--scripts", action="store_true", help="play the scripts of the tasks, and no model")
    parser.add_argument("--output", type=Path, default=_OUTPUT, help="where all that was said is written")
    parser.add_argument("--turns", type=int, default=MOST_TURNS, help="most replies to one question")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
