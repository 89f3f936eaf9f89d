"""What is said of this machine, the store, hosting and programs."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pressroom.accounts.keys import KeyPlace
from pressroom.core.actor import ActorId
from pressroom.core.consent import Grant, GrantId
from pressroom.core.errors import HostFailed, MediaRefused, Refused, StoreFailed, StoreRefused
from pressroom.core.protocols import RouteAnswer
from pressroom.core.reading_settings import Tunnel, Way
from pressroom.service.doctor import judge_hosting as hosting
from pressroom.service.doctor import judge_machine as machine
from pressroom.service.doctor.facts import (
    AgentFacts,
    ClockFacts,
    Disk,
    HostingFacts,
    OpenPath,
    StoreFacts,
    StoreState,
)
from tests.service.doctor.cases import BAD_SETTING, FAIL, HOME, NOW, OK, UNKNOWN, WARN, Case
from tests.service.doctor.cases import machine as a_machine

NO_FFMPEG = MediaRefused("None came along.", rule="ffmpeg", fix="Set FFMPEG_PATH.")
LISTED, KEY = OpenPath(HOME, 0o755), OpenPath(HOME / "token.key", 0o644)


def with_free(size: int | None) -> Disk:
    return Disk(Path("/data"), size)


MACHINE = (
    Case(machine.python, a_machine(), OK, "3.11.7"),
    Case(machine.python, a_machine(python=(3, 10, 4)), FAIL, "3.10.4"),
    Case(machine.settings, a_machine(), OK, "can be read"),
    Case(machine.settings, a_machine(refused=(BAD_SETTING,)), FAIL, "not a key"),
    Case(machine.ffmpeg, a_machine(), OK, "7.1"),
    Case(machine.ffmpeg, a_machine(ffmpeg=NO_FFMPEG), FAIL, "None came along"),
    Case(machine.ffmpeg, a_machine(ffmpeg=None), UNKNOWN, "no answer"),
    *(
        case
        for check, name in ((machine.data_disk, "data"), (machine.temporary_disk, "temporary"))
        for case in (
            Case(check, a_machine(), OK, "90.0 GB"),
            Case(check, a_machine(**{name: with_free(1_900_000_000)}), WARN, "2 GB"),
            Case(check, a_machine(**{name: with_free(100_000_000)}), FAIL, "0.5 GB"),
            Case(check, a_machine(**{name: with_free(None)}), UNKNOWN, "/data"),
        )
    ),
    Case(machine.clock, ClockFacts(-30.0), OK, "within 30 s"),
    Case(machine.clock, ClockFacts(31.0), WARN, "31 s ahead"),
    Case(machine.clock, ClockFacts(-300.0), WARN, "behind"),
    Case(machine.clock, ClockFacts(301.0), FAIL, "5 min ahead"),
    Case(machine.clock, ClockFacts(), UNKNOWN, "nothing to compare"),
    Case(machine.private_files, a_machine(), OK, "alone"),
    Case(machine.private_files, a_machine(open_paths=None), OK, "no data directory of this"),
    # Nobody reaches what is in a directory that they cannot enter.
    Case(machine.private_files, a_machine(open_paths=(KEY,)), OK, "alone"),
    Case(machine.private_files, a_machine(open_paths=(LISTED,)), WARN, "list"),
    Case(machine.private_files, a_machine(open_paths=(LISTED, KEY)), FAIL, "token.key"),
    Case(machine.private_files, a_machine(open_paths=(OpenPath(HOME, 0o777),)), FAIL, "write"),
    Case(machine.sealing_key, a_machine(key=KeyPlace.ENVIRONMENT), OK, "PRESSROOM_KEY"),
    Case(machine.sealing_key, a_machine(key=KeyPlace.KEYRING), OK, "keyring"),
    Case(machine.sealing_key, a_machine(key=KeyPlace.FILE), OK, "beside the store"),
    Case(machine.sealing_key, a_machine(key=KeyPlace.NONE), OK, "first sign-in"),
    Case(machine.sealing_key, a_machine(is_store_shared=True), WARN, "several"),
    Case(machine.sealing_key, a_machine(key=BAD_SETTING), FAIL, "not a key"),
    Case(machine.sealing_key, a_machine(key=None), None),
)


def a_store(**changes: Any) -> StoreFacts:
    fine: dict[str, Any] = {
        "where": "/data/pressroom.db",
        "state": StoreState.OPEN,
        "damage": (),
        "is_worker_running": True,
        "planned": 3,
        "overdue": 0,
        "in_doubt": 0,
    }
    return StoreFacts(**{**fine, **changes})


NEWER = StoreRefused("A newer Pressroom made it.", rule="store_revision", fix="Upgrade this program.")
NO_LOG = StoreFailed("The log cannot be used: it is a FIFO.", fix="Move it away.")
NO_STORE = StoreFacts(where="/data", state=StoreState.NONE)
BEHIND = StoreFacts(where="/data/pressroom.db", state=StoreState.BEHIND)
CLOSED = StoreFacts(where="/data/pressroom.db", state=StoreState.CLOSED, error=NEWER)
STORE = (
    Case(machine.store_opens, a_store(), OK, "/data/pressroom.db"),
    Case(machine.store_opens, NO_STORE, OK, "none yet"),
    Case(machine.store_opens, CLOSED, FAIL, "newer Pressroom"),
    Case(machine.store_revision, a_store(), OK, "this program's"),
    Case(machine.store_revision, BEHIND, WARN, "earlier"),
    Case(
        machine.store_revision,
        StoreFacts(where="server", state=StoreState.BEHIND, is_server=True),
        FAIL,
        "pressroom db upgrade",
    ),
    Case(machine.store_revision, NO_STORE, None),
    Case(machine.store_revision, CLOSED, None),
    Case(machine.store_sound, a_store(), OK, "sound"),
    Case(machine.store_sound, a_store(damage=("post 3 cannot be read",)), FAIL, "post 3"),
    Case(machine.store_sound, a_store(damage=NEWER), UNKNOWN, "pressroom db check"),
    Case(machine.store_sound, NO_STORE, None),
    Case(machine.worker, a_store(), OK, "runs"),
    Case(machine.worker, NO_STORE, OK, "none is needed"),
    Case(machine.worker, a_store(is_worker_running=False, planned=0), OK, "nothing is planned"),
    Case(machine.worker, a_store(is_worker_running=False), WARN, "3 posts are planned"),
    Case(machine.worker, a_store(is_worker_running=False, planned=1, overdue=1), FAIL, "1 post is planned"),
    Case(machine.worker, CLOSED, UNKNOWN, "not known"),
    Case(machine.send_log, a_store(), OK, "can be written"),
    Case(machine.send_log, a_store(send_log_failure=NO_LOG), FAIL, "it is a FIFO"),
    Case(machine.send_log, NO_STORE, None),
    Case(machine.overdue, a_store(), OK),
    Case(machine.overdue, a_store(overdue=2), FAIL, "2 posts are past"),
    Case(machine.overdue, NO_STORE, None),
    Case(machine.in_doubt, a_store(), OK),
    Case(machine.in_doubt, a_store(in_doubt=1), FAIL, "pressroom queue reconcile"),
    Case(machine.in_doubt, NO_STORE, None),
)

FINE = RouteAnswer(status=200, content_type="image/jpeg", is_ours=True, range_status=206, head_status=200)
NO_WAY = Refused("Nothing makes the files reachable.", rule="no_host", fix="Choose one way.")
ONE_WRONG = {Way.S3: None, Way.CLOUDINARY: BAD_SETTING}
OUR_ADDRESS = "https://media.example.com"


def a_host(**changes: Any) -> HostingFacts:
    fine: dict[str, Any] = {
        "ways": (Way.SIGNED,),
        "clips": (Way.SIGNED,),
        "address": OUR_ADDRESS,
        "route": FINE,
    }
    return HostingFacts(**{**fine, **changes})


def planned_by(*ways: Way) -> HostingFacts:
    return a_host(ways=ways, tunnel=Tunnel("cloudflared"), program="/bin/cloudflared", planned=2)


def answered(**changes: Any) -> HostingFacts:
    return a_host(route=replace(FINE, **changes))


HOSTING = (
    Case(hosting.ways, a_host(), OK, "our own media route"),
    Case(hosting.ways, a_host(clips=(Way.UPLOAD, Way.SIGNED)), OK, "clips by the resumable upload, then"),
    Case(hosting.ways, a_host(ways=NO_WAY, clips=(Way.UPLOAD,)), WARN, "clips go by"),
    Case(hosting.ways, a_host(ways=NO_WAY, clips=NO_WAY), WARN, "Choose one way"),
    Case(hosting.ways, a_host(ways=BAD_SETTING), FAIL, "named"),
    Case(hosting.ways, HostingFacts(), None),
    Case(hosting.public_address, a_host(), OK, OUR_ADDRESS),
    Case(hosting.public_address, a_host(unreachable="it is not https"), FAIL, "not https"),
    Case(hosting.public_address, HostingFacts(), None),
    Case(hosting.public_answer, a_host(), OK, "gives the file"),
    Case(hosting.public_answer, answered(status=0, is_ours=False, is_trusted=False), FAIL, "certificate"),
    Case(hosting.public_answer, answered(status=302, is_ours=False), FAIL, "redirect"),
    Case(hosting.public_answer, answered(content_type="text/html", is_ours=False), FAIL, "web page"),
    Case(hosting.public_answer, answered(content_type="image/webp"), FAIL, "image/webp"),
    Case(hosting.public_answer, answered(is_ours=False), FAIL, "another file"),
    Case(hosting.public_answer, answered(status=403, is_ours=False), FAIL, "PRESSROOM_KEY"),
    Case(hosting.public_answer, answered(status=404, is_ours=False), FAIL, "PRESSROOM_HOME"),
    Case(hosting.public_answer, answered(status=502, is_ours=False), FAIL, "PRESSROOM_MEDIA_PORT"),
    Case(hosting.public_answer, answered(status=401, is_ours=False), FAIL, "refuses"),
    Case(hosting.public_answer, a_host(route=HostFailed("No answer.", fix="Look.")), UNKNOWN, "No answer"),
    Case(hosting.public_answer, HostingFacts(), None),
    Case(hosting.public_range, a_host(), OK, "206"),
    Case(hosting.public_range, answered(range_status=200), WARN, "HTTP 200"),
    Case(hosting.public_range, answered(status=404, is_ours=False), None),
    Case(hosting.public_head, a_host(), OK),
    Case(hosting.public_head, answered(head_status=405), WARN, "HTTP 405"),
    Case(hosting.public_head, HostingFacts(), None),
    Case(hosting.remote_hosts, a_host(remote={Way.S3: None}), OK, "S3"),
    Case(hosting.remote_hosts, a_host(remote=ONE_WRONG), FAIL, "Cloudinary"),
    Case(hosting.remote_hosts, HostingFacts(), None),
    Case(hosting.tunnel, a_host(tunnel=Tunnel("ngrok"), program="/bin/ngrok"), OK, "for no worker"),
    Case(hosting.tunnel, a_host(tunnel=Tunnel("tailscale"), program="/bin/ts"), OK, "of your own"),
    Case(hosting.tunnel, a_host(ways=NO_WAY, tunnel=Tunnel("ngrok"), program=NO_WAY), FAIL, "not on PATH"),
    Case(hosting.tunnel, a_host(tunnel=Tunnel("ngrok"), program=NO_WAY), WARN, "not on PATH"),
    Case(hosting.tunnel, planned_by(Way.TUNNEL), WARN, "2 posts with files of this machine planned"),
    Case(hosting.tunnel, planned_by(Way.S3, Way.CLOUDINARY), OK, "for no worker"),
    Case(hosting.tunnel, HostingFacts(), None),
)


def a_grant(ends_at: datetime | None) -> Grant:
    return Grant(
        id=GrantId("9"),
        actor=ActorId("program:planner"),
        verbs=("publish",),
        accounts=("ana",),
        per_day=3,
        granted_by=ActorId("person:anna"),
        created_at=NOW,
        ends_at=ends_at,
    )


UNREAD = AgentFacts(requires_terminal=None, grants=None, waiting=None)
AGENTS = (
    Case(hosting.who_is_a_program, AgentFacts(), OK, "no program acts"),
    Case(hosting.who_is_a_program, AgentFacts(requires_terminal=True, waiting=2), OK, "terminal"),
    Case(hosting.who_is_a_program, AgentFacts(waiting=1), WARN, "pressroom approve require-terminal on"),
    Case(hosting.who_is_a_program, UNREAD, UNKNOWN),
    Case(hosting.agents_shell, AgentFacts(), OK, "no mark"),
    Case(hosting.agents_shell, AgentFacts(marks=("CLAUDECODE", "AI_AGENT")), OK, "(CLAUDECODE, AI_AGENT)"),
    Case(
        hosting.agents_shell,
        AgentFacts(marks=("CLAUDECODE",), takes_agent_shells=False),
        WARN,
        "pressroom approve agent-shells on",
    ),
    Case(hosting.agents_shell, AgentFacts(marks=("CLAUDECODE",), takes_agent_shells=None), UNKNOWN),
    Case(hosting.standing_consents, AgentFacts(), OK, "nothing"),
    Case(hosting.standing_consents, AgentFacts(grants=(a_grant(NOW),)), OK, "planner may publish, 3 a day"),
    Case(hosting.standing_consents, AgentFacts(grants=(a_grant(None),)), WARN, "pressroom approve allowed"),
    Case(hosting.standing_consents, UNREAD, UNKNOWN),
    Case(hosting.proposals, AgentFacts(), OK, "none"),
    Case(hosting.proposals, AgentFacts(waiting=1), WARN, "1 waits"),
    Case(hosting.proposals, UNREAD, UNKNOWN),
)

CASES = (*MACHINE, *STORE, *HOSTING, *AGENTS)
