"""The languages of a report: a gettext catalogue each, `de.po`, beside this file; English needs none.

A catalogue that is put here is offered, with nothing else to change; docs/howto/languages.md says how one is
made. `language.py` reads them.
"""

from pathlib import Path
from typing import Final

from pressroom.core.errors import Refused

SOURCE: Final = "en"
"""The language that messages are written in."""
FOLDER: Final = Path(__file__).parent


def available_languages() -> tuple[str, ...]:
    """Return the codes that a report can be written in, such as `de` or `pt_BR`."""
    return tuple(sorted({SOURCE, *(file.stem for file in FOLDER.glob("*.po"))}))


def require_language(code: str) -> str:
    """Return a language's code as its catalogue is named. Raises Refused where there is no catalogue."""
    wanted = code.strip().replace("-", "_").casefold()
    available = available_languages()
    for name in available:
        if name.casefold() == wanted:
            return name
    raise Refused(
        f"A report cannot be written in {code!r}.",
        rule="language",
        value=code,
        limit=", ".join(available),
        fix="Name one of those.",
    )
