"""Makes recordings of calls to the real API that other tools recorded: HAR files and cassettes of VCR.

`import_calls` reads them, has every secret masked (`masks`), and has a fresh sandbox hold what the calls
expect to exist (`existing`). All else is kept as it was recorded.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import msgspec

from pressroom.core.clock import SYSTEM_CLOCK
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import GRAPH_FACEBOOK, GRAPH_INSTAGRAM, UPLOAD_HOST, LoginType
from pressroom.sandbox.calls.resolve import METHODS
from pressroom.sandbox.recording.exchanges import MAX_FILE_BYTES, Exchange, NotReadable, limited
from pressroom.sandbox.recording.existing import AGE_S, find_account, find_media, make_media
from pressroom.sandbox.recording.fresh import MakeSandbox, SteppedClock
from pressroom.sandbox.recording.har import is_har, read_har
from pressroom.sandbox.recording.masks import Masks
from pressroom.sandbox.recording.recorder import Line, Start, kept_settings
from pressroom.sandbox.recording.shapes import error_of, renaming
from pressroom.sandbox.recording.vcr import is_cassette, read_vcr
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.state.ids import invented_token
from pressroom.sandbox.wire.answer import parse_body

_LOGINS: Final = {
    GRAPH_INSTAGRAM: LoginType.INSTAGRAM,
    GRAPH_FACEBOOK: LoginType.FACEBOOK,
    UPLOAD_HOST: LoginType.FACEBOOK,
}
_NEITHER: Final = (
    "it is neither a recording of the sandbox, nor a HAR file (log.entries), nor a cassette of VCR "
    "(interactions, or http_interactions)"
)
_SENT_HEADERS: Final = frozenset({"content-type", "offset", "file_size", "file_url"})
_TOKEN_MISSING, _TOKEN_INVALID = 104, 190


@dataclass(frozen=True, slots=True)
class Imported:
    """A recording. numbers: of each call in the file, from 1. left_out: how many more calls the file has."""

    start: Start
    lines: list[Line]
    numbers: list[int]
    left_out: int


def import_calls(raw: bytes, make: MakeSandbox) -> Imported:
    """Import a HAR file or a cassette. Calls to other hosts, sign-ins and other logins are left out.

    Raises NotReadable for any other file, SettingRefused for YAML without its extra.
    """
    exchanges = limited(_read(raw))
    calls = [
        exchange
        for exchange in exchanges
        if exchange.host in _LOGINS
        and exchange.method in METHODS
        and exchange.status is not None
        # A sign-in's code cannot be used again.
        and not (exchange.path.endswith("/oauth/access_token") and "code" in exchange.params)
    ]
    if not calls:
        hosts = ", ".join(sorted({exchange.host or "none" for exchange in exchanges})[:5]) or "none"
        raise NotReadable(f"it holds no call to {GRAPH_INSTAGRAM} or {GRAPH_FACEBOOK}; its hosts: {hosts}")
    [(login, _)] = Counter(_LOGINS[call.host] for call in calls).most_common(1)
    calls = [call for call in calls if _LOGINS[call.host] is login]
    # No call is before the one that was recorded before it. Without times they are made now, a second apart.
    times = [call.at for call in calls if call.at is not None]
    moments, at = list[float](), times[0] if times else SYSTEM_CLOCK.now().timestamp()
    for call in calls:
        at = at + 1 if call.at is None else max(call.at, at)
        moments.append(at)

    settings = SandboxSettings(
        fetch="trust", login=login, token=invented_token(login), processing=Processing.at_once()
    )
    account_id = find_account(calls)
    if account_id is not None:
        settings = replace(settings, user_id=UserId(account_id))
    sandbox = make(settings, clock=SteppedClock(datetime.fromtimestamp(moments[0] - AGE_S, UTC)))
    ids = make_media(sandbox, find_media(calls), moments[0])
    masks = Masks(sandbox.scene.world, settings, calls, renaming(ids))
    state = msgspec.Raw(sandbox.export_state())
    return Imported(
        start=Start(compares="shape", settings=kept_settings(settings), state=state),
        lines=[_line(call, at, masks) for call, at in zip(calls, moments, strict=True)],
        numbers=[call.number for call in calls],
        left_out=len(exchanges) - len(calls),
    )


def _read(raw: bytes) -> Iterator[Exchange]:
    if len(raw) > MAX_FILE_BYTES:
        raise NotReadable(
            f"it is longer than {MAX_FILE_BYTES >> 20} MB. Leave out what is no call of the API"
        )
    if raw.lstrip()[:1] != b"{":
        if b"interactions:" not in raw:
            raise NotReadable(_NEITHER)
        return read_vcr(raw, is_json=False)
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotReadable(f"it is no JSON: {error}") from None
    if is_har(value):
        return read_har(raw)
    if is_cassette(value):
        return read_vcr(raw, is_json=True)
    raise NotReadable(_NEITHER)


def _line(call: Exchange, at: float, masks: Masks) -> Line:
    answer = parse_body(masks.text(call.answer))
    headers = {name: masks.text(value) for name, value in call.headers.items() if name in _SENT_HEADERS}
    target, body = masks.text(call.target), call.body
    if body is not None and headers.get("content-type", "").startswith("multipart/"):
        # A secret of a form's part has its name on another line, where no mask would find it.
        body, headers["content-type"] = msgspec.json.encode(call.params).decode(), "application/json"
    body = None if body is None else masks.text(body)
    code, token = (error_of(answer) or {}).get("code"), masks.token_for(call)
    if code == _TOKEN_INVALID:
        # Here every token is valid: one that the API refused becomes an unknown one.
        target = target.replace(token, masks.wrong_token)
        body = body and body.replace(token, masks.wrong_token)
        token = masks.wrong_token
    if code != _TOKEN_MISSING:
        # Always, since tools that leave secrets out of their files leave the token out.
        headers["authorization"] = f"OAuth {token}"
    return Line(
        at=at,
        method=call.method,
        target=target,
        host=call.host,
        scheme="https",
        headers=headers,
        body=body or None,
        body_bytes=call.body_bytes,
        status=call.status,
        answer=answer,
    )
