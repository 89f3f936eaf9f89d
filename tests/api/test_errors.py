"""Each problem that the document tells of an operation is one that comes.

Who asks, with what, and of whose things is in test_who_may, test_reading and test_whose, for every operation.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.api.app import api_app
from pressroom.api.table import OPERATIONS
from pressroom.core.errors import Shortage, StoreFailed
from pressroom.core.requests import RequestName, RequestUnderWay
from pressroom.core.secret import Secret
from pressroom.core.settings import Mask
from pressroom.graph.answers import ME
from pressroom.service.consent.requests import RequestService
from tests.api import test_journal, test_media, test_reports
from tests.api.asking import BY_NAME, KEYED, kept, well_formed
from tests.api.filled import Filled
from tests.api.house import Client, a_house
from tests.api.test_accounts import sign_in_to_another
from tests.api.test_reading import is_problem
from tests.service.consenting import PLANNER
from tests.service.road import opened_road

# What only some operations answer, where each says so itself.
OWN = {(operation.name, status) for operation in OPERATIONS for status in operation.errors}
PROVOKED_ELSEWHERE: Mapping[tuple[str, int], Callable[..., Any]] = {
    ("delete_post", 502): test_media.test_a_deletion_whose_answer_is_lost_is_not_repeated_by_itself,
    ("search_audio", 502): test_media.test_what_instagram_answers_to_a_search_for_audio_is_passed_on,
    ("follow_events", 410): test_journal.test_a_cursor_of_another_store_is_gone,
    ("get_report_file", 409): test_reports.test_a_report_is_asked_for_and_called_off,
    ("put_upload", 415): test_media.test_what_is_not_the_file_itself_is_refused,
}
WITHOUT_ACCOUNT = {(name, 409) for name, status in OWN if status == 409} - set(PROVOKED_ELSEWHERE)
OF_INSTAGRAM = {(name, 502) for name, status in OWN if status == 502} - set(PROVOKED_ELSEWHERE)
SHORT = {("create_post", 507)}


def test_every_problem_of_an_operation_is_provoked() -> None:
    assert {*PROVOKED_ELSEWHERE, *WITHOUT_ACCOUNT, *OF_INSTAGRAM, *SHORT} == OWN


async def test_where_nobody_is_signed_in(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road, a_house(road) as house:
        client = await house.client()
        for operation in KEYED:
            answer = await well_formed(operation).ask(client)
            assert ((operation.name, 409) in WITHOUT_ACCOUNT) == (answer.status == 409), operation.name


async def test_where_instagram_refuses(full: Filled) -> None:
    """A token of the environment that it does not know: nobody knows whose it is."""
    road = full.world.road
    account = replace(road.account, user_id=ME, token=Secret("IGunknown"))
    async with a_house(replace(road, account=account), is_given=True) as house:
        client = Client(house.app, full.planner.token)
        for name, status in sorted(OF_INSTAGRAM):
            problem = is_problem(await well_formed(BY_NAME[name]).ask(client))
            assert (problem["status"], problem["code"]) == (status, 190), name
            assert "IGunknown" not in str(problem)


async def test_where_the_disk_is_full(full: Filled) -> None:
    async def download(*_: object, **__: object) -> Path:
        raise Shortage("The disk is full.", kind="disk_full", fix="Make room.")

    wish = well_formed(BY_NAME["create_post"])
    with patch("pressroom.hosting.network.download", download):
        answer = await replace(wish, body={**wish.body, "at": "now"}).ask(full.planner)
    assert is_problem(answer)["status"] == 507
    assert answer.headers["retry-after"]


async def test_where_the_account_of_a_key_is_gone(full: Filled) -> None:
    sign_in_to_another(full.house)
    bobs = await full.house.client("bobs", accounts=("bob",))
    full.world.road.store.accounts.remove("bob")
    for operation in KEYED:
        if (answer := await well_formed(operation).ask(bobs)).status == 404:
            assert is_problem(answer)["fix"], operation.name


async def test_what_was_changed_since_is_not_changed(full: Filled) -> None:
    draft = full.things["post_id"][0]
    before = kept(full.world.road.settings)
    for operation in OPERATIONS:
        if operation.is_bound:
            wish = well_formed(operation, post_id=draft)
            problem = is_problem(await wish.ask(full.planner, headers={"if-match": '"999"'}))
            assert problem["status"] == 412, operation.name
            assert problem["post"]["post_id"] == draft
    assert kept(full.world.road.settings) == before


async def test_a_request_under_way_is_carried_out_once(full: Filled) -> None:
    """While the first one with its key is, another is told to come again."""
    under_way = RequestUnderWay(RequestName(PLANNER.id, "operation", "one"))
    before = kept(full.world.road.settings)
    with patch.object(RequestService, "begin", side_effect=under_way):
        for operation in (each for each in KEYED if each.takes_key):
            wish = well_formed(operation, **{place: things[0] for place, things in full.things.items()})
            answer = await wish.ask(full.planner, headers={**wish.headers, "idempotency-key": "one"})
            assert is_problem(answer)["status"] == 409, operation.name
            assert answer.headers["retry-after"]
    assert kept(full.world.road.settings) == before


class Programs:
    """Lets nobody in, since something is broken."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def shown_by(self, _authorization: str) -> None:
        raise self._error


async def test_where_the_store_fails_or_something_is_broken(caplog: pytest.LogCaptureFixture) -> None:
    secret = "IGQWR-a-token"
    for error, status in ((StoreFailed("It is locked.", fix="Wait."), 503), (RuntimeError(secret), 500)):
        client = Client(api_app(Programs(error), mask=Mask()), "prk_x")  # pyright: ignore[reportArgumentType]
        for operation in KEYED:
            answer = await well_formed(operation).ask(client)
            assert is_problem(answer)["status"] == status, operation.name
            assert secret.encode() not in answer.content
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING"] * len(KEYED) + ["ERROR"] * len(KEYED)


def _too_often(_caller: str) -> float:
    return 2.6


async def test_who_asks_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    async with opened_road(tmp_path / "home") as road, a_house(road, takes=_too_often) as house:
        client = await house.client()
        for operation in OPERATIONS:
            answer = await well_formed(operation).ask(client)
            assert is_problem(answer)["status"] == 429, operation.name
            assert answer.headers["retry-after"] == "3"
