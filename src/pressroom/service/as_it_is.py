"""Addresses that a program gives: the content a person is asked about must be the content that goes out."""

from dataclasses import replace
from pathlib import PurePath

from pressroom.core.account import Account
from pressroom.core.assets import Asset
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostOptions
from pressroom.core.settings import Settings
from pressroom.publish.validation import kind_of_url
from pressroom.service.moved import DIGEST


def is_fixed(asset: Asset, options: PostOptions) -> bool:
    """Tell whether a file's content can no longer change: it is sent from our copy, named by its digest."""
    # A program may put any path into `copy`; only a name that is a digest is checked before it is sent
    # (`DeskOfCopies`). Of an address the copy is sent only under `convert`: else Instagram fetches it itself.
    name = PurePath(asset.copy).name.partition(".")[0] if asset.copy else ""
    return bool(DIGEST.fullmatch(name)) and (not asset.is_url or bool(options.convert))


def is_all_fixed(post: Post) -> bool:
    """Tell whether the content of every file of a post is fixed."""
    return all(is_fixed(asset, post.options) for asset in post.files)


def can_be_hosted(post: Post, account: Account, settings: Settings) -> bool:
    """Tell whether a post's addresses can be copied now, and sent from our copies later."""
    from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

    kinds = {kind_of_url(post.kind, asset.source) for asset in post.assets if asset.is_url}
    if post.options.cover and post.options.cover.is_url:
        kinds.add("image")
    try:
        return bool(kinds) and all(ways_for(f"{kind}/*", account, settings) for kind in kinds)
    except Refused:
        return False


def as_it_is_now(post: Post) -> Post:
    """Have a post's addresses fetched and copied now, not fetched by Instagram when it is published."""
    # Under `convert` a file is prepared here and sent from its copy, whether or not it needs converting.
    return replace(post, options=replace(post.options, convert=True))
