"""A page on which a person plans posts, lets go what waits, reads histories and sees what happens.

It has no sign-in and no guard against forged forms, so it binds to 127.0.0.1 alone.

eval "$(pressroom sandbox serve --detach --env)"    # or export your real token instead
python -m examples.approvals_page 8010              # then open http://127.0.0.1:8010
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import uvicorn
from jinja2 import Environment
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pressroom import PostQuery, PostState, Pressroom, PressroomError, new_post

PAGE = Environment(autoescape=True).from_string("""<!doctype html><meta charset=utf-8><title>Approvals</title>
<p role=alert>{{ error.message }} {{ error.fix }}</p><form method=post action=/> <input name=at value=now>
<input name=source placeholder="A file here, or a URL" required> <input name=caption placeholder=Caption>
<button>Plan</button></form><main>{% for one in waiting %}<form method=post action=/>{{ one.summary.what }}
{{ one.summary.due_at }}: {{ one.summary.caption }} {% for say in ("approve", "decline") %}
<button name="{{ say }}" value="{{ one.id }}">{{ say }}</button> {% endfor %}</form>{% endfor %}
{% if story %}<ol>{% for step in story.events + story.next %}<li>{{ step.at }} {{ step.text }}
{% endfor %}</ol>{% endif %}{% for post in posts %}<p><a href="/{{ post.id }}">{{ post.due_at }}</a>
{{ post.kind }}, {{ post.state }}: {{ post.options.caption }}</p>{% endfor %}</main><script>
new EventSource("/changes?after={{ cursor }}").onmessage = () => fetch("").then(page => page.text()).then(
  text => document.querySelector("main").innerHTML = text.split(/<.?main>/)[1])</script>""")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncGenerator[None]:
    """Keep one `Pressroom` open, in which a worker publishes what is let go."""
    async with Pressroom(works=True) as app.state.pressroom:
        yield


async def show(request: Request, error: Exception | None = None) -> Response:
    """Show what waits, all posts, and the story of one; the cursor is that of before they were read."""
    ours: Pressroom = request.app.state.pressroom
    cursor, wanted = await ours.work.cursor(), None if error else request.path_params.get("id")
    story = await ours.posts.show(wanted) if wanted else None
    posts = (await ours.posts.find(PostQuery(newest_first=True, limit=50))).posts
    waiting = await ours.approvals.list()
    shown = PAGE.render(cursor=cursor, error=error, story=story, posts=posts, waiting=waiting)
    return HTMLResponse(shown, 422 if error else 200)


async def act(request: Request) -> Response:
    """Say yes or no to what waits, or plan a photo that waits for that."""
    ours: Pressroom = request.app.state.pressroom
    form = dict(parse_qsl((await request.body()).decode()))
    if waiting := form.get("approve") or form.get("decline"):
        await (ours.approvals.approve if "approve" in form else ours.approvals.decline)(waiting)
    else:
        photo = new_post("photo", form.get("source", ""), caption=form.get("caption"))
        await ours.posts.submit(photo, at=form.get("at", "now"), state=PostState.AWAITING_APPROVAL)
    return RedirectResponse("/", 303)


async def tell(request: Request) -> Response:
    """Tell of what any process does; a browser that comes back says which it was told of last."""
    after = request.headers.get("last-event-id") or request.query_params.get("after")
    entries = request.app.state.pressroom.work.changes(after)
    lines = (f"id: {entry.cursor}\ndata: {entry.event.step}\n\n" async for entry in entries)
    return StreamingResponse(lines, media_type="text/event-stream")


URLS = [Route("/", show), Route("/", act, methods=["POST"]), Route("/changes", tell), Route("/{id}", show)]
page = Starlette(routes=URLS, lifespan=lifespan, exception_handlers={PressroomError: show})

if __name__ == "__main__":
    uvicorn.run(page, host="127.0.0.1", port=int(sys.argv[1]), timeout_graceful_shutdown=1)
