"""Signing in by a link from a terminal, and out."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.service.consent.pages import SIGNED_IN_FOR
from pressroom.web.page import Page
from pressroom.web.site import PageRequest, Site

HOME: Final = "/"


async def sign_in(site: Site, request: PageRequest) -> Response:
    """Let in whoever has a code, and lead on without it; else say how to get a link from a terminal."""
    code = request.http.query_params.get("code", "")
    # A HEAD is a look, by a program that checks links: it must not use the code up.
    is_used = bool(code) and request.http.method == "GET"
    cookie = await site.pressroom.pages.sign_in(code) if is_used else None
    if cookie is None:
        title = "This link is used up or too old" if is_used else "Sign in"
        page = request.page("signing_in.html", status=403 if is_used else 200, title=title, again=HOME)
        if code:
            page.headers["referrer-policy"] = "no-referrer"  # the address has it
        return page
    response = RedirectResponse(HOME, 303)
    response.set_cookie(
        site.cookie,
        cookie,
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        path="/",
        secure=site.is_secure,
        httponly=True,
        # Strict: a link in a page of another site shows an item as to a stranger.
        samesite="strict",
    )
    return response


async def sign_out(site: Site, request: PageRequest) -> Response:
    """End the session."""
    site.pressroom.pages.sign_out(request.http.cookies.get(site.cookie, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(site.cookie, path="/", secure=site.is_secure, httponly=True, samesite="strict")
    return response


PAGES: Final = (
    # No script beside a code that signs in.
    Page(path="/sign-in", answer=sign_in, is_open=True, decides=True),
    Page(path="/sign-out", answer=sign_out, method="POST"),
)
