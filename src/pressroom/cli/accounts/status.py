"""What `pressroom auth status` says of each account."""

from urllib.parse import urlsplit

from pressroom.cli.accounts.telling import lines_of, permission_lines, token_end, type_of
from pressroom.cli.posts.listing import in_words, named
from pressroom.cli.shell.console import Console
from pressroom.graph.traps import trap
from pressroom.service.accounts.standings import Standing, TokenSource, TokenState

_STATES = {
    TokenState.WORKS: "works",
    TokenState.ENDED: "has ended",
    TokenState.WRONG_ACCOUNT: "of another account",
    TokenState.UNKNOWN: "not checked",
}


def show_standing(console: Console, standing: Standing, place: str) -> None:
    """Write how an account stands, and warn of what needs a person. place: where stored tokens are kept."""
    is_stored = standing.source is TokenSource.STORE
    console.data("\n".join([_head(standing), *(f"  {line}" for line in _lines(standing, place))]))
    for pause in (standing.pause_by_hand, standing.pause):
        if pause:
            by = f" by {pause.by}" if pause.by else ""
            console.warn(f"Account {standing.name} is paused{by}: {pause.reason}")
    if standing.warning:
        console.warn(standing.warning)
    for post in standing.would_miss:
        when = in_words(post.goes_out_at, post.timezone)
        console.warn(f"{named(post)} of {when} would miss.")
    if standing.hides and not is_stored:
        hidden = trap("environment-token")
        console.warn(f"INSTAGRAM_ACCESS_TOKEN goes before the stored {standing.hides}. {hidden.remedy}")


def _head(standing: Standing) -> str:
    who = f"@{standing.details.username}" if standing.details.username else standing.user_id
    if standing.source is TokenSource.ENVIRONMENT:
        return f"INSTAGRAM_ACCESS_TOKEN: {who}"
    return f"{standing.name}{' (default)' if standing.is_default else ''}: {who}"


def _lines(standing: Standing, place: str) -> list[str]:
    is_stored = standing.source is TokenSource.STORE
    where = f"sealed in {place}" if is_stored else "in INSTAGRAM_ACCESS_TOKEN, which nothing renews"
    login, kind = standing.login_type, type_of(standing.details)
    return [
        *lines_of("User id", [standing.user_id]),
        *lines_of("Login", [f"{login.label}{kind}"]),
        *lines_of("API", [f"{urlsplit(standing.api_base).netloc} {_version(standing)}"]),
        *lines_of("Token", [where, *_token(standing)]),
        *(permission_lines(login, standing.details) if is_stored else []),
        *lines_of("Times", [f"in {standing.timezone}, {_slots(standing)}"]),
    ]


def _version(standing: Standing) -> str:
    return standing.version + (f" (until {standing.version_ends})" if standing.version_ends else "")


def _token(standing: Standing) -> list[str]:
    words = _STATES[standing.state]
    if standing.state.needs_sign_in or standing.source is TokenSource.ENVIRONMENT:
        return [words]
    left = "" if standing.days_left is None else f", {standing.days_left} days left"
    return [f"{words}{left}", token_end(standing.token_expires_at, standing.details, standing.timezone)]


def _slots(standing: Standing) -> str:
    count = standing.slots_a_week
    return "no weekly slots" if not count else f"{count} weekly slot{'' if count == 1 else 's'}"
