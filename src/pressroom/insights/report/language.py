"""What a report says and how it spells it: messages by gettext, numbers and dates by Babel.

Messages are whole sentences of English with named places, `{count} posts went out.`; a catalogue has them
in another language. Values that fill a place are spelled first, so that strangers' braces mean nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_time, get_day_names
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations
from babel.units import format_unit

from pressroom.core.spelling import NONE
from pressroom.insights.report.languages import SOURCE, catalogue_of

# Days before months and a clock of 24 hours, as everywhere else in Pressroom.
_LOCALES: Final = {SOURCE: "en_GB"}
_MOST_PERCENT: Final = 10_000


class Language:
    """A language that a report is written in. code: as its catalogue is named."""

    def __init__(self, code: str, catalogue: Path | None) -> None:
        """Read a catalogue; without one messages stay as they are. Raises PoFileError, OSError."""
        self.code: Final = code
        self.locale: Final = Locale.parse(_LOCALES.get(code, code))
        self._translations: NullTranslations = NullTranslations()
        if catalogue is not None:
            # Read as it is written: no step of a build makes a second file that may be old.
            with catalogue.open("rb") as opened:
                messages = read_po(opened, locale=code, abort_invalid=True)
            compiled = BytesIO()
            write_mo(compiled, messages)
            compiled.seek(0)
            self._translations = Translations(compiled)

    @property
    def tag(self) -> str:
        """The language for HTML, such as `pt-BR`."""
        return self.code.replace("_", "-")

    @property
    def direction(self) -> str:
        """`ltr`, or `rtl` where it is written from right to left."""
        return self.locale.text_direction

    def gettext(self, message: str, /, **values: str) -> str:
        """Say a message, with its places filled."""
        return self._translations.gettext(message).format(**values)

    def ngettext(self, singular: str, plural: str, count: int, /, **values: str) -> str:
        """Say a message of so many; `{count}` is how many."""
        text = self._translations.ngettext(singular, plural, count)
        return text.format(count=self.number(count), **values)

    def number(self, amount: float | None, decimals: int = 0, *, is_signed: bool = False) -> str:
        """Spell a number; a dash for none. is_signed: with + or -, but for 0."""
        if amount is None:
            return NONE
        rounded = round(amount, decimals)
        text = format_decimal(abs(rounded), format=_pattern(decimals), locale=self.locale)
        return f"{_sign(rounded, is_signed=is_signed)}{text}"

    def percent(self, amount: float | None, decimals: int = 0, *, is_signed: bool = False) -> str:
        """Spell 12.0 as 12 %; a dash for none."""
        if amount is None:
            return NONE
        if abs(amount) > _MOST_PERCENT:
            # An interval of few posts that differ by factors has ends that mean nothing.
            return f"> {self.percent(_MOST_PERCENT if amount > 0 else -_MOST_PERCENT, is_signed=is_signed)}"
        rounded = round(amount, decimals)
        # The pattern of the language, which may put the sign of percent first.
        pattern = self.locale.percent_formats[None].pattern.replace("#,##0", _pattern(decimals))
        text = format_percent(abs(rounded) / 100, format=pattern, locale=self.locale)
        return f"{_sign(rounded, is_signed=is_signed)}{text}"

    def day(self, at: date) -> str:
        """Spell a day: `3 Nov 2026`."""
        return format_skeleton("yMMMd", _noon(at), locale=self.locale)

    def short_day(self, day: date) -> str:
        """Spell a day without its year: `3 Nov`."""
        return format_skeleton("MMMd", _noon(day), locale=self.locale)

    def month(self, day: date) -> str:
        """Spell a month: `Nov 2026`."""
        return format_skeleton("yMMM", _noon(day), locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """Spell a span of days: `27 Oct - 23 Nov 2026`."""
        # With plain spaces, which a mail's subject and a file's name can have.
        return format_interval(first, last, "yMMMd", locale=self.locale).replace("\u2009", " ")

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """Spell a moment in a zone: `3 Nov 2026, 14:05`."""
        local = at.astimezone(zone)
        return f"{self.day(local)}, {format_time(local, 'HH:mm', locale=self.locale)}"

    def weekday(self, number: int) -> str:
        """Name a weekday, 0 for Monday."""
        return get_day_names("wide", locale=self.locale)[number]

    def short_weekday(self, number: int) -> str:
        """Name a weekday in short, 0 for Monday."""
        return get_day_names("abbreviated", locale=self.locale)[number]

    def country(self, code: str) -> str:
        """Name a country by its code of ISO 3166; the code where it has no name."""
        names = cast("Mapping[str, str]", self.locale.territories)
        return names.get(code, code)

    def age(self, seconds: int | None) -> str:
        """Spell an age in hours, from two days on in days; a dash for none."""
        if seconds is None:
            return NONE
        hours = seconds / 3600
        # With a decimal, since 22 h are no day, and numbers of the two do not compare.
        amount, unit = (hours, "duration-hour") if hours < 48 else (hours / 24, "duration-day")  # noqa: PLR2004  # two days
        return format_unit(round(amount, 1), unit, length="short", locale=self.locale)

    def listed(self, texts: Sequence[str]) -> str:
        """Join texts: `a, b and c`."""
        return format_list(list(texts), locale=self.locale)

    def semicolons(self, texts: Iterable[str]) -> str:
        """Join texts that may hold commas: `a; b`, in French with a narrow no-break space before it."""
        return _SEMICOLONS.get(self.locale.language, "; ").join(texts)


_SEMICOLONS: Final = {"fr": "\u202f; "}


def _pattern(decimals: int) -> str:
    return "#,##0" if not decimals else f"#,##0.{'0' * decimals}"


def _sign(rounded: float, *, is_signed: bool) -> str:
    if rounded < 0:
        return "-"
    return "+" if is_signed and rounded else ""


def _noon(at: date) -> datetime | date:
    # Babel takes a moment to UTC before it spells its day.
    return at.date() if isinstance(at, datetime) else at


@cache
def language_of(code: str) -> Language:
    """Return a language of `available_languages`."""
    return Language(code, catalogue_of(code))
