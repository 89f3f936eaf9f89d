"""What a worker counts, and what is read of its store, as Prometheus takes it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families

from pressroom.client.client import ExchangeRecord
from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.post import PostState
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.service.acting.obstacles import health
from pressroom.service.work.metrics import Metrics, read
from tests.cli.shapes import PAGE
from tests.fakes.clock import START
from tests.publish.durable_world import World, durable_world

ANA = {"account": "default"}


def watched(world: World) -> Metrics:
    """Count what the world's worker does."""
    metrics = Metrics()
    world.driver = replace(world.driver, on_saved=metrics.saved)
    return metrics


async def samples(world: World, metrics: Metrics, *, is_driven: bool = True) -> "Samples":
    reading = await read(world.store, world.clock, is_driven=is_driven)
    return Samples(metrics.text(reading).decode())


class Samples:
    """A scrape."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        return self._found.get((f"pressroom_{name}", tuple(sorted(labels.items()))))

    def names(self) -> Iterator[str]:
        return (name for name, _ in self._found)


async def test_a_post_that_goes_well_is_one_send_within_a_second_of_its_time() -> None:
    async with durable_world() as world:
        metrics = watched(world)
        world.schedule(in_s=3600)
        before = await samples(world, metrics)
        assert before("posts", state="scheduled") == 1
        assert before("next_due_timestamp_seconds") == (START + timedelta(hours=1)).timestamp()
        await world.run(3700)
        seen = await samples(world, metrics)
        assert (seen("published_total", **ANA), seen("sends_total", **ANA)) == (1, 1)
        assert seen("doubts_total", **ANA) is None
        assert seen("due_to_sent_seconds_bucket", **ANA, le="1.0") == 1
        assert (seen("posts", state="published"), seen("posts", state="scheduled")) == (1, 0)
        assert seen("next_due_timestamp_seconds") is None


async def test_a_lost_answer_is_a_doubt_and_its_second_send_is_not_timed() -> None:
    async with durable_world() as world:
        metrics = watched(world)
        world.sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.DROP, effect=Effect.NONE))
        world.schedule(in_s=60)
        await world.run(3600)
        seen = await samples(world, metrics)
        assert (seen("sends_total", **ANA), seen("doubts_total", **ANA), seen("published_total", **ANA)) == (
            2,
            1,
            1,
        )
        assert seen("due_to_sent_seconds_count", **ANA) == 1


async def test_posts_that_come_to_another_end_are_counted_by_it() -> None:
    metrics = Metrics()
    async with durable_world() as world:
        post = world.post(world.schedule())
        for state in (PostState.FAILED, PostState.MISSED, PostState.NEEDS_ATTENTION):
            metrics.saved(post, replace(post, state=state))
            metrics.saved(replace(post, state=state), replace(post, state=state, revision=9))
        seen = await samples(world, metrics)
    assert [seen(f"{end}_total", **ANA) for end in ("failed", "missed", "needs_attention")] == [1, 1, 1]


async def test_calls_are_timed_by_what_came_of_them() -> None:
    metrics = Metrics()
    record = ExchangeRecord(
        method="GET", path="/me", params={}, at=START, elapsed_s=0.2, attempt=1, status=200
    )
    metrics.called(record)
    metrics.called(replace(record, error="TokenExpired", code=190))
    async with durable_world() as world:
        seen = await samples(world, metrics)
    assert seen("call_seconds_bucket", method="GET", outcome="ok", le="0.25") == 1
    assert seen("call_seconds_count", method="GET", outcome="TokenExpired") == 1


async def test_accounts_are_read_from_the_store() -> None:
    async with durable_world() as world:
        (stored,) = world.store.accounts.list()
        world.store.accounts.put(
            replace(stored, token_expires_at=world.clock.now() + timedelta(days=7, hours=12))
        )
        world.store.accounts.pause(
            "never-signed-in", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190)
        )
        seen = await samples(world, Metrics())
    assert seen("token_days_left", **ANA) == 7.5
    assert (seen("account_paused", **ANA), seen("account_paused", account="never-signed-in")) == (0, 1)


async def test_a_pause_shows_under_every_name_of_its_account() -> None:
    async with durable_world() as world:
        (stored,) = world.store.accounts.list()
        world.store.accounts.put(replace(stored, name="second", is_default=True))
        world.store.accounts.pause("second", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
        seen = await samples(world, Metrics())
    assert (seen("account_paused", **ANA), seen("account_paused", account="second")) == (1, 1)


async def test_health_is_false_when_a_post_is_overdue_or_nobody_drives() -> None:
    async with durable_world() as world:
        world.schedule(in_s=60)
        for seconds, is_driven, reasons in (
            (0, True, 0),
            (119, True, 0),
            (2, True, 1),
            (0, False, 2),
        ):
            world.clock.advance(seconds)
            seen = await health(world.store, world.clock, is_driven=is_driven)
            assert (seen.is_healthy, len(seen.reasons)) == (not reasons, reasons)
        scrape = await samples(world, Metrics(), is_driven=False)
    assert (scrape("healthy"), scrape("driver_alive"), scrape("posts_overdue")) == (0, 0, 1)


async def test_every_metric_is_documented() -> None:
    async with durable_world() as world:
        metrics = watched(world)
        world.schedule(in_s=60)
        early = await samples(world, metrics)
        await world.run(3600)
        late = await samples(world, metrics)
    for name in {*early.names(), *late.names()}:
        base = name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        assert f"`{base}`" in PAGE or name.endswith("_created"), name
