"""Schemathesis reads the OpenAPI document of our API, asks for all that is in it, and finds nothing.

It asks in this process, a program whose key is for everything and that nobody gave a consent.
PRESSROOM_TEST_API_EXAMPLES says how many requests of each operation; `make fuzz` asks for many.
"""

import asyncio
import io
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import schemathesis
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from requests.adapters import BaseAdapter, HTTPAdapter
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig

from pressroom.api.operation import BASE
from tests.api.asking import DOCUMENT
from tests.api.asking import URL as PICTURE
from tests.api.filled import a_stocked_world, filled
from tests.api.house import House, answered
from tests.service.walked import World, let_out, pause, seen

EXAMPLES = int(os.environ.get("PRESSROOM_TEST_API_EXAMPLES", "20"))
SEED = int(os.environ.get("PRESSROOM_TEST_API_SEED", "0"))
URL = "http://localhost"
load_all_checks()


def _schema() -> Any:
    config = SchemathesisConfig()
    # What the document allows may be refused all the same, by what a text says and by what there is.
    project = config.projects.default
    accepted = project.checks.positive_data_acceptance
    accepted.expected_statuses = [*accepted.expected_statuses, "410", "412", "422"]
    # It asks again by a connection of its own; who may ask is held elsewhere.
    project.checks.ignored_auth.enabled = False
    project.generation.with_security_parameters = False
    project.generation.allow_x00 = False  # texts are said to be texts, and NUL is refused in any
    return schemathesis.openapi.from_dict(DOCUMENT, config=config)


SCHEMA = _schema()
LEFT = object()
# By the name of a field: what makes sense in it.
SENSE: Mapping[str, Sequence[Any]] = {
    "account": [LEFT, "ana"],
    "at": ["+3h", "now", "open", "2026-12-24"],
    "cover": [None],
    "file": [{"url": PICTURE}],
    "files": [[{"url": PICTURE}]],
    "kind": ["photo"],
    "language": [LEFT, "de"],
    "metric": ["reach"],
    "period": ["28d"],
    "slot": [["mon 18:00"]],
    "slots": [["mon 18:00"]],
    "timezone": [LEFT, "Asia/Tokyo"],
}
MOSTLY = 0.8
GROUPS = sorted({described["tags"][0] for path in DOCUMENT["paths"].values() for described in path.values()})
TOLD = settings(
    deadline=None,
    database=None,
    derandomize=not SEED,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class Adapter(BaseAdapter):
    """Takes requests to the app, which runs while one is answered."""

    def __init__(self, house: House, runner: asyncio.Runner) -> None:
        super().__init__()
        self._house = house
        self._runner = runner

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        return self._runner.run(self._ask(request))

    async def _ask(self, request: requests.PreparedRequest) -> requests.Response:
        url = urlsplit(request.url or "")
        body: Any = request.body or b""
        scope: dict[str, Any] = {
            "type": "http",
            "method": request.method,
            "path": unquote(url.path),
            "query_string": url.query.encode(),
            "headers": [(_bytes(name).lower(), _bytes(text)) for name, text in request.headers.items()],
        }
        got = await answered(self._house.app, scope, body.encode() if isinstance(body, str) else body)
        raw = urllib3.HTTPResponse(io.BytesIO(got.content), got.headers, got.status, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def _bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


@pytest.fixture(scope="module")
def world_made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(a_stocked_world(tmp_path_factory.mktemp("world")))


@dataclass(frozen=True)
class Stage:
    """An API with something of every kind. carried: how a case is asked. things: ids of what there is."""

    carried: Mapping[str, Any]
    things: Mapping[str, Sequence[str]]


@contextmanager
def a_stage(made: World, directory: Path) -> Generator[Stage]:
    directory.mkdir(exist_ok=True)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        full = runner.run(stack.enter_async_context(filled(made, directory)))
        try:
            pause(full.world.road)
            session, before = requests.Session(), seen(full.world.road)
            session.mount(URL, Adapter(full.house, runner))
            headers = {"Authorization": f"Bearer {full.planner.token}"}
            yield Stage({"base_url": URL + BASE, "session": session, "headers": headers}, full.things)
            assert let_out(before, seen(full.world.road)) == []
        finally:
            runner.run(stack.aclose())


@pytest.fixture
def stage(world_made: World, tmp_path: Path) -> Iterator[Stage]:
    with a_stage(world_made, tmp_path) as opened:
        yield opened


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("group", GROUPS)
def test_schemathesis_finds_nothing(group: str, mode: GenerationMode, stage: Stage) -> None:
    """Half of the requests are as the document has them, about what there is, and half are not."""
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            # What takes nothing cannot be asked for in a wrong way.
            can_be_wrong = described["parameters"] or "requestBody" in described
            if group in described["tags"] and (mode.is_positive or can_be_wrong):
                _ask_often(SCHEMA[path][method.upper()], mode, stage)


def _ask_often(operation: Any, mode: GenerationMode, stage: Stage) -> None:
    @settings(TOLD, max_examples=max(1, EXAMPLES // 2))
    @given(operation.as_strategy(generation_mode=mode), st.randoms())
    def asks(case: Any, chance: Any) -> None:
        if mode.is_positive:
            case.path_parameters = {name: chance.choice(stage.things[name]) for name in case.path_parameters}
            if chance.random() < MOSTLY:
                _make_sense(case, chance.choice)
        _do_not_wait(case)
        case.call_and_validate(**stage.carried)

    asks()


def test_schemathesis_finds_nothing_in_whole_stories(world_made: World, tmp_path: Path) -> None:
    """What an answer links to is asked for next. Each begins anew, so that the same one ends the same."""
    numbers = count()

    class Story(SCHEMA.as_state_machine()):
        def setup(self) -> None:
            self.stack = ExitStack()
            directory = tmp_path / str(next(numbers))
            self.stage = self.stack.enter_context(a_stage(world_made, directory))

        def teardown(self) -> None:
            self.stack.close()

        def before_call(self, case: Any) -> None:
            if case.meta.generation.mode.is_positive:
                _make_sense(case, itemgetter(0))
            _do_not_wait(case)

        def get_call_kwargs(self, case: Any) -> Mapping[str, Any]:
            assert case
            return self.stage.carried

    Story.run(settings=settings(TOLD, max_examples=EXAMPLES, stateful_step_count=6))


def _make_sense(case: Any, choose: Callable[[Sequence[Any]], Any]) -> None:
    """Say in a request what the document cannot tell: else hardly any comes as far as a post."""
    for place in ("body", "query"):
        if isinstance(getattr(case, place), dict):
            fields: dict[str, Any] = getattr(case, place)
            sensible = {name: choose(values) for name, values in SENSE.items() if name in fields}
            told = {name: value for name, value in {**fields, **sensible}.items() if value is not LEFT}
            setattr(case, place, told)
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


def _do_not_wait(case: Any) -> None:
    if case.path.endswith("/wait"):
        query: dict[str, Any] = {"timeout_s": 0, **(case.query or {})}
        case.query = query | ({"timeout_s": 0} if str(query["timeout_s"]).isdigit() else {})
