"""Every command that plans and repairs, on a store that stands on a PostgreSQL server."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import URL

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import Attention, PostId, PostState
from pressroom.core.secret import Secret
from pressroom.dispatch.cluster import prepare_queue
from pressroom.dispatch.locks import QUEUE_SCHEMA
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.simulator import Sandbox
from pressroom.store.store import Store, open_store
from tests.cli.conftest import CLIP, PICTURE, Result, Shell
from tests.cli.planning import ADD, AT
from tests.store.postgres import a_database


@pytest.fixture(scope="module")
def address(postgres: URL) -> Iterator[str]:
    with a_database(postgres) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def shared(account: Shell, address: str) -> Shell:
    """A shell whose store is on the server."""
    return replace(account, environ={**account.environ, "PRESSROOM_DATABASE_URL": address})


@pytest.fixture
def store(shared: Shell, address: str) -> Iterator[Store]:
    with open_store(address, clock=shared.clock) as opened:
        yield opened


def done(result: Result) -> Any:
    assert result.code == ExitCode.DONE, result.err
    return result.json


def put(store: Store, post_id: str, **changes: Any) -> str:
    """Bring a post where a worker would have."""
    was = store.posts.get(PostId(post_id))
    store.posts.save(was.changed(**changes).following(was), was)
    return post_id


def test_the_whole_way_of_planned_posts(shared: Shell, store: Store, tmp_path: Path) -> None:
    """Signing in, planning, looking, moving, approving, tables, slots and repairs, one after another."""
    token = shared.environ["INSTAGRAM_ACCESS_TOKEN"]
    done(shared("auth", "login", "--token-stdin", "--tz", "Europe/Istanbul", "--json", stdin=token))
    assert [one["account"] for one in done(shared("auth", "status", "--json"))] == ["default"] * 2

    poster = tmp_path / "poster.png"
    make_poster(poster)
    answer = done(shared(*ADD, poster, "--at", "tomorrow 09:00", "--caption", "Hi", "--json"))
    assert (answer["state"], answer["worker_running"]) == ("scheduled", False)
    assert ["No worker runs" in warning for warning in answer["warnings"]] == [True]
    assert answer["due_local"] == "2026-11-25T09:00:00+03:00"
    post_id = answer["post_id"]
    keyed = (*ADD, PICTURE, *AT, "--idempotency-key", "k1", "--json")
    assert [done(shared(*keyed))["replayed"] for _ in range(2)] == [False, True]
    assert shared(*ADD, CLIP, *AT, "--idempotency-key", "k1").code in (ExitCode.USAGE, ExitCode.REFUSED)

    assert done(shared("schedule", "show", post_id, "--json"))["next"]
    assert done(shared("schedule", "move", post_id, "--at", "+3d", "--json"))["state"] == "scheduled"
    assert done(shared("schedule", "edit", post_id, "--caption", "Ho", "--json"))["caption"] == "Ho"
    draft = done(shared(*ADD, PICTURE, *AT, "--draft", "--json"))["post_id"]
    assert done(shared("schedule", "approve", draft, "--json"))["state"] == "scheduled"
    assert done(shared("schedule", "cancel", draft, "--json"))["state"] == "cancelled"

    slots = done(shared("schedule", "slots", "add", "mon,wed,thu 18:00", "--json"))
    slotted = [done(shared(*ADD, PICTURE, "--at", "next slot", "--json"))["due_local"] for _ in range(2)]
    assert slotted == slots["next"][:2]
    assert done(shared("schedule", "slots", "list", "--json"))[0]["next"][0] == slots["next"][2]
    assert done(shared("schedule", "slots", "remove", "--all", "--json"))["slots"] == []

    table = tmp_path / "posts.csv"
    done(shared("schedule", "export", "--output", table, "--json"))
    text = table.read_text()
    assert len(done(shared("schedule", "list", "--json"))) == 4
    again = shared("schedule", "import", table, "--dry-run", "--json").json
    assert {row["action"] for row in again["rows"]} == {"unchanged"}
    fresh = [",".join(line.split(",")[1:]) for line in text.splitlines()]
    table.write_text("\n".join(fresh[:1] + [line for line in fresh[1:] if "k1" in line]))
    assert done(shared("schedule", "import", table, "--dry-run", "--json"))["replayed"] == 1
    assert done(shared("schedule", "import", table, "--json"))["replayed"] == 1

    failed = put(store, post_id, state=PostState.FAILED, problem="It could not be made.")
    seen = done(shared("queue", "status", "--json"))
    assert (seen["worker_running"], [one["post_id"] for one in seen["needs_person"]]) == (False, [failed])
    assert done(shared("queue", "retry", failed, "--json"))["state"] == "scheduled"
    put(store, failed, state=PostState.NEEDS_ATTENTION, attention=Attention.LATE, wake_at=None)
    assert done(shared("queue", "reconcile", "--json")) == []
    assert done(shared("queue", "resume", "default", "--json"))["was_paused"] is False
    shared.clock.advance(10 * 24 * 3600)
    late = shared("queue", "health", "--json")
    assert (late.code, late.json["overdue"]) == (ExitCode.FAILED, 3)
    assert shared("db", "check", "--json").json["findings"] == []
    upgraded = done(shared("db", "upgrade", "--json"))
    assert upgraded["before"] == upgraded["after"]
    assert shared("db", "backup", tmp_path / "copy.db").code == ExitCode.REFUSED
    done(shared("auth", "logout", "--json"))


def test_the_servers_address_is_never_shown_with_its_password(shared: Shell) -> None:
    environ = {"PRESSROOM_DATABASE_URL": "postgresql://ana:s3cretword@127.0.0.1:1/none"}
    for args in (("queue", "status"), ("schedule", "list"), ("db", "check"), ("worker",)):
        for more in ((), ("--json",), ("-v",)):
            result = shared(*args, *more, PRESSROOM_DEBUG="1", **environ)
            assert result.code != ExitCode.DONE
            assert "s3cretword" not in result.out + result.err


def test_health_counts_a_worker_of_any_machine(shared: Shell, address: str) -> None:
    alone = shared("queue", "health", "--json")
    assert (alone.code, alone.json["worker_running"]) == (ExitCode.FAILED, False)
    prepare_queue(Secret(address))
    with psycopg.connect(address.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute(f"INSERT INTO {QUEUE_SCHEMA}.procrastinate_workers DEFAULT VALUES".encode())
    assert shared("queue", "health", "--json").json["worker_running"] is True
    assert shared("queue", "status").out.startswith("Worker: at least one runs.")
    with psycopg.connect(address.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute(f"DROP SCHEMA {QUEUE_SCHEMA} CASCADE".encode())


def test_accounts_are_signed_in_and_looked_at_by_the_doctor(
    shared: Shell, store: Store, sandbox: Sandbox
) -> None:
    signed_in = done(
        shared("auth", "login", "--token-stdin", "--account", "doc", "--json", stdin=sandbox.token)
    )
    assert (signed_in["account"], signed_in["account_type"]) == ("doc", "BUSINESS")
    report = done(shared("doctor", "--account", "doc", "--json"))
    found = {one["name"]: one["verdict"] for one in report["findings"]}
    assert (found["store-opens"], found["token-works"], found["permissions"]) == ("ok", "ok", "ok")
    # The key of this machine alone opens what others share: that is what the doctor has to say.
    assert found["sealing-key"] == "warn"
    assert store.accounts.remove("doc")
