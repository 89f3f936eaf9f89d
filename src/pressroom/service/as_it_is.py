"""Addresses that a program gives: what they show when a person is asked is what goes out."""

from dataclasses import replace
from pathlib import PurePath

from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostOptions
from pressroom.core.settings import Settings
from pressroom.publish.checks.examined import kind_of_url
from pressroom.service.moved import DIGEST


def is_fixed(asset: Asset, options: PostOptions) -> bool:
    """Tell whether what a file shows cannot change: it is sent from our copy, which is named by its bytes."""
    name = PurePath(asset.copy).name.partition(".")[0] if asset.copy else ""
    return bool(DIGEST.fullmatch(name)) and (not asset.is_url or bool(options.convert))


def is_all_fixed(post: Post) -> bool:
    """Tell whether nothing that a post shows can change any more."""
    return all(is_fixed(asset, post.options) for asset in post.files)


def can_be_hosted(post: Post, account: Account, settings: Settings) -> bool:
    """Tell whether what a post's addresses show can be kept, and sent from our copies of it."""
    from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

    kinds = {kind_of_url(post.kind, asset.source) for asset in post.assets if asset.is_url}
    if post.options.cover and post.options.cover.is_url:
        kinds.add("image")
    try:
        return bool(kinds) and all(ways_for(f"{kind}/*", account, settings) for kind in kinds)
    except Refused:
        return False


def as_it_is_now(post: Post) -> Post:
    """Have a post's addresses fetched and kept, rather than fetched by Instagram when it is published."""
    return replace(post, options=replace(post.options, convert=True))
