"""Bring the catalogues of a report up to date with its messages: `python scripts/languages.py [de ...]`.

Each `*.po` beside src/pressroom/insights/report/languages gets what is new, without a translation, and loses
what nothing says any more. A language that is named and has no catalogue yet gets one. Prints what is left to
translate; status 1 where anything is. docs/howto/languages.md says how a catalogue is made.
"""

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from pressroom.graph.definitions import DEFINITIONS, Level
from pressroom.insights.report.languages import FOLDER
from pressroom.service.insights.report_words import POST_METRICS

_SOURCE: Final = Path(__file__).parents[1] / "src" / "pressroom"
SENTENCES: Final = tuple(
    _SOURCE / "service" / "insights" / name
    for name in ("report_followers.py", "report_sentences.py", "report_words.py")
)
"""The files of what a client reads first."""
_FILES: Final = (
    _SOURCE / "insights" / "report" / "page.py",
    *sorted((_SOURCE / "service" / "insights").glob("report_*.py")),
    *sorted((_SOURCE / "insights" / "report" / "templates").glob("*.html")),
)
# `_` marks a message that is said later.
_KEYWORDS: Final = {"gettext": None, "ngettext": (1, 2), "_": None, "ngettext_noop": (1, 2)}
_WIDTH: Final = 110
_DROPPED: Final = tuple(
    f'"{name}'.encode() for name in ("Project", "Report", "POT", "PO-", "Last", "Language-Team", "Generated")
)


def messages(files: Sequence[Path] = _FILES) -> Catalog:
    """Return the messages of files, in their order; by default all of a report."""
    found = Catalog(project="Pressroom", charset="utf-8", fuzzy=False)
    for file in files:
        method = "python" if file.suffix == ".py" else "jinja2"
        for _line, message, _comments, _context in extract_from_file(method, file, keywords=_KEYWORDS):
            found.add(message)
    if files is _FILES:
        # What metrics count is said by the rows of a table that other faces have in English.
        of_posts = {metric.name for metric in POST_METRICS}
        for definition in DEFINITIONS:
            if definition.level is Level.ACCOUNT or definition.name in of_posts:
                for text in filter(None, (definition.counts, definition.note)):
                    found.add(text)
    return found


def catalogue(file: Path) -> Catalog:
    """Read a catalogue; an empty one where there is no file."""
    if not file.exists():
        return Catalog(locale=file.stem, project="Pressroom", charset="utf-8", fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, locale=file.stem, abort_invalid=True)


def untranslated(found: Catalog) -> list[str]:
    """Return the messages that a catalogue does not have yet."""
    return [texts_of(message.id)[0] for message in found if message.id and not all(texts_of(message.string))]


def texts_of(part: str | Sequence[str] | None) -> list[str]:
    """Return the texts of a message or of its translation: several where it has plurals."""
    return [part or ""] if part is None or isinstance(part, str) else list(part)


def _written(found: Catalog) -> bytes:
    """Write a catalogue, its head without what changes each time."""
    text = BytesIO()
    found.header_comment = f"# What a report says in {found.locale.english_name if found.locale else ''}."
    write_po(text, found, width=_WIDTH, ignore_obsolete=True)
    lines = text.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_DROPPED))


def main(names: list[str]) -> int:
    """Update the catalogues of the languages named, else all there are."""
    left, source = 0, messages()
    for name in names or sorted(file.stem for file in FOLDER.glob("*.po")):
        file = FOLDER / f"{name}.po"
        found = catalogue(file)
        found.update(source, no_fuzzy_matching=True)
        # What nothing says any more would only be in the way.
        found.obsolete.clear()
        file.write_bytes(_written(found))
        missing = untranslated(found)
        print(f"{name}: {len(found)} messages, {len(missing)} to translate.")
        left += len(missing)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
