"""A page: what answers under an address, and who may ask. A row of `table.PAGES` is one.

`endpoint` first checks who asks. A PressroomError becomes a page that says it in words, or JSON for a script
of ours that shows it where it is.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pressroom.core.errors import NeedsApproval, NotFound, PressroomError, Refused, StoreFailed
from pressroom.serving.guard import FORMS_POLICY, LIVE_POLICY
from pressroom.serving.limits import body_of
from pressroom.web.site import PageRequest, Site, in_words, log

PageAnswer: TypeAlias = Callable[[Site, PageRequest], Awaitable[Response]]

CSRF_HEADER: Final = "x-pressroom-csrf"
"""Where a script of ours sends the token that forms have in a field."""

STALE_HEADER: Final = "x-pressroom-token"
"""`stale` in the response to a form whose token is not of the present session."""

_MOST_BYTES: Final = 65_536
# As many as a person sees at once and ticks.
_MOST_FIELDS: Final = 600
_STATUS: Final[Mapping[type[PressroomError], int]] = {
    NotFound: 404,
    StoreFailed: 503,
    NeedsApproval: 403,
    Refused: 422,
}
_OTHER_STATUS: Final = 409
_CSP: Final = "content-security-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address, and what answers there.

    path: as Starlette writes it. method: a POST of a signed-in user has to come from a form of their page.
    is_open: it answers without a session, which every other page requires; its address or its form must have
    a secret of its own to show anything. decides: it is one of those that let something out: they have no
    script and tokens of their own, and a script of another page cannot read them. takes_body: its answer
    reads the body itself; the token is in the header. menu: its name in the menu of all pages; empty for one
    that is not there.
    """

    path: str
    answer: PageAnswer
    method: Literal["GET", "POST"] = "GET"
    is_open: bool = False
    decides: bool = False
    takes_body: bool = False
    menu: str = ""


def endpoint(site: Site, page: Page, menu: Mapping[str, str]) -> Callable[[Request], Awaitable[Response]]:
    """Make what answers a page's requests."""

    async def respond(http: Request) -> Response:
        request = PageRequest(http=http, visit=site.visit(http), form={}, menu=menu, decides=page.decides)
        response = await _respond(site, page, request)
        response.headers.setdefault(_CSP, (FORMS_POLICY if page.decides else LIVE_POLICY).decode())
        if page.decides:
            # Another page's script that opens this one in a window is not given hold of it.
            response.headers["cross-origin-opener-policy"] = "same-origin"
        return response

    return respond


async def _respond(site: Site, page: Page, request: PageRequest) -> Response:
    if page.decides and _is_by_script(request.http):
        return request.problem(403, "Open this page itself", "No other page reads it, or decides for you.")
    if request.visit is None and not page.is_open:
        return _ask_to_sign_in(site, page, request)
    if page.method == "POST" and request.visit:
        form = dict[str, str]() if page.takes_body else await _read_form(request.http)
        if form is None:
            return request.problem(413, "That was too much", "Nothing was changed.")
        # Each form of our pages sends the session's token along: docs/decisions/0025.
        token = request.http.headers.get(CSRF_HEADER, form.get("csrf", ""))
        if not hmac.compare_digest(token.encode(), request.csrf.encode()):
            return _refuse_old_token(request)
        request = replace(request, form=form)
    return await _answer_safely(site, request, page.answer)


def _refuse_old_token(request: PageRequest) -> Response:
    """Refuse a form whose token is not this session's, such as that of a page opened before a new sign-in.

    The header tells the page's script to read its page again, which has the new token.
    """
    title = "This page is out of date"
    text = "Nothing was changed: you signed in again since. Open the page again, and repeat the change."
    if request.wants_json:
        response = request.problem(403, title, text)
    else:
        back = request.page_of_form
        response = request.page("problem.html", status=403, title=title, text=text, back=back)
    response.headers[STALE_HEADER] = "stale"
    return response


def _ask_to_sign_in(site: Site, page: Page, request: PageRequest) -> Response:
    """Answer with the sign-in page, which returns to the requested page; a script of ours gets JSON."""
    if request.wants_json:
        return request.problem(
            401, "You are signed out.", "Sign in in another tab; this page then continues."
        )
    is_form, url = page.method == "POST", request.http.url
    response = request.page(
        "signing_in.html",
        status=401,
        title="Sign in first",
        has_code=False,
        is_form=is_form,
        sign_in_command=site.sign_in_command,
    )
    # After signing in, the user returns to a full page. If a form was sent, that is the page with the form.
    path = request.page_of_form if is_form else f"{url.path}?{url.query}" if url.query else url.path
    if path and not _is_by_script(request.http):
        site.remember_page(path, response)
    return response


def _is_by_script(http: Request) -> bool:
    """Tell whether a script or a frame asks, and not a person who opens a page or sends its form."""
    # Browsers set it, and no script can.
    return http.headers.get("sec-fetch-mode", "navigate") != "navigate" or (
        http.headers.get("sec-fetch-dest", "document") != "document"
    )


async def _read_form(http: Request) -> Mapping[str, str] | None:
    """Read the fields of a form, of each the last; empty for another type, None for too long a body."""
    if http.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    body = await body_of(http, _MOST_BYTES)
    if body is None:
        return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:  # not UTF-8, or too many fields
        return {}
    return {name: values[-1] for name, values in fields.items()}


async def _answer_safely(site: Site, request: PageRequest, answer: PageAnswer) -> Response:
    """Answer; what goes wrong is said in words."""
    try:
        is_document = request.http.headers.get("sec-fetch-dest", "document") == "document"
        if request.visit and is_document and not request.decides and request.http.method == "GET":
            # Opened, and no part or picture. Asked before anything is read: what changes while the page is
            # made is told to it afterwards.
            request = replace(request, cursor=await site.pressroom.work.cursor())
        return await answer(site, request)
    except PressroomError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), _OTHER_STATUS)
        return request.problem(status, *in_words(site, error))
    except ClientDisconnect:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, a person gets a sentence
        log.error("The page met a fault of Pressroom's own (%s).", type(error).__name__)  # without its values
        log.debug("The fault:", exc_info=True)
        text = "It is not known whether anything was changed. Open the page anew to see."
        return request.problem(500, "Pressroom made a mistake", text)
