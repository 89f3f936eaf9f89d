"""Signing in by a link with a one-use code, and out. A signed-in page makes such a link for a phone.

Opening a link does not use its code up: mail and chat programs open links, too, to preview them. The code
moves into a cookie, and the button of the page that follows signs in. So the code is in no later address.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from pressroom.core.address import LOCAL_HOSTS
from pressroom.service.consent.pages import LIVES, PHONE_LIVES, SIGNED_IN_FOR
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site

_PATH: Final = "/sign-in"
_FOR_A_PHONE: Final = "/sign-in/phone"
_CODE: Final = re.compile(r"[\w-]{32}", re.ASCII)
_PORTS: Final = {"http": 80, "https": 443}


async def show_sign_in(site: Site, request: PageRequest) -> Response:
    """Show the button that signs in, or how to get a link. A code in the address moves into a cookie."""
    code = request.http.query_params.get("code", "")
    if code and not _CODE.fullmatch(code):
        return _refuse_code(site, request)
    if code:
        moved = RedirectResponse(_PATH, 303, {"referrer-policy": "no-referrer"})
        # A browser that is signed in keeps none: it would be offered again after signing out.
        if request.visit is None:
            site.keep(moved, _code_cookie(site), code, LIVES)
        return moved
    has_code = _code_cookie(site) in request.http.cookies
    return request.page(
        "signing_in.html", title="Sign in", has_code=has_code, sign_in_command=site.sign_in_command
    )


async def sign_in(site: Site, request: PageRequest) -> Response:
    """Use the code up, and return to the page that was requested; refuse a code that is used or too old."""
    code = request.http.cookies.get(_code_cookie(site))
    if code is None:
        return _show_command(site, request, 401, "Sign in")
    cookie = await site.pressroom.pages.sign_in(code)
    if cookie is None:
        return _refuse_code(site, request)
    response = RedirectResponse(site.remembered_page(request.http), 303)
    site.keep(response, site.cookie, cookie, SIGNED_IN_FOR)
    site.forget_page(response)
    site.drop(response, _code_cookie(site))
    return response


def _show_command(site: Site, request: PageRequest, status: int, title: str) -> Response:
    command = site.sign_in_command
    return request.page(
        "signing_in.html", status=status, title=title, has_code=False, sign_in_command=command
    )


def _refuse_code(site: Site, request: PageRequest) -> Response:
    title = "This link is used up or too old"
    response = _show_command(site, request, 403, title)
    response.headers["referrer-policy"] = "no-referrer"  # the address may have a code
    site.drop(response, _code_cookie(site))
    return response


async def sign_out(site: Site, request: PageRequest) -> Response:
    """End the session."""
    site.pressroom.pages.sign_out(request.http.cookies.get(site.cookie, ""))
    response = RedirectResponse(_PATH, 303)
    site.drop(response, site.cookie)
    # This deletes unsaved texts that the composer keeps in the browser, which another person may use next.
    response.headers["clear-site-data"] = '"storage"'
    return response


async def offer_phone(site: Site, request: PageRequest) -> Response:
    """Offer to make a link that signs in a phone."""
    return _phone_page(site, request)


async def add_phone(site: Site, request: PageRequest) -> Response:
    """Make a link that signs in one other device, and show it as a QR code and as text."""
    link = await site.pressroom.pages.link(_base_url(site, request), PHONE_LIVES)
    # Shown by this answer and by no page to load: the code would have to be kept for that.
    return _phone_page(site, request, link.address)


def _phone_page(site: Site, request: PageRequest, link: str = "") -> Response:
    base = urlsplit(_base_url(site, request))
    return request.page(
        "phone.html",
        title="Sign in a phone",
        link=link,
        qr_code=_qr_code(link) if link else None,
        minutes=int(PHONE_LIVES.total_seconds()) // 60,
        base_url=base.geturl(),
        port=base.port or _PORTS[base.scheme],
        is_local=base.hostname in LOCAL_HOSTS,
    )


def _base_url(site: Site, request: PageRequest) -> str:
    """Return the address at which other devices reach the pages, or else the one of this request."""
    public = site.pressroom.pages.address()
    if public and urlsplit(public).hostname not in LOCAL_HOSTS:
        return public
    # Its host name was checked by the guard.
    return f"{request.http.url.scheme}://{request.http.url.netloc}"


def _qr_code(text: str) -> Markup:
    """Return a QR code as SVG, for use inside a page."""
    import segno  # noqa: PLC0415  # loads only where a code is made

    return Markup(segno.make_qr(text).svg_inline(border=4, light="#fff", omitsize=True))  # noqa: S704  # ours


def _code_cookie(site: Site) -> str:
    return f"{site.cookie}-code"


PAGES: Final = (
    # No script beside a code that signs in.
    Page(path=_PATH, answer=show_sign_in, is_open=True, decides=True),
    Page(path=_PATH, answer=sign_in, method="POST", is_open=True, decides=True),
    Page(path="/sign-out", answer=sign_out, method="POST"),
    Page(path=_FOR_A_PHONE, answer=offer_phone, decides=True, menu="Phone"),
    Page(path=_FOR_A_PHONE, answer=add_phone, method="POST", decides=True),
)
