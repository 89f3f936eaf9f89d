"""Who may call: tokens, hosts, permissions, refresh."""

import pytest

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller, consent_query
from tests.sandbox.conftest import Make

DAY_S = 24 * 3600


async def test_a_call_without_a_token_is_told_so(caller: Caller) -> None:
    """The text for `me` is a known probe of whether a version exists."""
    nobody = Caller(caller.sandbox, token="")
    about_me = await nobody.raw("GET", "/v21.0/me")
    assert about_me.error == (2500, None)
    assert about_me.message == (
        "An active access token must be used to query information about the current user."
    )
    other = await nobody.raw("GET", f"/{caller.sandbox.user_id}/media")
    assert (other.status, other.error) == (401, (104, None))


@pytest.mark.parametrize("token", ["IGnonsense", "nonsense", "EAAnonsense", "IGsandbox"])
async def test_an_unknown_token_cannot_be_parsed(caller: Caller, token: str) -> None:
    refused = await Caller(caller.sandbox, token=token).get("/me")
    assert (refused.status, refused.error) == (401, (190, None))
    assert refused.message == "Invalid OAuth access token - Cannot parse access token"


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/v22.0/me?access_token=IGnonsense", "invalid_token"), ("/v22.0/me", "invalid_request")],
)
async def test_an_error_says_in_www_authenticate_what_is_wrong(
    caller: Caller, path: str, problem: str
) -> None:
    refused = await caller.raw("GET", path)
    wanted = f'OAuth "Facebook Platform" "{problem}" "{refused.message}"'
    assert refused.headers["www-authenticate"] == wanted


async def test_an_alias_that_is_not_found_says_so_there_too(caller: Caller) -> None:
    found = (await caller.get("/nobody")).headers["www-authenticate"]
    assert found.startswith('OAuth "Facebook Platform" "not_found" "(#803) Some of the aliases')


async def test_www_authenticate_is_one_plain_line_whatever_the_caller_sent(caller: Caller) -> None:
    path = 'a"\r\nx: \x00\N{SNOWMAN}' + "b" * 5000
    value = (await caller.raw("GET", "/" + path, b"", {"authorization": f"Bearer {caller.token}"})).headers
    assert 'a\\"  x:  ?bbb' in value["www-authenticate"]
    assert len(value["www-authenticate"]) < 2200
    assert "www-authenticate" not in (await caller.get("/me")).headers


async def test_a_token_ends_after_60_days(caller: Caller, clock: FakeClock) -> None:
    clock.advance(58 * DAY_S)
    refused = await caller.get("/me")
    assert (refused.status, refused.error) == (400, (190, 463))
    assert refused.message == (
        "Error validating access token: Session has expired on Thursday, 21-Jan-27 04:00:00 PST. "
        "The current time is Thursday, 21-Jan-27 04:00:00 PST."
    )


async def test_a_revoked_token_says_why(caller: Caller) -> None:
    caller.sandbox.scene.world.tokens[caller.token].revoked_by = 460
    assert (await caller.get("/me")).error == (190, 460)


async def test_a_token_without_a_permission_is_refused_with_10(caller: Caller) -> None:
    caller.sandbox.scene.world.tokens[caller.token].scopes = ["instagram_business_basic"]
    assert (await caller.get("/me")).status == 200
    refused = await caller.post("/me/media", image_url="https://example.com/a.jpg")
    assert (refused.status, refused.error) == (403, (10, None))


@pytest.mark.parametrize(
    ("token", "host", "status"),
    [
        (None, "graph.instagram.com", 200),
        (None, "graph.facebook.com", 401),
        ("EAAsandboxtoken", "graph.facebook.com", 200),
        ("EAAsandboxtoken", "graph.instagram.com", 401),
        ("EAAsandboxtoken", "127.0.0.1:8077", 200),
    ],
)
async def test_a_token_belongs_to_the_host_of_its_login(
    make: Make, token: str | None, host: str, status: int
) -> None:
    caller = make(token=token)
    assert (await Caller(caller.sandbox, host=host).get("/me")).status == status


async def test_an_invented_token_is_recognisable_and_nobody_can_guess_it(make: Make) -> None:
    first, second = make(random_seed=1).token, make(random_seed=1).token
    assert first.startswith("IGsandbox")
    assert first != second
    assert len(first) >= len("IGsandbox") + 32


@pytest.mark.parametrize("is_new", [True, False])
async def test_a_refreshed_token_lives_60_days_more(make: Make, clock: FakeClock, is_new: bool) -> None:
    """Whether the text changes is not documented: a setting picks."""
    caller = make(refresh_makes_new_token=is_new)
    got = (await caller.get("/refresh_access_token", grant_type="ig_refresh_token")).json
    assert (got["token_type"], got["expires_in"]) == ("bearer", 5184000)
    assert (got["access_token"] != caller.token) is is_new
    clock.advance(59 * DAY_S)
    assert (await Caller(caller.sandbox, token=got["access_token"]).get("/me")).status == 200


async def test_a_token_is_not_refreshed_within_its_first_day(caller: Caller, clock: FakeClock) -> None:
    got = (await caller.get("/refresh_access_token", grant_type="ig_refresh_token")).json
    young = Caller(caller.sandbox, token=got["access_token"])
    assert (await young.get("/refresh_access_token", grant_type="ig_refresh_token")).error == (100, None)
    clock.advance(DAY_S)
    assert (await young.get("/refresh_access_token", grant_type="ig_refresh_token")).status == 200


async def test_refresh_needs_its_grant_type(caller: Caller) -> None:
    assert (await caller.get("/refresh_access_token", grant_type="x")).error == (100, None)
    assert (await caller.get("/refresh_access_token")).error == (100, None)


async def test_refresh_is_instagram_logins(make: Make) -> None:
    caller = make(token="EAAsandboxtoken")
    assert (await caller.get("/refresh_access_token", grant_type="ig_refresh_token")).status == 400


async def test_a_permission_unused_for_ninety_days_lapses_until_the_next_consent_where_asked_for(
    make: Make, clock: FakeClock
) -> None:
    caller = make(token="EAAsandboxtoken", permissions_lapse=True, consent="allow", data_access_days=1e3)
    [page] = (await caller.get("/me/accounts", fields="access_token")).json["data"]
    page_caller = Caller(caller.sandbox, token=page["access_token"])
    account = caller.sandbox.user_id
    for _ in range(2):
        clock.advance(50 * 24 * 3600)
        assert (await page_caller.get(f"/{account}", fields="username")).status == 200
    assert (await page_caller.post(f"/{account}/media", image_url="https://example.com/a.jpg")).error == (
        10,
        None,
    )
    again = Caller(Sandbox(caller.sandbox.settings, clock=clock), token=page["access_token"])
    again.sandbox.import_state(caller.sandbox.export_state())
    assert (await again.get(f"/{account}", fields="username")).status == 200
    await caller.get("/dialog/oauth", **consent_query(LoginType.FACEBOOK))
    assert (await page_caller.post(f"/{account}/media", image_url="https://example.com/a.jpg")).status == 200
