"""Mutates the pure core and prints the mutants that no test notices. `make mutants` runs it.

Ends with status 1 when a mutant survives that `equivalent.toml` does not list, or one is listed for nothing.
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from tests.mutants import forked
from tests.mutants.mutants import Mutant, mutants
from tests.mutants.source import Source

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True, slots=True)
class Module:
    """A module to mutate: see `modules.toml`."""

    path: str
    tests: list[str]
    left_out: list[str]
    only: list[str]

    @property
    def name(self) -> str:
        """What it is imported by."""
        return self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")


@dataclass(frozen=True, slots=True)
class Listed:
    """A mutant that may survive: it does the same."""

    module: str
    was: str
    becomes: str
    because: str


class Tally(NamedTuple):
    """How many mutants there were, how many a test noticed, and how many survive and are listed.

    wrong: how many survive and are not, or are listed for nothing.
    """

    made: int
    killed: int
    listed: int
    wrong: int

    def told(self) -> str:
        """Give it in a line."""
        return f"{self.made:5} mutants {self.killed:5} killed {self.listed:4} listed {self.wrong:4} wrong"


def modules() -> list[Module]:
    """Read what is mutated."""
    rows = tomllib.loads((HERE / "modules.toml").read_text(encoding="utf-8"))["module"]
    return [Module(row["path"], row["tests"], row.get("left_out", []), row.get("only", [])) for row in rows]


def listed() -> list[Listed]:
    """Read what may survive."""
    rows = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8")).get("mutant", [])
    return [Listed(**row) for row in rows]


def survivors(module: Module, jobs: int) -> tuple[int, list[Mutant]]:
    """Give how many mutants a module has, and those that its tests do not notice."""
    text = (ROOT / module.path).read_text(encoding="utf-8")
    made = list(mutants(Source(text, module.left_out, module.only)))
    texts = [mutant.text for mutant in made]
    numbers = forked.survivors(module.name, texts, module.tests, jobs)
    return len(made), [made[number] for number in numbers]


def judge(module: Module, jobs: int) -> Tally:
    """Mutate a module; print and count what is wrong."""
    begun = monotonic()
    reasons = {(row.was, row.becomes) for row in listed() if row.module == module.name}
    made, alive = survivors(module, jobs)
    unlisted = [mutant for mutant in alive if (mutant.was, mutant.becomes) not in reasons]
    stale = sorted(reasons - {(mutant.was, mutant.becomes) for mutant in alive})
    tally = Tally(made, made - len(alive), len(alive) - len(unlisted), len(unlisted) + len(stale))
    print(f"{module.name:42} {tally.told()} {monotonic() - begun:6.0f} s", flush=True)
    for mutant in sorted(unlisted, key=lambda mutant: mutant.line):
        print(f"  {module.path}:{mutant.line} {mutant.operator}\n    - {mutant.was}\n    + {mutant.becomes}")
    for was, becomes in stale:
        print(f"  listed for nothing in {module.path}\n    - {was}\n    + {becomes}")
    return tally


def main() -> int:
    """Judge the modules that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the modules' names; all when none is given")
    parser.add_argument("--jobs", type=int, default=1, help="how many tests run at a time")
    given = parser.parse_args()
    forked.get_ready()
    names = given.names or [""]
    chosen = [module for module in modules() if any(name in module.name for name in names)]
    if not chosen:
        parser.error(f"no module of modules.toml is called so: {' '.join(names)}")
    tallies = [judge(module, given.jobs) for module in chosen]
    every = Tally(*map(sum, zip(*tallies, strict=True)))
    print(f"{'all':42} {every.told()}")
    return 1 if every.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
