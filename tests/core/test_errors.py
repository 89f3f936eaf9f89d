"""Errors travel: through a task queue, and between the processes of a pool."""

import pickle

import pytest

from pressroom.core.errors import GraphError, KeyReused, MediaRefused, PressroomError, StoreFailed, TimeIsOver
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.answers import ErrorBody
from pressroom.graph.error_table import find

EXAMPLES = [
    MediaRefused(
        "cup.jpg is a PDF.", rule="not_media", value="pdf", limit="a picture", fix="Export it as JPEG."
    ),
    TimeIsOver("It is over.", rule="due", fix=Fix.of("Or: {}", Remedy(RemedyKind.PLAN_LATE))),
    KeyReused.by("article-17", "p1"),
    StoreFailed("The disk is full.", fix="Make room.", retryable=True),
    GraphError(ErrorBody(code=190, message="Expired"), row=find(190, None), http_status=400),
]


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_arrives_in_another_process_as_it_was(error: PressroomError) -> None:
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    assert type(arrived) is type(error)
    assert arrived.as_json() == error.as_json()
    assert (arrived.remedies, str(arrived)) == (error.remedies, str(error))
