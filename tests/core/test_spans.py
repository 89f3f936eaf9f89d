import pytest

from pressroom.core.spans import span_of

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (29, "less than a minute"),
        (31, "1 minute"),
        (89, "1 minute"),
        (59 * MINUTE, "59 minutes"),
        (HOUR - 1, "1 hour"),
        (61 * MINUTE, "61 minutes"),
        (119 * MINUTE, "119 minutes"),
        (2 * HOUR, "2 hours"),
        (2 * HOUR + 29 * MINUTE, "2 hours"),
        (2 * HOUR + 31 * MINUTE, "3 hours"),
        (23 * HOUR, "23 hours"),
        (DAY, "1 day"),
        (25 * HOUR, "25 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (592 * HOUR, "25 days"),
        (400 * DAY, "400 days"),
    ],
)
def test_a_span_is_said_in_its_largest_unit_that_hides_less_than_a_half(seconds: float, words: str) -> None:
    assert span_of(seconds) == words
