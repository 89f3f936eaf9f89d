"""Addresses that a program gives: what they show when a person is asked is what goes out."""

from dataclasses import replace

from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.post import Post
from pressroom.core.settings import Settings
from pressroom.publish.examined import kind_of_url


def can_be_hosted(post: Post, account: Account, settings: Settings) -> bool:
    """Tell whether what a post's addresses show can be kept, and sent from our copies of it."""
    from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

    kinds = {kind_of_url(post.kind, asset.source) for asset in post.assets if asset.is_url}
    try:
        return bool(kinds) and all(ways_for(f"{kind}/*", account, settings) for kind in kinds)
    except Refused:
        return False


def as_it_is_now(post: Post) -> Post:
    """Have a post's addresses fetched and kept, rather than fetched by Instagram when it is published."""
    return replace(post, options=replace(post.options, convert=True))
