"""Parameters wherever real clients put them, paths however they spell them, versions known or not.

How `fields` is read.

Numbers that callers send: what is no plain number, or too large for one, is refused in words.
"""

import contextlib
import json
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.graph.hosts import VERSIONS
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.wire.answer import GraphRefusal
from pressroom.sandbox.wire.params import Field, parse_fields, read_params
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import FORM, Caller
from tests.sandbox.conftest import Make

PHOTO = {"image_url": "https://example.com/a.jpg", "caption": "Grüße & #a"}
BOUNDARY = "xyz"


def nested(value: object, depth: int) -> object:
    for _ in range(depth):
        value = {"x": value}
    return value


def multipart(params: dict[str, str]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in params.items()
    ]
    return f"{''.join(parts)}--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("query", "body", "content_type"),
    [
        (PHOTO, b"", None),
        ({}, urlencode(PHOTO).encode(), FORM),
        ({}, urlencode(PHOTO).encode(), f"{FORM}; charset=utf-8"),
        ({}, urlencode(PHOTO).encode(), None),
        ({}, json.dumps(PHOTO).encode(), "application/json"),
        ({}, json.dumps(PHOTO).encode(), "application/json; charset=utf-8"),
        ({}, json.dumps(PHOTO).encode(), None),
        ({}, multipart(PHOTO), f"multipart/form-data; boundary={BOUNDARY}"),
        (
            {"caption": PHOTO["caption"]},
            json.dumps({"image_url": PHOTO["image_url"]}).encode(),
            "application/json",
        ),
        ({"caption": "overruled"}, urlencode(PHOTO).encode(), FORM),
    ],
)
async def test_parameters_are_read_from_query_form_multipart_json_or_a_mix(
    caller: Caller, query: dict[str, str], body: bytes, content_type: str | None
) -> None:
    headers = {
        "authorization": f"Bearer {caller.token}",
        **({"content-type": content_type} if content_type else {}),
    }
    made = await caller.raw("POST", f"/me/media?{urlencode(query)}", body, headers)
    await caller.post("/me/media_publish", creation_id=made.id)
    assert caller.sandbox.media[0].caption == PHOTO["caption"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "OAuth"])
async def test_the_token_is_read_from_the_header(caller: Caller, scheme: str) -> None:
    got = await caller.raw("GET", "/me", headers={"authorization": f"{scheme} {caller.token}"})
    assert got.status == 200


async def test_the_token_is_read_from_a_json_body_and_a_parameter_wins_over_the_header(
    caller: Caller,
) -> None:
    body = json.dumps({"access_token": caller.token}).encode()
    headers = {"authorization": "Bearer nonsense", "content-type": "application/json"}
    assert (await caller.raw("GET", "/me", body, headers)).status == 200


@pytest.mark.parametrize(
    "path", ["/me", "//me", "/me/", "/v21.0/me", "/v21.0//me//", "//v26.0/me", "/v24.0/me/"]
)
async def test_slashes_and_versions_do_not_matter(caller: Caller, path: str) -> None:
    assert (await caller.get(path)).status == 200


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
async def test_every_known_version_answers_and_says_which_it_is(caller: Caller, version: object) -> None:
    name = next(one.name for one in VERSIONS if one is version)
    assert (await caller.get(f"/{name}/me")).headers["facebook-api-version"] == name


@pytest.mark.parametrize("name", ["v28.0", "v99.0"])
async def test_a_version_that_does_not_exist_is_an_unknown_path_token_or_not(
    caller: Caller, name: str
) -> None:
    for got in (await caller.get(f"/{name}/me"), await caller.raw("GET", f"/{name}/me")):
        assert (got.status, got.error) == (400, (2500, None))
        assert got.message == "Unknown path components: /me"


LEGACY: list[dict[str, str]] = [
    {"date_format": "U"},
    {"method": "get"},
    {"callback": "show"},
    {"fields": "media.limit(1).as(newest)"},
]


@pytest.mark.parametrize("params", LEGACY)
@pytest.mark.parametrize("version", ["v22.0", "v27.0"])
async def test_what_v27_took_from_new_apps_is_refused_on_every_version_by_a_setting(
    make: Make, params: dict[str, str], version: str
) -> None:
    assert (await make().post(f"/{version}/me", **{"method": "get", **params})).status == 200
    new_app = make(legacy_features=False)
    refused = await new_app.post(f"/{version}/me", **params)
    assert (refused.status, refused.error) == (400, (100, None))
    assert "is not supported for new apps" in refused.message
    assert (await new_app.get(f"/{version}/me", fields="id,username")).status == 200


async def test_a_batch_of_a_new_app_is_answered(make: Make) -> None:
    """Only asynchronous batches are taken from it, and the sandbox has none."""
    caller = make(token="EAAsandboxtoken", legacy_features=False)
    orders = [{"method": "GET", "relative_url": f"{caller.sandbox.user_id}"}]
    [answer] = (await caller.post("/", batch=json.dumps(orders))).json
    assert answer["code"] == 200


async def test_an_ended_version_is_served_by_the_oldest_still_usable(caller: Caller) -> None:
    assert (await caller.get("/v20.0/me")).headers["facebook-api-version"] == "v21.0"
    caller.sandbox.scene.world.tokens[caller.token].expires_at = None
    caller.sandbox.clock.set(datetime(2027, 1, 21, tzinfo=UTC))
    assert (await caller.get("/v21.0/me")).headers["facebook-api-version"] == "v22.0"
    assert (await caller.get("/me")).headers["facebook-api-version"] == "v22.0"


@pytest.mark.parametrize("names", [("children[0]", "children[1]"), ("children[1]", "children[0]")])
async def test_lists_are_read_as_php_spells_them(caller: Caller, names: tuple[str, str]) -> None:
    items = [await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="1") for _ in "ab"]
    params = {"media_type": "CAROUSEL", **dict(zip(names, items, strict=True))}
    assert (await caller.post("/me/media", **params)).status == 200
    headers = {
        "authorization": f"Bearer {caller.token}",
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    assert (await caller.raw("POST", "/me/media", multipart(params), headers)).status == 200


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0][x]=1&a[0][y]=2&a[1][x]=3", {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        ("a[id]=1&b[c][d]=2", {"a": {"id": "1"}, "b": {"c": {"d": "2"}}}),
        ("a[1]=2&a[0]=1", {"a": ["1", "2"]}),
        ("a[5]=1", {"a": {"5": "1"}}),
        ("a[]=1&a[][x]=2", {"a": ["1", {"x": "2"}]}),
        ("a[x]=1&a[x][y]=2", {"a": {"x": "1"}}),
        ("[x]=1&a[=2&a]b[=3", {"[x]": "1", "a[": "2", "a]b[": "3"}),
        ("a" + "[x]" * 500 + "=1", {"a": nested({"x": "1"}, 7)}),
    ],
)
def test_names_with_brackets_are_lists_and_objects(query: str, read: dict[str, object]) -> None:
    assert read_params(query.encode(), "", b"") == read


async def test_tags_and_people_may_be_spelled_in_brackets(caller: Caller) -> None:
    """`http_build_query` of PHP and axios spell them so."""
    tag = {"user_tags[0][username]": "anna", "user_tags[0][x]": "0.5", "user_tags[0][y]": "0.25"}
    media = await caller.publish(**PHOTO, **tag)
    [kept] = next(one for one in caller.sandbox.scene.world.feeds[caller.sandbox.user_id]).user_tags
    assert kept == {"username": "anna", "x": "0.5", "y": "0.25"}
    assert media == caller.sandbox.media[0].id


@pytest.mark.parametrize("fields", ['["user_id","username"]', "user_id,username", " user_id , username"])
async def test_fields_may_be_json_text(caller: Caller, fields: str) -> None:
    assert {"user_id", "username"} <= (await caller.get("/me", fields=fields)).json.keys()


async def test_json_values_keep_their_kind(caller: Caller) -> None:
    first, second = [
        await caller.create(image_url="https://example.com/a.jpg", is_carousel_item="1") for _ in "ab"
    ]
    body = {
        "media_type": "CAROUSEL",
        "children": [first, int(second)],
        "is_ai_generated": True,
        "caption": None,
    }
    headers = {"authorization": f"Bearer {caller.token}", "content-type": "application/json"}
    assert (await caller.raw("POST", "/me/media", json.dumps(body).encode(), headers)).status == 200


async def test_unknown_parameters_are_let_pass(caller: Caller) -> None:
    assert (await caller.get("/me", pretty="1", debug="all", locale="de_DE")).status == 200


async def test_a_post_may_say_which_method_it_means(caller: Caller) -> None:
    assert (await caller.post("/me", method="get", fields="username")).json["username"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused_in_metas_words(caller: Caller, method: str) -> None:
    refused = await caller.raw(method, "/me")
    assert (refused.status, refused.error) == (400, (100, None))
    assert refused.message == f"Unsupported request - method type: {method.lower()}"


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("GET", "/me/nothing", (2500, None)),
        ("POST", "/me/nothing", (100, 33)),
        ("DELETE", "/me", (100, 33)),
        ("GET", "/instagram", (803, None)),
        ("GET", "/12345", (100, 33)),
        ("POST", "/12345/media", (100, 33)),
        ("GET", "/12345/media", (100, 33)),
        ("GET", "/", (803, None)),
    ],
)
async def test_a_path_that_leads_nowhere_is_refused(
    caller: Caller, method: str, path: str, error: tuple[int, int | None]
) -> None:
    refused = await caller.raw(method, f"{path}?access_token={caller.token}")
    assert refused.error == error
    assert error[1] != 33 or refused.message.startswith(f"Unsupported {method.lower()} request. Object with")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"a":\xff}', b"nul"])
async def test_a_body_that_is_not_json_is_refused(caller: Caller, body: bytes) -> None:
    headers = {"content-type": "application/json", "authorization": f"Bearer {caller.token}"}
    assert (await caller.raw("POST", "/me/media", body, headers)).error == (100, None)


async def test_answers_are_json_with_a_trace_in_every_error(caller: Caller) -> None:
    good, bad = await caller.get("/me"), await caller.get("/nothing")
    assert good.headers["content-type"] == bad.headers["content-type"] == "application/json; charset=UTF-8"
    traces = {(await caller.get("/nothing")).json["error"]["fbtrace_id"] for _ in range(5)}
    assert len(traces) == 5
    assert all(trace.startswith("A") and len(trace) == 23 for trace in traces)


async def test_usage_headers_come_once_enough_is_used(caller: Caller, clock: FakeClock) -> None:
    sandbox = Sandbox(SandboxSettings(calls_per_day=200), clock=clock)
    caller = Caller(sandbox)
    assert "x-app-usage" not in (await caller.get("/me")).headers
    got = await caller.get("/me")
    assert json.loads(got.headers["x-app-usage"])["call_count"] == 1
    [[usage]] = json.loads(got.headers["x-business-use-case-usage"]).values()
    assert (usage["type"], usage["call_count"], usage["estimated_time_to_regain_access"]) == (
        "instagram",
        1,
        0,
    )
    clock.advance(24 * 3600)
    assert "x-app-usage" not in (await caller.get("/me")).headers


PATHS = st.lists(
    st.sampled_from(
        ["me", "v21.0", "v9.0", "media", "17841400000000001", "insights", "comments", "", "é", "{}", "0"]
    ),
    max_size=5,
)
WORDS = st.text(max_size=20)
NAMES = st.sampled_from(
    [
        *("fields", "metric", "limit", "after", "since", "children", "user_tags", "creation_id", "hide"),
        *("media_type", "image_url", "is_carousel_item", "method", "access_token", "grant_type", "message"),
    ]
)


@given(
    st.sampled_from(["GET", "POST", "DELETE", "HEAD"]),
    PATHS,
    st.dictionaries(NAMES, WORDS, max_size=4),
    st.one_of(
        st.binary(max_size=60),
        st.dictionaries(NAMES, WORDS | st.integers() | st.lists(WORDS)).map(json.dumps),
    ),
    st.sampled_from(
        [FORM, "application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", ""]
    ),
)
async def test_no_request_makes_it_fail_by_itself(
    method: str, path: list[str], query: dict[str, str], body: bytes | str, content_type: str
) -> None:
    caller = Caller(Sandbox(SandboxSettings(fetch="trust", media=2), clock=FakeClock()))
    target = f"/{'/'.join(path)}?{urlencode({'access_token': caller.token, **query}, errors='replace')}"
    raw = body if isinstance(body, bytes) else body.encode()
    got = await caller.raw(method, target, raw, {"content-type": content_type})
    assert got.status < 500, got.body
    assert got.status == 200 or got.error


@pytest.mark.parametrize("host", ["graph.facebook.com", "Graph.Facebook.com:443"])
async def test_the_host_is_read_however_it_is_spelled(make: Make, host: str) -> None:
    caller = make()
    refused = await Caller(caller.sandbox, host=host).get("/me")
    assert refused.error == (190, None)  # an Instagram token on Facebook's host


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("U", 1795435200),
        (r"Y-m-d\TH:i:sP", "2026-11-23T12:00:00+00:00"),
        ("c", "2026-11-23T12:00:00+00:00"),
        ("D, j M y g:ia", "Mon, 23 Nov 26 12:00pm"),
        ("", "2026-11-23T12:00:00+0000"),
        ("\\", ""),
    ],
)
async def test_times_are_spelled_as_asked(make: Make, pattern: str, told: str | int) -> None:
    caller = make()
    media = await caller.publish()
    caller.sandbox.scene.world.things[media].created_at = 1795435200.0  # pyright: ignore[reportAttributeAccessIssue]
    asked = {"fields": "timestamp", "date_format": pattern}
    assert (await caller.get(f"/{media}", **asked)).json["timestamp"] == told
    listed = (await caller.get("/me", fields="media{timestamp}", date_format=pattern)).json["media"]["data"]
    assert listed[0]["timestamp"] == told


def names(text: str) -> list[str]:
    return [one.name for one in parse_fields(text)]


@pytest.mark.parametrize("text", ["id,caption", " id , caption ", "id,,caption,", "\tid,\ncaption"])
def test_names_are_read_whatever_stands_between(text: str) -> None:
    assert names(text) == ["id", "caption"]


def test_modifiers_and_nested_fields_are_read() -> None:
    [one, other] = parse_fields("comments.limit(5).after(x){text,from{id}},insights.metric(reach,saved)")
    assert (one.name, one.args) == ("comments", {"limit": "5", "after": "x"})
    assert one.inner == (Field("text"), Field("from", inner=(Field("id"),), inner_text="id"))
    assert one.inner_text == "text,from{id}"
    assert other == Field("insights", {"metric": "reach,saved"})


def test_fields_may_be_a_modifier() -> None:
    [one] = parse_fields("media.limit(2).fields(id,children.fields(id))")
    assert one.inner is not None
    assert [inner.name for inner in one.inner] == ["id", "children"]
    assert one.inner_text == "id,children.fields(id)"


@pytest.mark.parametrize(
    "text", ["a{", "a{b", "a}", "a.b", "a.b(", "a b", "{}", "a..b(1)", "1a", "a.limit(1"]
)
def test_broken_spelling_is_told_with_its_place(text: str) -> None:
    with pytest.raises(GraphRefusal, match=r"Syntax error .* at character") as refused:
        parse_fields(text)
    assert refused.value.code == 2500


def test_nesting_has_an_end() -> None:
    with pytest.raises(GraphRefusal):
        parse_fields("a{" * 50 + "}" * 50)
    with pytest.raises(GraphRefusal):
        parse_fields("a.fields(" * 5000 + ")" * 5000)


@given(st.text(alphabet="ab,.{}() \n1", max_size=40))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with contextlib.suppress(GraphRefusal):
        assert all(one.name for one in parse_fields(text))


FOREIGN, LONG, HUGE = "²", "9" * 400, "9" * 5000
STRANGE = pytest.mark.parametrize(
    "number",
    [FOREIGN, "٣", "1_0", LONG, HUGE, "x"],
    ids=["superscript", "arabic", "underscore", "no float", "no int", "letter"],
)


@STRANGE
@pytest.mark.parametrize(
    ("method", "target", "words"),
    [
        ("GET", "requests?since=", "since is the number of a call"),
        ("DELETE", "faults?id=", "there is no fault"),
    ],
)
async def test_the_control_api_refuses_them(
    caller: Caller, method: str, target: str, words: str, number: str
) -> None:
    got = await caller.raw(method, f"/_sandbox/{target}{quote(number)}")
    assert (got.status, list(got.json), words in got.json["error"]) == (400, ["error"], True)


@STRANGE
@pytest.mark.parametrize("name", ["limit", "since", "thumb_offset", "x"])
async def test_the_graph_api_refuses_them(caller: Caller, name: str, number: str) -> None:
    clip = {"media_type": "REELS", "video_url": "https://example.com/a.mp4"}
    tag = (
        f"[{{'username':'a','x':{number!r},'y':0.5}}]"
        if number == "x"
        else f"[{{username:'a',x:{number},y:0}}]"
    )
    got = {
        "limit": lambda: caller.get("/me/media", limit=number),
        "since": lambda: caller.get("/me/media", since=f"{number} days ago"),
        "thumb_offset": lambda: caller.post("/me/media", **clip, thumb_offset=number),
        "x": lambda: caller.post("/me/media", image_url="https://example.com/a.jpg", user_tags=tag),
    }
    assert (await got[name]()).error == (100, None)


@pytest.mark.parametrize("version", [f"v{HUGE}.0", f"v25.{HUGE}", f"v{FOREIGN}.0"], ids="abc")
async def test_a_version_of_strange_digits_is_none(caller: Caller, version: str) -> None:
    assert (await caller.get(f"/{version}/me")).error == (803, None)


@STRANGE
@pytest.mark.parametrize("name", ["offset", "file_size"])
async def test_the_upload_host_refuses_them(make: Make, name: str, number: str) -> None:
    caller = make(token="EAAsandboxtoken")
    container = await caller.create(media_type="REELS", upload_type="resumable")
    sent = {"offset": "0", "file_size": "10", name: number.encode().decode("latin-1")}
    headers = {"authorization": f"OAuth {caller.token}", **sent}
    got = await caller.raw("POST", f"/ig-api-upload/v26.0/{container}", b"x", headers)
    assert (got.status, got.json["debug_info"]["type"]) == (400, "ProcessingFailedError")


@STRANGE
async def test_an_account_has_an_id_of_plain_digits(caller: Caller, number: str) -> None:
    with pytest.raises(ValueError, match="1 to 20 digits"):
        caller.sandbox.order("accounts", username="a", user_id=number)
