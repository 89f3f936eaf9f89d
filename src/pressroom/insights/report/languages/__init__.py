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


def gettext_noop(message: str) -> str:
    """Mark a message that is said later, for those who collect all that are to be translated."""
    return message


def ngettext_noop(singular: str, plural: str) -> tuple[str, str]:
    """Mark a message of so many that is said later."""
    return singular, plural


def available_languages() -> tuple[str, ...]:
    """Return the codes that a report can be written in, such as `de` or `pt_BR`."""
    return tuple(sorted({SOURCE, *(file.stem for file in FOLDER.glob("*.po"))}))


def catalogue_of(code: str) -> Path | None:
    """Return the file of a language's messages; None for English, which they are written in."""
    return None if code == SOURCE else FOLDER / f"{code}.po"


def require_language(code: str) -> str:
    """Return a language's code as its catalogue is named. Raises Refused where there is no catalogue."""
    wanted, available = code.strip().replace("-", "_").casefold(), available_languages()
    names = {name.casefold(): name for name in available}
    # Whose variant of a language is not there reads the language.
    for name in (wanted, wanted.partition("_")[0]):
        if name in names:
            return names[name]
    raise Refused(
        f"A report cannot be written in {code!r}.",
        rule="language",
        value=code,
        limit=", ".join(available),
        fix="Name one of these.",
    )
