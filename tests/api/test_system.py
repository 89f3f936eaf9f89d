"""How the server stands: its version and health to everybody, the rest by a key for all accounts."""

from pathlib import Path

from pressroom.api.app import api_app
from pressroom.core.settings import Mask
from pressroom.service.programs.programs import Programs
from pressroom.version import __version__
from tests.api.house import Client, House
from tests.service.consenting import person
from tests.service.road import without_store


async def test_version_and_health_need_no_key(house: House) -> None:
    stranger = Client(house.app)
    assert await stranger.get("/version") == {"version": __version__}
    health = await stranger.get("/health")
    assert (health["worker_running"], health["overdue"]) == (False, 0)
    (await stranger.ask("GET", "/queue")).of(401)


async def test_strangers_are_told_no_place_of_a_store_that_does_not_answer(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "pressroom.db").write_bytes(b"no store at all " * 100)
    async with person(without_store(house.road, tmp_path), account_name=None) as owner:
        app = api_app(Programs(owner, lambda _actor, _account: owner), mask=Mask())
        stranger = Client(app, "prk_00000000_no-such-key")
        problems = [await stranger.ask("GET", path) for path in ("/health", "/posts")]
    for problem in problems:
        assert problem.of(503)["detail"] == "The store does not answer."
        assert str(tmp_path) not in problem.content.decode()


async def test_the_queue_and_the_doctor_tell_of_all_accounts(house: House, shop: Client) -> None:
    queue = await shop.get("/queue")
    assert (queue["worker_running"], queue["paused"]) == (False, [])
    verdicts = {finding["verdict"] for finding in (await shop.get("/doctor"))["findings"]}
    assert "OK" in {verdict.upper() for verdict in verdicts}
    limited = await house.client("limited", accounts=("ana",))
    for path in ("/queue", "/doctor"):
        assert (await limited.ask("GET", path)).of(403)["rule"] == "key_accounts"
