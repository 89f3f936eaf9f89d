"""A pause is of the token where a new token ends it."""

import pytest

from pressroom.accounts.pauses import is_of_token
from pressroom.core.graph_errors import error_for
from pressroom.core.stored_accounts import UNTIL_RESUMED, Pause
from pressroom.graph.answers import ErrorBody
from pressroom.graph.error_table import TABLE, Retry, Row
from tests.fakes.clock import START

ANSWERS = [(row, row.code) for row in TABLE if row.code is not None]


@pytest.mark.parametrize(("row", "code"), ANSWERS, ids=lambda one: one.name if isinstance(one, Row) else None)
def test_a_pause_is_of_the_token_where_signing_in_mends_its_error(row: Row, code: int) -> None:
    error = error_for(ErrorBody(message=row.message, code=code, error_subcode=row.subcode))
    assert is_of_token(Pause.after(error, UNTIL_RESUMED)) == (row.retry is Retry.AFTER_SIGN_IN)
    assert not is_of_token(Pause.after(error, START))


def test_a_pause_without_an_error_is_not_of_the_token_whatever_its_words() -> None:
    assert not is_of_token(Pause(UNTIL_RESUMED, "Instagram answered 190/463: It is over."))
