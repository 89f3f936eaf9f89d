"""Probes that only read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.core.errors import GraphError
from pressroom.graph import calls
from pressroom.graph.answers import Insight, Page, timestamp_of
from pressroom.graph.calls import Call
from pressroom.graph.hosts import GRAPH_INSTAGRAM
from pressroom.graph.ids import ME
from pressroom.service.doctor.probes.desk import Desk, refuses
from pressroom.service.doctor.probes.told import Told, Untold

PACIFIC = "America/Los_Angeles"
_DAYS = 3


async def me(desk: Desk) -> Told:
    """Ask whom `/me` names under Unified Login."""
    hosts = await _hosts(desk)
    if await _is_read(desk, calls.user(ME, fields="id,media_count")):
        return Told(f"/me is the Instagram account.{hosts}", {"unified_me": "account"})
    return Told(f"/me is no Instagram account, but a system user.{hosts}", {"unified_me": "system_user"})


async def _hosts(desk: Desk) -> str:
    """Ask Instagram Login's host whether it takes the token, too; a sandbox is one host."""
    account = desk.client.account
    if not account.is_real:
        return ""
    other = desk.open_client(replace(account, api_base=f"https://{GRAPH_INSTAGRAM}"))
    try:
        await desk.watch(f"GET /me, on {GRAPH_INSTAGRAM}", other.send(calls.user(ME, fields="id")))
    except GraphError as error:
        return f" {GRAPH_INSTAGRAM} refuses its token ({error.code})."
    return f" {GRAPH_INSTAGRAM} takes its token, too."


async def self_inspection(desk: Desk) -> Told:
    """Ask a token about itself."""
    token = desk.client.account.token.reveal()
    try:
        is_valid = (await desk.ask(calls.token_info(token, token))).data.is_valid
    except GraphError as error:
        if not refuses(error):
            raise
        is_valid = False
    words = "A token is told about itself." if is_valid else "A token is told nothing about itself."
    return Told(words, {"self_inspection": is_valid})


async def several_ids(desk: Desk) -> Told:
    """Ask for the account by `ids=`, as Facebook's host lets one ask for several."""
    call = Call(method="GET", path="/", params={"ids": desk.user, "fields": "id"}, answer=dict[str, Any])
    try:
        answer = await desk.ask(call)
    except GraphError as error:
        if not refuses(error):
            raise
        return Told("`ids=` is refused.", {"instagram_batch": False})
    if desk.user not in answer:
        raise Untold("It was answered, and not by the id that was asked for.")
    return Told("`ids=` is answered.", {"instagram_batch": True})


async def quota(desk: Desk) -> Told:
    """Read how many posts the account may publish in a day."""
    data = (await desk.ask(calls.publishing_quota(desk.user))).data
    total = data[0].config.quota_total if data and data[0].config else None
    if total is None:
        raise Untold("The quota was read, and its total is not in it.")
    return Told(f"{total} posts in a rolling day.", {"quota_total": total})


async def insights_day(desk: Desk) -> Told:
    """Read at which moment a day of the account's numbers ends."""
    until = int(desk.client.clock.now().timestamp())
    call = Call(
        method="GET",
        path=f"/{desk.user}/insights",
        params={
            "metric": "reach",
            "period": "day",
            "since": str(until - int(timedelta(days=_DAYS).total_seconds())),
            "until": str(until),
        },
        answer=Page[Insight],
    )
    values = [value for one in (await desk.ask(call)).data for value in one.values]
    ends = [timestamp_of(one.end_time) for one in values if one.end_time]
    if not ends:
        raise Untold("There are no daily numbers with an end.")
    return _zone_of(ends, desk.zone)


def _zone_of(ends: list[datetime], own: str) -> Told:
    # Pacific first, as in Meta's samples: the login's own zone may have the same midnights.
    for zone in dict.fromkeys((PACIFIC, "UTC", own)):
        local = [end.astimezone(ZoneInfo(zone)) for end in ends]
        if all((one.hour, one.minute, one.second) == (0, 0, 0) for one in local):
            hours = ", ".join(sorted({f"{end:%H:%M}" for end in ends}))
            return Told(f"A day ends at midnight of {zone}: {hours} UTC.", {"insights_day_zone": zone})
    raise Untold(f"A day ends at {ends[-1]:%H:%M} UTC: midnight of no zone that was tried.")


async def _is_read(desk: Desk, call: Call[Any]) -> bool:
    try:
        await desk.ask(call)
    except GraphError as error:
        if not refuses(error):
            raise
        return False
    return True
