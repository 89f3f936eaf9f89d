"""Checks of how local files get to Instagram, as seen from outside; and of what programs may do."""

from collections.abc import Callable
from dataclasses import dataclass

from pressroom.core.actor import shown_id
from pressroom.core.errors import PressroomError, SettingRefused
from pressroom.core.protocols import RouteAnswer
from pressroom.core.reading_settings import Way
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.doctor.facts import AgentFacts, HostingFacts
from pressroom.service.doctor.findings import Checks, Group, Judgement, Verdict, fail, ok, unknown, warn

HOSTING_CHECKS = Checks[HostingFacts]()
AGENT_CHECKS = Checks[AgentFacts]()

_OK, _PARTIAL, _FORBIDDEN, _NOT_FOUND, _SERVER = 200, 206, 403, 404, 500
_REDIRECTS = range(300, 400)
_TYPE = "image/jpeg"
_NOT_FETCHED = "Local files of pictures, and clips of Instagram Login, fail to be fetched."


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.WARN, Verdict.FAIL)
def ways(facts: HostingFacts) -> Judgement | None:
    """By which ways local files go."""
    pictures = facts.ways
    if pictures is None:
        return None
    if not isinstance(pictures, PressroomError):
        clips = facts.clips if isinstance(facts.clips, tuple) else pictures
        more = "" if clips == pictures else f"; clips by {_list(clips)}"
        return ok(f"pictures go by {_list(pictures)}{more}")
    # A way that is named was meant to work. With none, files at an https address still go.
    is_wrong = isinstance(pictures, SettingRefused)
    clips = f"; clips go by {_list(facts.clips)}" if isinstance(facts.clips, tuple) else ""
    return (fail if is_wrong else warn)(
        f"{'a way is named that is not set up' if is_wrong else 'none for pictures'}{clips}",
        cause=pictures.message,
        consequence="Files of this machine cannot be published; those at an https address can.",
        remedy=pictures.advice,
    )


def _list(some: tuple[Way, ...]) -> str:
    return ", then ".join(way.words for way in some)


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.FAIL)
def public_address(facts: HostingFacts) -> Judgement | None:
    """Whether PRESSROOM_PUBLIC_URL is one that Instagram could fetch from."""
    if facts.address is None:
        return None
    if facts.unreachable is None:
        return ok(facts.address)
    return fail(
        f"PRESSROOM_PUBLIC_URL is {facts.address}",
        cause=f"Instagram could not fetch it: {facts.unreachable}.",
        consequence=_NOT_FETCHED,
        remedy="Set it to the https address that the tunnel, or your own server, has on the internet.",
    )


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.FAIL, Verdict.UNKNOWN)
def public_answer(facts: HostingFacts) -> Judgement | None:
    """Whether a signed address of ours gives the file, and nothing else."""
    answer = facts.route
    if answer is None:
        return None
    # This machine's network is not Instagram's: a tunnel may answer there and not here.
    if isinstance(answer, PressroomError):
        return unknown(
            "the address cannot be reached from here",
            cause=answer.message,
            consequence="Whether Instagram reaches it is not known: it may, from another network.",
            remedy=answer.advice if answer.advice.text else "Open the address from another network.",
        )
    if _is_fine(answer):
        return ok("a signed address of ours gives the file")
    wrong = next(each for each in _WRONG if each.is_so(answer))
    seen = wrong.seen.format(status=answer.status, kind=answer.content_type or "no type")
    return fail(seen, cause=wrong.cause, consequence=_NOT_FETCHED, remedy=wrong.remedy)


def _is_fine(answer: RouteAnswer) -> bool:
    return answer.status == _OK and answer.is_ours and answer.content_type == _TYPE


@dataclass(frozen=True, slots=True)
class _Wrong:
    """One thing that may be wrong with an answer. seen: with {status} and {kind}."""

    is_so: Callable[[RouteAnswer], bool]
    seen: str
    cause: str
    remedy: str


# The first that applies is told.
_WRONG = (
    _Wrong(
        lambda answer: not answer.is_trusted,
        "its certificate is not trusted",
        "It is self-signed, has ended, or is of another name.",
        "Give the address a certificate that browsers take.",
    ),
    _Wrong(
        lambda answer: answer.status in _REDIRECTS,
        "it answers HTTP {status}, a redirect",
        "Something before our route sends callers elsewhere, as to www., to https, or to a sign-in.",
        "Set PRESSROOM_PUBLIC_URL to where it leads, or let /media through without a sign-in.",
    ),
    _Wrong(
        lambda answer: answer.status == _OK and "html" in answer.content_type,
        "it answers with a web page",
        "A sign-in, or a tunnel's page for visitors, stands before our route.",
        "Let /media through without it.",
    ),
    _Wrong(
        lambda answer: answer.status == _OK and not answer.is_ours,
        "it answers another file, {kind}",
        "Something on the way changes files.",
        "Let it pass /media on as it is.",
    ),
    _Wrong(
        lambda answer: answer.status == _OK,
        "it answers the file as {kind}",
        "Something on the way changes types.",
        "Let it pass /media on as it is.",
    ),
    _Wrong(
        lambda answer: answer.status in (_FORBIDDEN, _NOT_FOUND),
        "it answers HTTP {status} to our own signed address",
        "Another program answers there, or one of ours with another data directory or PRESSROOM_KEY.",
        "Lead it to PRESSROOM_MEDIA_PORT, and give both the same PRESSROOM_HOME and PRESSROOM_KEY.",
    ),
    _Wrong(
        lambda answer: answer.status >= _SERVER,
        "it answers HTTP {status}",
        "Nothing stands behind the tunnel or the server.",
        "Set PRESSROOM_MEDIA_PORT to the port that the tunnel leads to.",
    ),
    _Wrong(
        lambda _answer: True,
        "it answers HTTP {status}",
        "Something before our route refuses.",
        "Let /media through.",
    ),
)


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.WARN)
def public_range(facts: HostingFacts) -> Judgement | None:
    """Whether parts of a file can be fetched, as Instagram does with clips."""
    answer = facts.route
    # Where the whole file does not come, `public_answer` says so, and its parts tell nothing more.
    if not isinstance(answer, RouteAnswer) or not _is_fine(answer):
        return None
    if answer.range_status == _PARTIAL:
        return ok("parts of a file are given (HTTP 206)")
    return warn(
        f"a part is answered with {_http(answer.range_status)}",
        cause="Something on the way drops the Range header.",
        consequence="Clips fail to be fetched, large ones first.",
        remedy="Let it pass the Range header on, and our answer as it is.",
    )


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.WARN)
def public_head(facts: HostingFacts) -> Judgement | None:
    """Whether HEAD is answered, by which size and type are asked before a fetch."""
    answer = facts.route
    if not isinstance(answer, RouteAnswer) or not _is_fine(answer):
        return None
    if answer.head_status == _OK:
        return ok("HEAD is answered")
    return warn(
        f"HEAD is answered with {_http(answer.head_status)}",
        cause="Something before our route lets GET alone through.",
        consequence="Whoever asks for size and type first takes the file for missing.",
        remedy="Let HEAD through to /media.",
    )


def _http(status: int | None) -> str:
    return "nothing" if status is None else f"HTTP {status}"


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.FAIL)
def remote_hosts(facts: HostingFacts) -> Judgement | None:
    """Whether the addresses of remote hosts can be read."""
    if not facts.remote:
        return None
    wrong = next(((way, error) for way, error in facts.remote.items() if error is not None), None)
    if wrong is None:
        return ok(f"set up: {', '.join(way.words for way in facts.remote)}")
    way, error = wrong
    return fail(
        f"{way.words} cannot be used",
        cause=error.message,
        consequence="Local files that would go by it are refused.",
        remedy=error.advice,
    )


@HOSTING_CHECKS.check(Group.HOSTING, Verdict.WARN, Verdict.FAIL)
def tunnel(facts: HostingFacts) -> Judgement | None:
    """Whether the tunnel's program is there, and what the tunnel will do for."""
    if facts.tunnel is None or facts.program is None:
        return None
    if isinstance(facts.program, PressroomError):
        is_left_out = isinstance(facts.ways, tuple)
        return (warn if is_left_out else fail)(
            f"{facts.tunnel.program} is not on PATH",
            cause=facts.program.message,
            consequence="Files go by the other ways alone."
            if is_left_out
            else "Local files that would go by the tunnel are refused.",
            remedy=facts.program.advice,
        )
    if not facts.tunnel.is_quick:
        return ok(f"{facts.program}: a tunnel of your own")
    seen = f"{facts.program}: a quick tunnel, for commands and for no worker"
    ways = facts.ways if isinstance(facts.ways, tuple) else ()
    if not facts.planned or ways[:1] != (Way.TUNNEL,):
        return ok(seen)
    return warn(
        f"{seen}; {facts.planned} post{'s' * (facts.planned > 1)} with files of this machine planned",
        cause="Planned posts go out by a worker, which takes no quick tunnel: nothing is promised of one.",
        consequence="No worker starts, and the planned posts stay.",
        remedy="Without a domain of your own: set up Cloudinary (CLOUDINARY_URL) or a bucket "
        "(PRESSROOM_S3_URL) and unset PRESSROOM_TUNNEL, or set PRESSROOM_TUNNEL=tailscale (Funnel). With a "
        "domain: PRESSROOM_TUNNEL=cloudflared:NAME@HOST.",
    )


_NO_STORE = "The store cannot be read."


@AGENT_CHECKS.check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def who_is_a_program(facts: AgentFacts) -> Judgement:
    """Whether somebody without a terminal counts as a program."""
    if facts.requires_terminal is None:
        return _untold("whether a terminal is required")
    if facts.requires_terminal:
        return ok("whoever is not at a terminal counts as a program, and needs a person's consent")
    # Where no program acts, a required terminal would only keep out scripts of the person.
    if not (facts.grants or facts.waiting):
        return ok("no program acts here; all that this user runs counts as the person")
    return warn(
        "programs act here, and no terminal is required",
        cause="Whoever runs a command as this user counts as the person.",
        consequence="A program with a shell publishes without being asked.",
        remedy=Fix.of("Require one: {}.", Remedy(RemedyKind.REQUIRE_TERMINAL)),
    )


@AGENT_CHECKS.check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def agents_shell(facts: AgentFacts) -> Judgement:
    """Whether this shell is a known agent's, and counts as a program."""
    if not facts.marks:
        return ok("this shell carries no mark of a known agent")
    marks = ", ".join(facts.marks)
    if facts.takes_agent_shells is None:
        return _untold("whether an agent's shell counts as a program")
    if facts.takes_agent_shells:
        return ok(f"this shell is an agent's ({marks}), and counts as a program but on a sandbox")
    return warn(
        f"this shell is an agent's ({marks}), and counts as the person's",
        cause="Somebody switched off that agents' shells are programs.",
        consequence="An agent with a shell publishes without being asked.",
        remedy=Fix.of("Switch it on again: {}.", Remedy(RemedyKind.AGENT_SHELLS)),
    )


@AGENT_CHECKS.check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def standing_consents(facts: AgentFacts) -> Judgement:
    """Whether what programs may do without asking has an end."""
    if facts.grants is None:
        return _untold("what programs may do without asking")
    if not facts.grants:
        return ok("programs may let nothing out without asking")
    seen = "; ".join(
        f"{shown_id(grant.actor)} may {', '.join(grant.verbs)}, {grant.per_day} a day"
        for grant in facts.grants
    )
    if all(grant.ends_at is not None for grant in facts.grants):
        return ok(seen)
    return warn(
        seen,
        cause="A standing consent has no end.",
        consequence="It holds when nobody thinks of it any more.",
        remedy=Fix.of("See: {}. Withdraw it, and give one with an end.", Remedy(RemedyKind.LIST_GRANTS)),
    )


@AGENT_CHECKS.check(Group.AGENTS, Verdict.WARN, Verdict.UNKNOWN)
def proposals(facts: AgentFacts) -> Judgement:
    """Whether programs wait for a person."""
    if facts.waiting is None:
        return _untold("whether programs wait for a person")
    if not facts.waiting:
        return ok("none waits")
    return warn(
        f"{facts.waiting} wait{'s' if facts.waiting == 1 else ''} for a person",
        cause="A program wants something let out, and nobody has decided.",
        consequence="It ends undecided at its due time, and nothing goes out.",
        remedy=Fix.of("Decide: {}.", Remedy(RemedyKind.LIST_PROPOSALS)),
    )


def _untold(what: str) -> Judgement:
    return unknown(
        f"{what} is not known",
        cause=_NO_STORE,
        consequence="A program may do more, or wait for longer, than anybody knows.",
        remedy="Mend the store first.",
    )
