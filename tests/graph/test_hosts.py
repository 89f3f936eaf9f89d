"""The versions of the Graph API, as Meta's page lists them, and what is said of one on a day."""

from datetime import date, timedelta

import pytest

from pressroom.graph import hosts as versions
from pressroom.graph.hosts import VERSIONS, Version, version_named, warning_for

LISTED = [
    ("v21.0", "2024-10-02", "2027-01-21"),
    ("v22.0", "2025-01-21", "2027-05-20"),
    ("v23.0", "2025-05-29", "2027-10-08"),
    ("v24.0", "2025-10-08", "2028-02-18"),
    ("v25.0", "2026-02-18", "2028-07-29"),
    ("v26.0", "2026-07-29", None),
    ("v27.0", "2026-11-04", None),
]
ENDS = date(2027, 1, 21)


def test_the_table_is_metas() -> None:
    table = [(row.name, row.released.isoformat(), row.ends and row.ends.isoformat()) for row in VERSIONS]
    assert table == LISTED
    assert (versions.OLDEST.name, versions.NEWEST.name) == ("v21.0", "v27.0")


def test_a_version_is_found_by_its_name() -> None:
    assert [version_named(version.name) for version in VERSIONS] == list(VERSIONS)
    assert version_named("v20.0") is None


def test_versions_compare_as_numbers() -> None:
    assert Version("v9.0", ENDS).number < Version("v21.0", ENDS).number < Version("v21.10", ENDS).number


@pytest.mark.parametrize(
    ("days", "said"),
    [(91, None), (90, "v21.0 ends on 2027-01-21"), (1, "v21.0 ends on"), (0, "v21.0 ended on 2027-01-21")],
)
def test_an_end_is_told_ninety_days_ahead_and_from_its_day_on_as_past(days: int, said: str | None) -> None:
    warning = warning_for("v21.0", ENDS - timedelta(days=days))
    assert (warning is None) if said is None else (warning or "").startswith(said)


@pytest.mark.parametrize(
    ("name", "said"),
    [("v9.0", "has ended"), ("v20.9", "has ended"), ("v26.1", "is unknown"), ("v021.0", "is unknown")],
)
def test_what_is_not_in_the_table_has_ended_or_is_newer(name: str, said: str) -> None:
    assert (warning_for(name, ENDS) or "").startswith(f"{name} {said}")


def test_a_version_without_an_end_is_never_warned_of() -> None:
    assert warning_for("v26.0", date(2100, 1, 1)) is None
