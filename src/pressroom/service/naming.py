"""What a shell offers for a word that is being typed: ids and names that this machine's store has."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from pressroom.core.post import PostState
from pressroom.core.settings import settings_from_environment
from pressroom.store.names import Named, login_names, post_ids, proposal_ids

__all__ = ["Named", "offered_logins", "offered_posts", "offered_waiting"]
_HELD = [state for state in PostState if state.is_held]


def offered_posts(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return the posts whose id begins with `start`. Raises SettingRefused."""
    return _offered(post_ids, environ, start)


def offered_waiting(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return proposals that wait for a person, then posts that are held back, whose id begins with `start`.

    Raises SettingRefused.
    """
    held = partial(post_ids, states=_HELD)
    return [*_offered(proposal_ids, environ, start), *_offered(held, environ, start)]


def offered_logins(environ: Mapping[str, str], start: str) -> list[Named]:
    """Return the stored logins whose name begins with `start`. Raises SettingRefused."""
    return _offered(login_names, environ, start)


def _offered(read: Callable[[Path, str], list[Named]], environ: Mapping[str, str], start: str) -> list[Named]:
    store = settings_from_environment(environ).store
    # A server is not asked: a key press must not wait for a network.
    return read(store, start) if isinstance(store, Path) else []
