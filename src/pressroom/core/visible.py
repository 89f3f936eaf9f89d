r"""Shows letters as what they are: those that work unseen, and those of other scripts that look alike.

What people read passes `visible` where it is written: the console, log lines, pages, notices and letters.
What programs read, such as `--json`, exports and what Instagram gets, keeps every letter.
"""

import re
import unicodedata
from typing import Final

# Control characters but tab and line feed; other ends of lines; and surrogates, as in names of files that are
# not UTF-8.
_CONTROLS: Final = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
# Embeddings and overrides turn what follows, and Unicode advises against them. Arabic and Hebrew beside other
# letters need isolates, and marks that turn no letter (U+200E, U+200F, U+061C).
_TURNING: Final = r"\u202a-\u202e"
# An isolate may stay where it is closed on its line: one within another can put words in any order.
_ISOLATES: Final = r"\u2066-\u2069"
_UNSEEN: Final = rf"{_CONTROLS}{_TURNING}{_ISOLATES}"
_SHOWN: Final = re.compile(rf"[\u2066-\u2068][^{_UNSEEN}\n]*+\u2069|[{_UNSEEN}]")
# Scripts that are written beside Latin in one name, and have no letters like its own.
_BESIDE: Final = frozenset(
    {"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KATAKANA-HIRAGANA"}
)


def visible(text: str) -> str:
    r"""Return a text with each letter that works unseen as JSON spells it, such as `\u202e` or `\u001b`.

    Shown are control characters but tabs and ends of lines, and what turns the direction of the letters of
    others. Joiners of emoji and text written from right to left stay as they are. Changes nothing twice, and
    in JSON nothing that it says.
    """
    if text.isprintable():
        return text
    return _SHOWN.sub(_spelled, text.replace("\r\n", "\n"))


def _spelled(found: re.Match[str]) -> str:
    letters = found[0]
    return letters if len(letters) > 1 else f"\\u{ord(letters):04x}"


def visible_part(value: object) -> object:
    """Return what a template shows, visible: the `finalize` of each Jinja environment."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    # Marked up text stays so: what was spelled out needs no escape.
    return type(value)(text) if hasattr(value, "__html__") else text


def with_scripts(name: str) -> str:
    """Return a name, with a mark before it where its letters are of scripts that can be taken for another."""
    # Before it, so that whoever cuts a long name leaves the mark.
    scripts = sorted(_scripts(name) - _BESIDE)
    return f"[{' and '.join(map(str.capitalize, scripts))} letters] {name}" if len(scripts) > 1 else name


def _scripts(name: str) -> set[str]:
    """Return the first words of the letters' names in Unicode: LATIN, CYRILLIC, FULLWIDTH, MATHEMATICAL."""
    return {unicodedata.name(letter, "UNNAMED").split()[0] for letter in name if letter.isalpha()}
