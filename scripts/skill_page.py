"""Gives SKILL.md of the skill with the version and the digest of what it says now."""

import re
from pathlib import Path
from typing import Final

from pressroom.cli.skill.group import MAIN, NAME, digested, packaged
from pressroom.version import __version__

PAGE: Final = Path(__file__).parent.parent / "src/pressroom/cli/skill" / NAME / MAIN
_VERSION: Final = re.compile(r"^  version: .*$", re.MULTILINE)


def page() -> str:
    """Give the text of the page."""
    skill = packaged()
    return digested({**skill, MAIN: _VERSION.sub(f'  version: "{__version__}"', skill[MAIN])})
