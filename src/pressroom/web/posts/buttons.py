"""What a person can do to a post, as buttons: one row for each remedy, and its command where no page does it.

`buttons_of` is for the page of a post, the queue and the start page; the macro `buttons` of
`posts/buttons.html` shows them. What cannot be taken back, or needs an answer, leads to a page that asks:
`asking`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote

from pressroom.core.post import WHOLE_ID, Post, PostState
from pressroom.core.remedies import Remedy, by_command, command_of
from pressroom.core.remedies import RemedyKind as Kind
from pressroom.service.posts.history import Choice


class Way(NamedTuple):
    """How pages do what a remedy says. path: `{post}` is a whole id, `{account}` a login's name.

    fields: of the form that is sent there; None for a link. is_main: most people come for it. is_grave:
    something ends by it.
    """

    label: str
    path: str
    fields: Mapping[str, str] | None = None
    is_main: bool = False
    is_grave: bool = False


ASK: Final = "/posts/{post}/ask"
WAYS: Final[Mapping[Kind, Way]] = {
    Kind.APPROVE_POST: Way("Approve", "/approvals/{post}", is_main=True),
    Kind.APPROVE_AT: Way("Approve", "/approvals/{post}"),
    Kind.MOVE_POST: Way("Move", "/posts/{post}/move"),
    Kind.RESCHEDULE_POST: Way("Plan again", "/posts/{post}/plan-again"),
    Kind.EDIT_POST: Way("Edit", "/posts/{post}/edit"),
    Kind.CANCEL_POST: Way("Cancel", f"{ASK}/cancel", is_grave=True),
    Kind.RETRY_POST: Way("Try at once", "/posts/{post}/retry", {}, is_main=True),
    Kind.RETRY_AGAIN: Way("Publish it a second time", "/posts/{post}/retry", {"again": "1"}),
    Kind.RECONCILE_POST: Way("Ask Instagram once more", "/posts/{post}/reconcile", {}, is_main=True),
    Kind.RESOLVE_PUBLISHED: Way("It is live", f"{ASK}/live"),
    Kind.RESOLVE_NOT_PUBLISHED: Way("It is not live", f"{ASK}/not-live"),
    Kind.RESOLVE_UNCHECKED: Way("I looked: it is not live", f"{ASK}/not-live-unchecked"),
    Kind.RESOLVE_POST: Way("Open the post", "/posts/{post}"),
    Kind.SHOW_POST: Way("Open the post", "/posts/{post}"),
    Kind.DELETE_MEDIA: Way("Delete at Instagram", f"{ASK}/delete", is_grave=True),
    Kind.RESUME_ACCOUNT: Way("Resume the account", "/accounts/resume?account={account}"),
    Kind.LIST_ACCOUNTS: Way("See the accounts", "/accounts"),
    Kind.LIST_PROPOSALS: Way("See the approvals", "/approvals"),
    Kind.LIST_GRANTS: Way("See standing consents", "/consents"),
    Kind.LIST_KEYS: Way("See the keys", "/keys"),
    Kind.LIST_POSTS: Way("See the calendar", "/calendar"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something that a person can do. words: what it is, where no button says so.

    path: where its link leads, or (with fields) its form is sent. command: to type, where no page does it;
    then path is empty.
    """

    words: str
    path: str = ""
    fields: Mapping[str, str] | None = None
    command: str = ""
    is_main: bool = False
    is_grave: bool = False


def buttons_of(post: Post, choices: Iterable[Choice]) -> tuple[Button, ...]:
    """Return what can be done to a post: what most come for first, and what ends something last."""
    buttons = [button_of(post, choice) for choice in choices]
    return tuple(sorted(buttons, key=lambda button: (not button.is_main, button.is_grave)))


def button_of(post: Post, choice: Choice) -> Button:
    """Return the button of a choice, or its command."""
    kind, way = choice.remedy.kind, WAYS.get(choice.remedy.kind)
    # Histories name a post by the start of its id, and an error may be about another post.
    named = choice.remedy.arguments.get("post", post.id)
    post_id = post.id if post.id.startswith(named) else named
    if (
        way is None
        or (kind is Kind.DELETE_MEDIA and not is_deletable(post))
        or not WHOLE_ID.fullmatch(post_id)
    ):
        return Button(words=choice.text, command=command_of(choice.remedy))
    account = quote(choice.remedy.arguments.get("account", post.account_name), safe="")
    fields = None if way.fields is None else {"version": str(post.version), **way.fields}
    return Button(
        words=way.label,
        path=way.path.format(post=post_id, account=account),
        fields=fields,
        is_main=way.is_main,
        is_grave=way.is_grave,
    )


def more_of(post: Post, *, deletes: bool) -> tuple[Button, ...]:
    """Return what can be done to a post whatever it waits for. deletes: whether its login may do that."""
    copied = Button(
        words="Duplicate", path=f"/posts/{post.id}/duplicate", fields={"version": str(post.version)}
    )
    if not (deletes and is_deletable(post)):
        return (copied,)
    return copied, button_of(post, Choice("", Remedy(Kind.DELETE_MEDIA, {"media": str(post.media_id)})))


def is_deletable(post: Post) -> bool:
    """Tell whether Instagram may be asked to delete a post; the page that asks says whether it would."""
    return post.state is PostState.PUBLISHED and post.media_id is not None


def by_button(remedy: Remedy) -> str:
    """Word a remedy inside a sentence by the button that stands below it, else as a command."""
    way = WAYS.get(remedy.kind)
    return f"“{way.label}”" if way else by_command(remedy)
