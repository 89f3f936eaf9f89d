"""Hold what the sandbox answers against answers that others recorded, and give the page that tells it."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.recording.shapes import Shape, shape_differences, shape_of
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.sandbox.surface import ALL_OPEN_ROUTES, ROUTES

if TYPE_CHECKING:
    from http.client import HTTPResponse

FILE = Path(__file__).parent.parent / "tests/sandbox/recorded/answers.toml"
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Reply:
    """What a sandbox answered. headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    json: Any


@dataclass(frozen=True)
class Compared:
    """One recorded answer beside ours.

    differs: each path that one of them lacks, or has of another type. unequal: ours, for each value that the
    record says must be the same, and is not.
    """

    record: Mapping[str, Any]
    shape: Shape
    differs: Shape = field(default_factory=Shape)
    unequal: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def unexplained(self) -> set[str]:
        """The differences that the file does not explain."""
        return set(self.differs) - set(self.record.get("differs", {}))

    @property
    def stale(self) -> set[str]:
        """The explanations of what does not differ any more."""
        return set(self.record.get("differs", {})) - set(self.differs)


def _differences(theirs: Shape, ours: Shape) -> Shape:
    return {name: _in_words(*kinds) for name, kinds in shape_differences(theirs, ours).items()}


def _in_words(theirs: str | None, ours: str | None) -> str:
    if ours is None:
        return "not here"
    return "here alone" if theirs is None else f"{ours} here, {theirs} there"


def records() -> list[Mapping[str, Any]]:
    """Give the recorded answers."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["record"]


def compare() -> list[Compared]:
    """Ask a sandbox for everything that is recorded."""
    settings = SandboxSettings(
        fetch="trust", processing=Processing.at_once(), media=4, login=LoginType.FACEBOOK
    )
    with serving_in_thread(Sandbox(settings)) as served:
        names = _stage(served.sandbox, served.base_url)
        return [_compared(served.sandbox, served.base_url, record, names) for record in records()]


def _compared(sandbox: Sandbox, base: str, record: Mapping[str, Any], names: Mapping[str, str]) -> Compared:
    if "fault" in record:
        sandbox.faults.add(Fault(kind=FaultKind.ERROR, **record["fault"]))
    reply = _ask(base, record, names)
    theirs, ours = shape_of(json.loads(record["answer"])), shape_of(reply.json)
    # The keys of an object of hours are data, not names.
    theirs, ours = (
        {k: v for k, v in one.items() if not k.rpartition(".")[2].isdigit()} for one in (theirs, ours)
    )
    return Compared(record, ours, _differences(theirs, ours), _unequal(record, reply))


def _unequal(record: Mapping[str, Any], reply: Reply) -> Mapping[str, Any]:
    """Give what the reply has in place of each value that the record says must be the same."""
    recorded = json.loads(record["answer"])
    found = {path: value_at(reply.json, path) for path in record.get("equal", ())}
    unequal = {path: ours for path, ours in found.items() if ours != value_at(recorded, path)}
    if reply.status != record.get("status", reply.status):
        unequal["status"] = reply.status
    headers: Mapping[str, str] = record.get("headers", {})
    return unequal | {
        name: reply.headers.get(name) for name, value in headers.items() if reply.headers.get(name) != value
    }


def value_at(answer: Any, path: str) -> Any:  # noqa: ANN401
    """Give what an answer holds at a path such as `error.message`; None where it holds nothing there."""
    value: Any = answer
    for name in path.split("."):
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def _ask(base: str, record: Mapping[str, Any], names: Mapping[str, str]) -> Reply:
    target = str(record["target"])
    for name, value in names.items():
        target = target.replace("{" + name + "}", value)
    token = names["old_token"] if "{old}" in record["target"] else record.get("token", names["token"])
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = Request(  # noqa: S310  # loopback
        f"{base}{target}", method=record.get("method", "GET"), headers=headers
    )
    try:
        with _OPENER.open(request) as answer:
            return _read(answer.status, answer)
    except HTTPError as error:
        return _read(error.code, error)


def _read(status: int, answer: "HTTPResponse | HTTPError") -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(status, headers, json.load(answer))


def _stage(sandbox: Sandbox, base: str) -> dict[str, str]:
    """Make one of everything that is asked for, and name it."""
    names = {"user": sandbox.user_id, "token": sandbox.token}
    kinds = {one.kind: str(one.id) for one in sandbox.media}

    def ask(target: str, method: str = "GET") -> Any:  # noqa: ANN401
        return _ask(base, {"target": target, "method": method}, names).json

    create = f"/{sandbox.user_id}/media?"
    story = ask(f"{create}media_type=STORIES&image_url=https://example.com/a.jpg", "POST")["id"]
    ask(f"/{sandbox.user_id}/media_publish?creation_id={story}", "POST")
    names |= {name: kinds[name] for name in ("photo", "reel", "carousel")}
    names["item"] = ask(f"{create}image_url=https://example.com/a.jpg&is_carousel_item=true", "POST")["id"]
    names["clip"] = ask(f"{create}media_type=REELS&video_url=https://example.com/a.mp4", "POST")["id"]
    for text in ("First", "Second"):
        names["comment"] = ask(f"/{names['photo']}/comments?message={text}", "POST")["id"]
    ask(f"/{names['comment']}/replies?message=Reply", "POST")
    names["hashtag"] = ask(f"/ig_hashtag_search?user_id={sandbox.user_id}&q=print")["data"][0]["id"]
    return names | _others(sandbox)


def _others(sandbox: Sandbox) -> dict[str, str]:
    seed = AccountSeed(username="bluebottle", name="Blue Bottle", media=1, professional_for_days=0)
    user_id, token = sandbox.add_account(seed)
    [old] = sandbox.scene.world.feeds[user_id]
    query = "client_id=1&redirect_uri=https://app.example/&response_type=code&scope=instagram_business_basic"
    location: str = sandbox.order("consent", url=f"/oauth/authorize?{query}")["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    return {"old": old.id, "old_token": token, "code": code.removesuffix("#_")}


def page() -> str:
    """Give the page of the docs."""
    compared = compare()
    corpora = tomllib.loads(FILE.read_text(encoding="utf-8"))["corpora"]
    return "\n".join(_lines(compared, corpora)) + "\n"


_HEAD = """<!-- Generated by scripts/generate.py from tests/sandbox/recorded/answers.toml: do not edit. -->
# The sandbox beside answers that others recorded

Public projects keep answers of the real API for their tests, or quote them in threads and comments. Each row
asks the sandbox the same, and compares keys and types, and those values that the row names, as the texts of
errors. Many of these files are shortened or made up after a recording, and some are old: a row that agrees
makes a shape likely, and proves no rule. The year is what the file itself shows.
[A test](../../tests/sandbox/test_corpus.py) holds every row.

| Call | Corpus | Year | Keys that agree | Values that agree | What differs |
|---|---|---|---|---|---|"""
_UNKNOWN = """
## Unknown

No recording was found of these calls. What the sandbox answers to them rests on Meta's pages and its SDK, as
[marked](sandbox.md):
"""


def _lines(compared: list[Compared], corpora: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield _HEAD
    yield from map(_row, compared)
    yield "\nThe corpora:\n"
    for name, one in sorted(corpora.items()):
        yield f"* {name}: `{one['repo']}`, `{one['folder'].strip(': ')}`"
    yield _UNKNOWN
    known = {one.record["call"] for one in compared}
    names = sorted({route.name for route in (*ROUTES, *ALL_OPEN_ROUTES)} - known)
    yield ", ".join(f"`{name}`" for name in names) + "."


def _row(one: Compared) -> str:
    record, told = one.record, one.record.get("differs", {})
    named = (f"`{name}` {words}: {told.get(name, '?')}" for name, words in sorted(one.differs.items()))
    agree, differs = len(set(one.shape) - set(one.differs)), "; ".join(named) or "nothing"
    call, corpus = (
        f"{record.get('method', 'GET')} `{record['call']}`",
        f"{record['corpus']}, `{record['file']}`",
    )
    return f"| {call} | {corpus} | {record['year']} | {agree} | {_held_values(record)} | {differs} |"


def _held_values(record: Mapping[str, Any]) -> str:
    status = [f"HTTP {record['status']}"] if "status" in record else []
    named = (*record.get("equal", ()), *record.get("headers", ()))
    return ", ".join([*status, *(f"`{name}`" for name in named)]) or "none held"
