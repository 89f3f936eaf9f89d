"""What a program may try by HTTP: any operation of the API, about what there is, with what it takes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pressroom.api.operation import Operation
from pressroom.core.post import PostId, PostState
from tests.api.asking import KEYED, NOBODY, fields_of, well_formed
from tests.api.house import Got
from tests.attack.sequence import ADDRESSES, Run

# What changes something, more often than what tells.
_CHANGING = [each for each in KEYED if each.method != "GET"]
_MEDIA = "17900000000000009"
_WAIT = {"timeout_s": 0}


async def asks_by_http(run: Run) -> None:
    """Ask for one operation of the API, and know the post that it made."""
    chance = run.room.chance
    operation = chance.choice((*_CHANGING * 3, *KEYED))
    client = chance.choice(run.room.clients)
    wish = well_formed(operation, **_places(run))
    headers = dict(wish.headers)
    if key := run.key():
        headers["idempotency-key"] = key.replace(" ", "-")
    if operation.is_bound and chance.random() < 0.3:
        headers["if-match"] = f'"{chance.randint(1, 4)}"'
    body = _body(run, operation) if operation.body else None
    query = _WAIT if operation.name == "wait_for_post" else wish.query
    got = await client.ask(operation.method, wish.path, body, headers=headers, content=wish.content, **query)
    run.room.answers[f"http_{got.status}"] += 1
    if operation.name in {"create_post", "duplicate_post"}:
        _note(run, got)


def _places(run: Run) -> Mapping[str, str]:
    chance = run.room.chance
    asked = [proposal.id for proposal in run.room.store.consents.list()]
    there: Mapping[str, Sequence[str]] = {
        "post_id": [run.post()],
        "proposal_id": asked or [NOBODY["proposal_id"]],
        "account": ["ana", "nobody"],
        "media_id": [_MEDIA],
    }
    return {name: chance.choice(texts) for name, texts in there.items()}


def _body(run: Run, operation: Operation) -> dict[str, Any]:
    """Draw what a body says; a few of its fields are there each time."""
    chance, least = run.room.chance, well_formed(operation).body
    drawn = {name: draw(run) for name, draw in _FIELDS.items() if name in fields_of(operation)}
    return {name: value for name, value in drawn.items() if name in least or chance.random() < 0.5} | {
        name: value for name, value in least.items() if name not in drawn
    }


def _at(run: Run) -> str | None:
    moment = run.room.clock.now() + run.when()
    return run.room.chance.choice((moment.isoformat(), moment.isoformat(), "now", "open", "2030-01-01", None))


_FIELDS: Mapping[str, Callable[[Run], Any]] = {
    "again": lambda run: run.room.chance.random() < 0.5,
    "at": _at,
    "caption": lambda run: f"by http {run.room.next()}",
    "draft": lambda run: run.room.chance.random() < 0.3,
    "files": lambda run: [{"url": run.room.chance.choice(ADDRESSES)}],
    "first_comment": lambda run: run.room.chance.choice((None, f"comment {run.room.next()}")),
    "kind": lambda _run: "photo",
    "late": lambda _run: True,
    "media_id": lambda run: run.room.chance.choice((None, _MEDIA)),
    "timezone": lambda _run: None,
}


def _note(run: Run, got: Got) -> None:
    """Know a program's new post. One that is let go at once is so by a standing consent."""
    if got.status not in {201, 202} or not (made := got.json.get("post") or got.json).get("post_id"):
        return
    post = run.room.store.posts.get(PostId(made["post_id"]))
    run.keep(post)
    is_new = got.status == 201 and not made.get("replayed")
    if is_new and post.state is PostState.SCHEDULED and post.due_at:
        run.room.book.uses[f"{post.created_at:%Y-%m-%d}"] += 1
        run.room.book.let_go(post.id, run.room.content(post), post.due_at)
