"""What following the journal costs: many followers beside one, how late news is, and streams beside requests.

    python bench/live.py [--quick] [--stores sqlite postgresql]

On each store another process writes 100 events a second. CPU is that of a process in which 50 followers, or
one, take them; lateness is the time from before another process's commit until a follower has the event.
Reconnects are 10,000 followers one after another, each from a cursor. In the end a server of ours holds 200
streams of events and answers 100 requests a second beside them. Linux only: it reads /proc.
Ends with status 1 when a budget is missed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import store as store_bench
from idle import memory_mb
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from pressroom.core.journal import JournalEvent
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.service import Pressroom
from pressroom.serving.limits import Limits, admit, limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, listen
from pressroom.store.store import open_store

MOST_CPU_RATIO: Final = 1.5
MOST_LATE_MS: Final = 300.0
MOST_GROWTH_MB: Final = 3.0
FOLLOWERS, EVENTS_A_S = 50, 100
STREAMS, OF_CALLER, REQUESTS_A_S = 200, 8, 100


def session(address: str) -> Pressroom:
    if address.startswith("postgresql"):
        return Pressroom(settings=Settings(home=Path(tempfile.mkdtemp()), database_url=Secret(address)))
    return Pressroom(settings=Settings(home=Path(address).parent))


def write(address: str, a_second: float, seconds: float) -> None:
    """Append events at a steady pace; the text of each is when it was written."""
    with open_store(address) as store:
        started = time.monotonic()
        for number in range(int(a_second * seconds)):
            time.sleep(max(0.0, started + number / a_second - time.monotonic()))
            event = JournalEvent(
                subject_id="live", at=datetime.now(UTC), step="written", text=repr(time.time())
            )
            store.events.append(event)


async def follow(address: str, followers: int) -> dict[str, float]:
    """Let so many follow until stdin has a line; returns the share of a core, and how late events came."""
    late_ms = list[float]()

    async def take() -> None:
        async for entry in pressroom.work.changes():
            late_ms.append((time.time() - float(entry.event.text)) * 1000)

    async with session(address) as pressroom:
        await pressroom.work.cursor()
        taking = [asyncio.create_task(take()) for _ in range(followers)]
        await asyncio.sleep(1)
        before, started = time.process_time(), time.monotonic()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        cpu = (time.process_time() - before) / (time.monotonic() - started)
    await asyncio.gather(*taking)
    p95 = statistics.quantiles(late_ms, n=20)[-1] if late_ms else 0.0
    return {"cpu": cpu, "events": len(late_ms), "p95_ms": p95}


async def reconnect(address: str, times: int) -> dict[str, float]:
    """Follow anew so many times from a cursor, and see how memory grows beyond the first tenth."""
    async with session(address) as pressroom:
        start, first = await pressroom.work.cursor(), 0.0
        await asyncio.to_thread(write, address, 1000, 0.02)
        # On a server events wait for transactions that began before them.
        while len([entry async for entry in _taken(pressroom, start, 20)]) < 20:
            pass
        for number in range(times):
            if number == times // 10:
                first = memory_mb(os.getpid())
            async for _ in _taken(pressroom, start, 20):
                pass
        return {"first_mb": first, "last_mb": memory_mb(os.getpid())}


async def _taken(pressroom: Pressroom, start: str, most: int) -> AsyncGenerator[None]:
    changes, count = pressroom.work.changes(start), 0
    async for _ in changes:
        yield
        count += 1
        if count == most:
            await changes.aclose()
            return


async def serve(address: str) -> None:
    """Serve streams of the journal and small requests, until stdin ends."""
    async with session(address) as pressroom:

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope)
            if not admit(scope, request.headers.get("caller")):
                answer = PlainTextResponse("Too many", 429)
            elif request.url.path == "/changes":
                entries = pressroom.work.changes()
                lines = (f"id: {entry.cursor}\ndata: {entry.event.text}\n\n" async for entry in entries)
                answer = StreamingResponse(lines, media_type="text/event-stream")
            else:
                answer = PlainTextResponse(await pressroom.work.cursor())
            await answer(scope, receive, send)

        listener = listen()
        limits = replace(Limits(), streams=STREAMS, streams_of_caller=OF_CALLER)
        async with running(app, listener, limited(limits)):
            print(address_of(listener), flush=True)
            await asyncio.to_thread(sys.stdin.readline)


async def ask_beside_streams(base_url: str, address: str, seconds: float) -> dict[str, float]:
    """Hold the streams, and ask beside them; returns how many answers and events came, and how fast."""
    answers, events, late_ms = 0, 0, list[float]()
    plenty = aiohttp.TCPConnector(limit=0, force_close=True)

    async def hold(client: aiohttp.ClientSession, caller: str) -> None:
        nonlocal events
        async with client.get(f"{base_url}/changes", headers={"caller": caller}) as answer:
            answer.raise_for_status()
            async for line in answer.content:
                events += line.startswith(b"data:")

    async def ask(client: aiohttp.ClientSession, caller: str) -> None:
        nonlocal answers
        started = time.perf_counter()
        async with client.get(base_url, headers={"caller": caller}) as answer:
            answers += answer.status == 200 and bool(await answer.text())
        late_ms.append((time.perf_counter() - started) * 1000)

    async with aiohttp.ClientSession(connector=plenty, timeout=aiohttp.ClientTimeout(60)) as client:
        streams = [asyncio.create_task(hold(client, f"{n // OF_CALLER}")) for n in range(STREAMS)]
        await asyncio.sleep(3)
        refused = sum(stream.done() for stream in streams)
        writing = asyncio.create_task(asyncio.to_thread(write, address, 10, seconds))
        started, asking = time.monotonic(), list[asyncio.Task[None]]()
        for number in range(int(REQUESTS_A_S * seconds)):
            await asyncio.sleep(max(0.0, started + number / REQUESTS_A_S - time.monotonic()))
            asking.append(asyncio.create_task(ask(client, f"asking {number % 10}")))
        await asyncio.gather(*asking, writing)
        await asyncio.sleep(1)
        for stream in streams:
            stream.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*streams, return_exceptions=True)
    return {
        "answers": answers,
        "of": len(asking),
        "refused": refused,
        "events": events,
        "p95_ms": statistics.quantiles(late_ms, n=20)[-1],
    }


def child(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


def run_child(*words: str) -> Any:  # noqa: ANN401  # JSON
    with child(*words) as process:
        return json.loads(process.communicate()[0].splitlines()[-1])


def followed(address: str, followers: int, seconds: float, a_second: int) -> dict[str, float]:
    """Have a process follow while another one writes."""
    with child("--child", "follow", address, str(followers)) as following:
        assert following.stdout
        following.stdout.readline()
        if a_second:
            child("--child", "write", address, str(a_second), str(seconds)).communicate()
        time.sleep(1.0 if a_second else seconds)
        return json.loads(following.communicate("\n")[0].splitlines()[-1])


def verdict(words: str, *, is_kept: bool) -> bool:
    print(f"{words}: {'kept' if is_kept else 'MISSED'}", flush=True)
    return is_kept


def measure_following(kind: str, address: str, seconds: float) -> list[bool]:
    kept = list[bool]()
    for a_second in (0, EVENTS_A_S):
        one, many = (followed(address, followers, seconds, a_second) for followers in (1, FOLLOWERS))
        ratio = many["cpu"] / one["cpu"]
        words = (
            f"{kind}, {a_second} events a second: {FOLLOWERS} followers {many['cpu']:.2%} of a core, one "
            f"{one['cpu']:.2%}, ratio {ratio:.2f}"
        )
        if a_second:
            print(f"{words}; {many['events']:,.0f} events taken", flush=True)
            for name, result in (("one follower", one), (f"{FOLLOWERS} followers", many)):
                late = f"{kind}, {name}: p95 from before a commit {result['p95_ms']:.0f} ms"
                budget = f"budget {MOST_LATE_MS:.0f} ms"
                kept.append(verdict(f"{late}; {budget}", is_kept=result["p95_ms"] < MOST_LATE_MS))
        else:
            kept.append(verdict(f"{words}; budget {MOST_CPU_RATIO}", is_kept=ratio < MOST_CPU_RATIO))
    return kept


def measure(kind: str, seconds: float, reconnects: int) -> list[bool]:
    with store_bench.addresses(kind) as new:
        address = new()
        with open_store(address):
            pass
        kept = measure_following(kind, address, seconds)
        memory = run_child("--child", "reconnect", address, str(reconnects))
        growth = memory["last_mb"] - memory["first_mb"]
        words = f"{kind}: {reconnects:,} reconnects, {memory['first_mb']:.1f} MB and {growth:+.1f} MB"
        kept.append(verdict(f"{words}; budget {MOST_GROWTH_MB:.0f} MB more", is_kept=growth < MOST_GROWTH_MB))
        with child("--child", "serve", address) as serving:
            assert serving.stdout
            base_url = serving.stdout.readline().strip()
            found = asyncio.run(ask_beside_streams(base_url, address, seconds))
            serving.communicate("\n")
        all_events = STREAMS * int(10 * seconds)
        words = (
            f"{kind}: {STREAMS} streams, {found['refused']:.0f} refused, {found['events']:,.0f} of "
            f"{all_events:,} events; {found['answers']:,.0f} of {found['of']:,.0f} requests answered, p95 "
            f"{found['p95_ms']:.0f} ms"
        )
        is_kept = not found["refused"] and found["events"] == all_events and found["answers"] == found["of"]
        return [*kept, verdict(words, is_kept=is_kept)]


def run_as_child(what: str, address: str, *numbers: str) -> None:
    match what, [float(number) for number in numbers]:
        case "write", [a_second, seconds]:
            write(address, a_second, seconds)
        case "follow", [followers]:
            print(json.dumps(asyncio.run(follow(address, int(followers)))))
        case "reconnect", [times]:
            print(json.dumps(asyncio.run(reconnect(address, int(times)))))
        case _:
            asyncio.run(serve(address))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a few seconds: does it run?")
    parser.add_argument("--stores", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_as_child(*options.child)
        return 0
    seconds, reconnects = (4.0, 500) if options.quick else (20.0, 10_000)
    kept = [is_kept for kind in options.stores for is_kept in measure(kind, seconds, reconnects)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
