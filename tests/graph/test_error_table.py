import pytest

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import CLASSES, error_for
from pressroom.graph.answers import ErrorBody
from pressroom.graph.certainty import Certainty
from pressroom.graph.error_table import TABLE, Because, ErrorRow, HelperPrefix, Proves, Retry, find

# Every row Meta documents: publishing errors, then general ones.
DOCUMENTED = [
    (-2, 2207003), (-2, 2207020), (-1, 2207001), (-1, 2207032), (-1, 2207053), (-1, 2207073), (-1, 2207085),
    (1, 2207057), (4, 2207051), (9, 2207042), (9, 2207069), (24, 2207006), (24, 2207008), (25, 2207050),
    (100, 2207023), (100, 2207028), (100, 2207035), (100, 2207036), (100, 2207037), (100, 2207040),
    (110, 2207018), (352, 2207026), (9004, 2207052), (9007, 2207027), (36000, 2207004), (36001, 2207005),
    (36003, 2207009), (36004, 2207010), (1, None), (1, 99), (2, None), (2, 99), (3, None), (4, None),
    (10, None), (17, None), (32, None), (100, None), (100, 33), (100, 2108006), (102, None), (104, None),
    (190, None), (190, 458), (190, 459), (190, 460), (190, 463), (190, 464), (190, 467), (190, 492),
    (200, None), (250, None), (299, None), (341, None), (368, None), (506, None), (613, None), (803, None),
    (2500, None), (80001, None), (80002, None), (80006, None),
]  # fmt: skip
IN_STATUS_TEXT = [2207026, 2207076, 2207077, 2207082]


@pytest.mark.parametrize(("code", "subcode"), DOCUMENTED)
def test_every_documented_error_has_a_row_of_its_own(code: int, subcode: int | None) -> None:
    row = find(code, subcode)
    assert row is not None
    assert row.matches(code, subcode)


@pytest.mark.parametrize("subcode", IN_STATUS_TEXT)
def test_subcodes_that_stand_only_in_a_status_text_have_rows(subcode: int) -> None:
    assert find(None, subcode) is not None


def test_an_unlisted_subcode_falls_back_to_its_code() -> None:
    row = find(190, 999)
    assert row is not None
    assert row.name == "TokenInvalid"


def test_an_unlisted_code_has_no_row_and_is_a_plain_graph_error() -> None:
    error = error_for(ErrorBody(message="New", code=4711))
    assert type(error) is GraphError
    assert error.proves is Proves.UNKNOWN


REFUSALS = [row for row in TABLE if row.proves is Proves.REFUSED and row.code is not None]


def told(
    row: ErrorRow, *, subcode: int | None = None, is_transient: bool = False, status: int = 400
) -> Proves:
    body = ErrorBody(code=row.code or 0, error_subcode=subcode or row.subcode, is_transient=is_transient)
    return error_for(body, http_status=status).proves


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row.code}/{row.subcode}")
def test_a_refusal_is_proven_by_exactly_its_numbers_a_4xx_and_nothing_transient(row: ErrorRow) -> None:
    """Whatever differs, the post may be live, and is looked for before anything follows."""
    assert {told(row), told(row, status=row.http_status), told(row, status=429)} == {Proves.REFUSED}
    wrong = [
        told(row, subcode=9999999),
        told(row, is_transient=True),
        *[told(row, status=status) for status in (200, 302, 500, 503)],
    ]
    assert set(wrong) == {Proves.UNKNOWN}


def test_an_error_whose_status_nobody_knows_proves_nothing() -> None:
    assert error_for(ErrorBody(code=190)).proves is Proves.UNKNOWN


@pytest.mark.parametrize(
    ("code", "subcode"), [(25, 2207050), (4, 2207051), (-2, 2207003), (100, 33), (-1, 2207085), (1, None)]
)
def test_where_meta_says_to_look_first_or_to_try_again_nothing_is_proven(
    code: int, subcode: int | None
) -> None:
    row = find(code, subcode)
    assert row is not None
    assert row.proves is Proves.UNKNOWN


def test_codes_of_metas_own_faults_never_prove_a_refusal_but_for_an_expired_container() -> None:
    faults = {row.subcode for row in TABLE if row.code in (-2, -1, 1, 2) and row.proves is Proves.REFUSED}
    assert faults == {2207020}


def test_no_two_rows_share_a_code_and_subcode() -> None:
    keys = [(row.code, row.subcode) for row in TABLE]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("row", [row for row in TABLE if row.code is not None], ids=str)
def test_each_row_raises_the_class_it_names(row: ErrorRow) -> None:
    body = ErrorBody(message=row.message, code=row.code or 0, error_subcode=row.subcode)
    error = error_for(body, http_status=row.http_status)
    assert type(error) is CLASSES[row.name]
    assert (error.retry, error.proves, error.helper_prefix) == (row.retry, row.proves, row.helper_prefix)
    assert row.fix in str(error)


def test_what_the_helpers_put_first_belongs_to_the_codes_the_design_gives_it() -> None:
    named = {
        name: {(row.code, row.subcode) for row in TABLE if row.helper_prefix is name} for name in HelperPrefix
    }
    assert {code for code, _ in named[HelperPrefix.OAUTH]} == {190, 102, 104}
    assert named[HelperPrefix.MEDIA_TYPE] == {(352, 2207026), (36001, 2207005), (None, 2207026)}
    passing = {(code, None) for code in (4, 17, 32, 341, 613, 80002)}
    assert named[HelperPrefix.RATE_LIMIT] == passing | {(9, 2207042), (9, 2207069)}


def test_spam_protection_is_in_doubt_and_waits_for_a_person() -> None:
    row = find(4, 2207051)
    assert row is not None
    assert (row.proves, row.retry, row.helper_prefix) == (Proves.UNKNOWN, Retry.AFTER_HUMAN, None)


def test_the_exact_row_is_found_before_the_one_of_the_code_alone() -> None:
    for row in TABLE:
        assert find(row.code, row.subcode) is row


def test_a_subcode_alone_is_no_error_of_the_table_unless_a_status_text_has_it() -> None:
    assert find(None, 463) is None
    assert find(None) is None


def test_a_range_of_codes_shares_its_row_to_both_ends() -> None:
    ranges = [row for row in TABLE if row.code is not None and row.last_code is not None]
    assert ranges
    for row in ranges:
        assert row.code is not None
        assert row.last_code is not None
        assert find(row.code) is find(row.last_code) is row
        assert find(row.last_code + 1) is not row
        assert find(row.code - 1) is not row


@pytest.mark.parametrize("retry", Retry)
def test_a_retry_says_whose_it_is(retry: Retry) -> None:
    assert retry.needs_person is (retry in {Retry.AFTER_SIGN_IN, Retry.AFTER_HUMAN})
    assert retry.is_about_account is (retry.needs_person or retry is Retry.NEXT_WINDOW)
    assert retry.is_same_call is (retry in {Retry.SOON, Retry.WHEN_READY})


def test_a_deletion_is_refused_by_what_is_looked_at_first_and_by_its_own_row_alone() -> None:
    refusing = {(row.code, row.subcode) for row in TABLE if row.refuses_deletion}
    assert {(-1, 2207073), (10, None), (190, None), (200, None), (4, None), (803, None)} <= refusing
    # Gone or never there, a fault of Meta's, and spam protection: whether it stands has to be looked up.
    assert not refusing & {(100, 33), (-1, 2207085), (-1, 2207001), (1, None), (2, None), (4, 2207051)}


def test_each_reason_proves_one_thing_and_says_why() -> None:
    refusals = {
        *(Because.TOKEN, Because.RIGHTS, Because.PATH, Because.LIMIT, Because.CONTENT),
        *(Because.NOT_READY, Because.NO_CONTAINER, Because.NO_MEDIA),
    }
    assert {reason for reason in Because if reason.proves is Proves.REFUSED} == refusals
    assert {reason.proves for reason in Because} == set(Proves)
    assert all(reason.words.endswith(".") for reason in Because)


# The subcodes of Meta's page whose user message is known, and whose `message` is another text.
FOR_PEOPLE = {
    *(2207004, 2207005, 2207006, 2207008, 2207009, 2207010, 2207020, 2207023, 2207026, 2207028, 2207040),
    *(2207042, 2207050, 2207051, 2207052),
}


@pytest.mark.parametrize("subcode", sorted(FOR_PEOPLE))
def test_the_text_for_people_is_metas_and_has_a_title_of_its_own(subcode: int) -> None:
    [row] = (row for row in TABLE if row.subcode == subcode and row.code is not None)
    assert row.user_text
    assert row.user_text.mark is Certainty.DOCUMENTED
    assert row.title
    assert len({row.message, row.title, row.user_message}) == 3
    assert row.explanation == row.user_message


def test_our_own_message_says_both_texts_of_metas_as_one_sentence() -> None:
    body = ErrorBody(message="It is too large.", code=36000, error_user_msg="Make it smaller.")
    text = str(error_for(body))
    assert text.startswith("Instagram answered 36000: It is too large (Make it smaller). ")


def test_an_error_without_a_text_for_people_is_explained_by_its_message() -> None:
    row = find(190)
    assert row is not None
    assert (row.title, row.user_message, row.explanation) == (None, None, row.message)


def test_a_code_that_differs_by_one_is_another_error() -> None:
    assert find(189) is None
    assert find(191) is None
