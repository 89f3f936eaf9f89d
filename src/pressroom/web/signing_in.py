"""Signing in by a link from a terminal, and out again."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from pressroom.web.site import Asked, Site
from pressroom.web.visits import LASTS

_HOME: Final = "/approvals"


async def sign_in(site: Site, asked: Asked) -> Response:
    """Let in whoever has a code, and lead on without it; else say how to get one."""
    code = asked.request.query_params.get("code", "")
    # A HEAD is a look, by a program that checks links: it must not use the code up.
    if code and asked.request.method == "GET":
        if not await site.pressroom.pages.let_in(code):
            refused = asked.page("signing_in.html", status=403, title="This link is used up or too old")
            refused.headers["referrer-policy"] = "no-referrer"  # the address has a code
            return refused
        answer = RedirectResponse(_HOME, 303)
        answer.set_cookie(
            site.cookie,
            site.visits.begin(),
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="strict",
        )
        return answer
    return asked.page("signing_in.html", title="Sign in")


async def sign_out(site: Site, asked: Asked) -> Response:
    """End the session."""
    site.visits.end(asked.request.cookies.get(site.cookie, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(site.cookie, path="/", httponly=True, samesite="strict")
    return answer
