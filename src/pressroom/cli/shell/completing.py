"""What a shell offers for the words of our commands, by the name of the parameter."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from pressroom.service.posts.lists import Named


def _files(start: str) -> list[CompletionItem]:
    return [CompletionItem(start, type="file")]


def _zones(start: str) -> list[CompletionItem]:
    from zoneinfo import available_timezones  # noqa: PLC0415  # looks through a folder

    return [CompletionItem(name) for name in sorted(available_timezones()) if name.startswith(start)]


def _posts(start: str) -> list[CompletionItem]:
    from pressroom.service.posts.lists import offered_posts  # noqa: PLC0415  # only where somebody completes

    return _ids(offered_posts(os.environ, start), start)


def waiting_ids(start: str) -> list[CompletionItem]:
    """Offer what waits for a person."""
    from pressroom.service.posts.lists import offered_waiting  # noqa: PLC0415  # only where somebody completes

    return _ids(offered_waiting(os.environ, start), start)


def _accounts(start: str) -> list[CompletionItem]:
    from pressroom.service.posts.lists import offered_logins  # noqa: PLC0415

    return [CompletionItem(login.name) for login in offered_logins(os.environ, start)]


def _ids(found: "list[Named]", start: str) -> list[CompletionItem]:
    from pressroom.core.post import SHORT_ID  # noqa: PLC0415  # only where somebody completes

    length = max(SHORT_ID, len(start))
    return [CompletionItem(one.name[:length], help=one.hint) for one in found]


Offer = Callable[[str], list[CompletionItem]]
_BY_NAME: Final[dict[str, Offer]] = {
    **dict.fromkeys(("sources", "cover"), _files),
    **dict.fromkeys(("post", "posts", "after"), _posts),
    **dict.fromkeys(("account", "account_name", "accounts"), _accounts),
    "tz": _zones,
}
# A word that means one thing in one command only.
_BY_COMMAND: Final[dict[tuple[str, str], Offer]] = {
    ("approve", "ids"): waiting_ids,
    ("decline", "ids"): waiting_ids,
    ("show", "found"): waiting_ids,
    ("refresh", "name"): _accounts,
    ("logout", "name"): _accounts,
}


class Offered(click.types.StringParamType):
    """A text for which a shell offers what there is."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return what is offered; nothing where that fails: a shell would print the reason at the prompt."""
        try:
            return self._offer(incomplete)
        except Exception:  # noqa: BLE001
            return []


def offer_values(command: str | None, params: list[click.Parameter]) -> None:
    """Let a shell complete those texts among the parameters of a command whose name says what they are."""
    for param in params:
        offer = _BY_COMMAND.get((command or "", param.name or "")) or _BY_NAME.get(param.name or "")
        if offer and param.type is click.STRING:
            param.type = Offered(offer)
