"""Checks a post's options, addresses and files against Instagram's rules, before anything of it is stored."""

from dataclasses import dataclass

from pressroom.core.account import Account
from pressroom.core.assets import Asset, MediaReport, Seen
from pressroom.core.post import Post
from pressroom.publish.steps.preparation import cover_wish, named, wish_for
from pressroom.publish.validation import check_examined, validate
from pressroom.service.acting.acting import Acting


@dataclass(frozen=True, slots=True)
class Checking:
    """Checks the posts of a session."""

    acting: Acting

    async def check(self, post: Post) -> tuple[str, ...]:
        """Raise Refused for what Instagram would refuse, files by their content; return the warnings."""
        # Cheap checks first: options, then addresses, then the files that have to be decoded.
        found = list(validate(post))
        await self._check_urls(post)
        seen = list[Seen | None]()
        for asset in _with_cover(post):
            # A URL's file may still change until it is fetched, and is examined then.
            report = None if asset.is_url else await self._report(asset, post)
            seen.append(report.seen if report else None)
            found += [f"{asset.name}: {warning}" for warning in report.warnings] if report else []
        check_examined(post, seen)
        return tuple(found)

    async def _check_urls(self, post: Post) -> None:
        account = await self.acting.shown_account(post.account)
        if account is not None:
            check_urls(post, account)

    async def _report(self, asset: Asset, post: Post) -> MediaReport:
        from pressroom.media.report import check  # noqa: PLC0415  # loads the media desk

        wish, looks = wish_for(post), self.acting.resources.looks
        if asset is post.options.cover:
            wish = cover_wish(post)
        with named(asset):
            report = await check(
                asset.path, use=wish.use, target=wish.target, fit=wish.fit, edits=wish.edits, looks=looks
            )
            if report.refusal is not None:
                raise report.refusal
        return report


def check_urls(post: Post, account: Account) -> None:
    """Refuse addresses that Instagram cannot fetch from where it is. Raises Refused."""
    from pressroom.hosting.network import require_public  # noqa: PLC0415  # for posts with addresses alone

    if post.options.convert:
        return
    for asset in _with_cover(post):
        if asset.is_url:
            require_public(asset.source, account)


def _with_cover(post: Post) -> tuple[Asset, ...]:
    cover = post.options.cover
    return (*post.assets, cover) if cover else post.assets
