"""Finds tasks: every `TASKS` of the Python files in a folder, or of one file."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

from evals.task import Task

HERE: Final = Path(__file__).parent / "tasks"


def find(path: Path = HERE) -> tuple[Task, ...]:
    """Return the tasks, by file and in their order.

    Raises ValueError for a path without tasks, and for two tasks of one name.
    """
    files = [path] if path.is_file() else sorted(path.glob("*.py"))
    found = [task for file in files for task in _of(file)]
    if not found:
        raise ValueError(f"There is no task in {path}.")
    names = [task.name for task in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"There are two tasks called {', '.join(twice)}.")
    return tuple(found)


def _of(file: Path) -> tuple[Task, ...]:
    spec = spec_from_file_location(f"evals_tasks_{file.stem}", file)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return tuple(getattr(module, "TASKS", ()))
