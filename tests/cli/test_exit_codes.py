"""What a command ends with after an error."""

from typing import Any

import msgspec
import pytest

from pressroom.cli.shell import failures
from pressroom.cli.shell.failures import ExitCode, exit_code_of
from pressroom.core import errors
from pressroom.core.errors import PressroomError
from pressroom.core.failure import EarlierFailure, Failure
from pressroom.core.graph_errors import error_for
from pressroom.graph.answers import ContainerId, ErrorBody
from pressroom.graph.error_table import TABLE

CONTAINER = ContainerId("1")
ERRORS: list[tuple[PressroomError, ExitCode]] = [
    (PressroomError("x"), ExitCode.FAILED),
    (errors.NotSent("x"), ExitCode.FAILED),
    (errors.HostFailed("x"), ExitCode.FAILED),
    (errors.Conflict("x"), ExitCode.FAILED),
    (errors.StoreFailed("x", fix=""), ExitCode.FAILED),
    (errors.ContainerFailed("x", container_id=CONTAINER), ExitCode.FAILED),
    (errors.KeyReused("x"), ExitCode.USAGE),
    (errors.Refused("x", rule="r", fix=""), ExitCode.REFUSED),
    (errors.MediaRefused("x", rule="r", fix=""), ExitCode.REFUSED),
    (errors.StoreRefused("x", rule="r", fix=""), ExitCode.REFUSED),
    (errors.SignInRequired("x"), ExitCode.SIGN_IN),
    (errors.NotFound("x"), ExitCode.NOT_FOUND),
    (errors.StillProcessing("x", container_id=CONTAINER, fix=""), ExitCode.STILL_PROCESSING),
    (errors.StillWaiting("x", post_id="1", fix=""), ExitCode.STILL_PROCESSING),
    (errors.OutcomeUnknown("x", container_id=CONTAINER, fix=""), ExitCode.OUTCOME_UNKNOWN),
    (error_for(ErrorBody(message="x", code=190)), ExitCode.SIGN_IN),
    (error_for(ErrorBody(message="x", code=190, error_subcode=459)), ExitCode.FAILED),
    (error_for(ErrorBody(message="x", code=10)), ExitCode.SIGN_IN),
    (error_for(ErrorBody(message="x", code=200)), ExitCode.SIGN_IN),
    (error_for(ErrorBody(message="(#10) Not enough viewers for the media", code=10)), ExitCode.FAILED),
    (error_for(ErrorBody(message="(#10) not enough\nviewers", code=10)), ExitCode.FAILED),
    (error_for(ErrorBody(message="x", code=80002)), ExitCode.RATE_LIMITED),
    (error_for(ErrorBody(message="x"), http_status=429, is_limit=True), ExitCode.RATE_LIMITED),
    (error_for(ErrorBody(message="x", code=100)), ExitCode.FAILED),
    (error_for(ErrorBody(message="x", code=12345)), ExitCode.FAILED),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda one: type(one).__name__)
def test_an_error_ends_as_its_class_says_and_one_of_metas_by_when_to_retry(
    error: PressroomError, code: ExitCode
) -> None:
    assert exit_code_of(error) is code


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda one: type(one).__name__)
def test_an_error_that_was_kept_ends_as_it_did_when_it_was_met(error: PressroomError, code: ExitCode) -> None:
    assert exit_code_of(EarlierFailure(Failure.of(error))) is code


def test_a_kept_error_that_this_release_does_not_know_has_failed() -> None:
    kept = Failure(kind="LostInTheMail", message="x", fix="")
    assert exit_code_of(EarlierFailure(kept)) is ExitCode.FAILED


def test_a_failure_that_was_kept_with_its_exit_code_is_read_and_ends_alike() -> None:
    kept: dict[str, Any] = {"kind": "TokenExpired", "message": "x", "fix": "", "exit_code": 4, "code": 190}
    failure = msgspec.convert(kept, Failure)
    assert exit_code_of(EarlierFailure(failure)) is ExitCode.SIGN_IN


def test_rows_of_one_name_are_tried_again_alike() -> None:
    """The name alone is kept, and tells when."""
    retries = {row.name: {other.retry for other in TABLE if other.name == row.name} for row in TABLE}
    assert {name for name, found in retries.items() if len(found) > 1} == set()


def test_what_goes_wrong_in_the_command_line_itself_has_codes_of_its_own() -> None:
    assert exit_code_of(failures.Misused("x")) is ExitCode.USAGE
    assert exit_code_of(failures.Interrupted("x")) is ExitCode.INTERRUPTED
    assert exit_code_of(failures.SystemRefused("x")) is ExitCode.FAILED
    assert exit_code_of(failures.Fault("x")) is ExitCode.FAILED
