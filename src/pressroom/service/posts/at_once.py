"""Posts before they are stored, or without a store: `Checking` checks them, `AtOnce` rehearses and publishes.

What `AtOnce` knows of a post is lost when its process ends; `publishing` is the way by the store.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pressroom.client.wire import RequestBuilder
from pressroom.core.account import Account, require_capability
from pressroom.core.assets import Asset, Fit, MediaReport, Seen, Wish
from pressroom.core.errors import GraphError
from pressroom.core.post import Post, PostKind
from pressroom.core.post_options import POST_OPTIONS
from pressroom.core.reading_settings import Way
from pressroom.core.secret import redact_params
from pressroom.media.looks import Looks
from pressroom.media.rules import is_near, spell_ratio
from pressroom.publish.context import Context
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher, rehearse
from pressroom.publish.steps.preparation import carousel_ratio, reports_on, seen_in
from pressroom.publish.validation import check_examined, kind_of_url, validate
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.copies import relocate_copies, with_contents
from pressroom.service.ground.files import Files
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.composing import CallToMake


class AtOnce:
    """Publishes posts of a session's account in this process, each until it is live or fails."""

    def __init__(self, resources: Resources, acting: Acting) -> None:
        self._resources = resources
        self._acting = acting
        self._journal: InMemoryJournal | None = None

    async def publish(self, post: Post) -> Post:
        """Publish now and return the live post; see `Publisher.publish` for what it raises."""
        client, ours = await self._acting.client(), self._resources
        # Kept over calls, so that `reached` can tell after a cancellation whether the post may be live.
        if self._journal is None:
            on_event = ours.listeners.on_event
            self._journal = InMemoryJournal(client.account, clock=ours.clock, on_event=on_event)
        async with AsyncExitStack() as stack:
            post = await with_contents(post, ours.settings, stack)
            check_for_account(post, client.account)
            context = Context(client=client, journal=self._journal, policy=ours.policy)
            preparation = replace(
                Files.of(ours, client.account).preparation(post, stack),
                before_making=self._acting.require_own_id,
            )
            try:
                return await Publisher(context=context, preparation=preparation).publish(post)
            except GraphError as error:
                # With a container made, the account was found by its id.
                if not self.reached(post).containers:
                    await self._acting.explain(error)
                raise

    def reached(self, post: Post) -> Post:
        """Return a post as far as it came, also after an interruption."""
        return self._journal.posts.get(post.id, post) if self._journal else post

    async def rehearse(self, post: Post) -> Sequence[CallToMake]:
        """Check a post as publishing would and describe the calls it would make, in order. Makes none."""
        from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

        account, ours = await self._acting.account(), self._resources
        async with AsyncExitStack() as stack:
            # First: the source of bytes is a name, and is checked as their copy has it.
            post = await with_contents(post, ours.settings, stack)
            check_for_account(post, account)
            validate(post)
            reports = await reports_on(post, partial(_report, looks=ours.looks))
        for asset, report in reports.items():
            ours.listeners.on_report(asset, report)
        # Publishing tries the ways in order, so a rehearsal shows the first. Refused where none is set up.
        uploaded = {
            asset
            for asset, report in reports.items()
            if ways_for(f"{report.media_type}/*", account, ours.settings)[0] is Way.UPLOAD
        }
        calls = rehearse(
            post, account.user, reports, takes_snapshot=ours.policy.takes_snapshot, uploaded=uploaded
        )
        return [
            CallToMake(
                call.method,
                # The query of a read holds the token.
                RequestBuilder(account).build(call).url.partition("?")[0],
                dict(redact_params(call.params, account.token.reveal())),
            )
            for call in calls
        ]


@dataclass(frozen=True, slots=True)
class Checking:
    """Checks posts of a session against Instagram's rules, before anything of them is stored."""

    acting: Acting

    async def check(self, post: Post) -> tuple[str, ...]:
        """Raise Refused for what Instagram would refuse, files by their content; return the warnings."""
        # Cheap checks first: options, then addresses, then the files that have to be decoded.
        warnings = await self.check_words(post)
        reports = await self.reports(post)
        for asset in _with_cover(post):
            # A URL's file may still change until it is fetched, and is examined then.
            if report := reports.get(asset):
                if report.refusal is not None:
                    raise report.refusal
                warnings += [f"{asset.name}: {warning}" for warning in report.warnings]
        seen = seen_in(post, reports)
        check_examined(post, seen)
        return (*warnings, *_about_shape(post, seen))

    async def check_kept(self, post: Post) -> tuple[str, ...]:
        """Do as `check` with a stored post, by our copies of its files."""
        return await self.check(relocate_copies(post, self.acting.resources.settings.assets))

    async def reports(self, post: Post) -> Mapping[Asset, MediaReport]:
        """Check each file of a post as part of it; see `MediaService.check_files`."""
        return await reports_on(post, partial(_report, looks=self.acting.resources.looks))

    async def check_words(self, post: Post) -> list[str]:
        """Do as `check` with all of a post but what its files show."""
        warnings = validate(post)
        if account := await self.acting.shown_account(post.account):
            check_for_account(post, account)
        return warnings

    async def require_ways(self, post: Post) -> None:
        """Raise Refused, with the ways that can be set up, for a checked post whose files have none."""
        account = await self.acting.shown_account(post.account)
        hosted = [asset for asset in _with_cover(post) if post.options.convert or not asset.is_url]
        if account is None or not hosted:
            return
        from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

        reports = await self.reports(post)
        for asset in hosted:
            kind = kind_of_url(post.kind, asset.source)
            # Only a clip may be uploaded, and the name of a file need not tell that it is one.
            if not asset.is_url:
                kind = reports[asset].media_type or kind
            ways_for(f"{kind}/*", account, self.acting.resources.settings)


async def _report(path: Path, wish: Wish, looks: Looks) -> MediaReport:
    from pressroom.media.report import check  # noqa: PLC0415  # loads the media desk

    return await check(
        path,
        use=wish.use,
        target=wish.target,
        fit=wish.fit,
        ratio=wish.ratio,
        edits=wish.edits,
        looks=looks,
    )


_RESHAPED = {Fit.KEEP: "Instagram crops to it", Fit.CROP: "Cut to it"}


def _about_shape(post: Post, seen: Sequence[Seen | None]) -> Iterator[str]:
    """Say what becomes of the files of a carousel that have not the shape of its first one."""
    if post.kind is not PostKind.CAROUSEL or seen[0] is None:
        return
    ratio = carousel_ratio(post, seen) or seen[0].ratio
    pairs = zip(post.assets, seen, strict=True)
    if others := [asset.name for asset, look in pairs if look and not is_near(look.ratio, ratio)]:
        how = _RESHAPED.get(post.options.fit or Fit.BLUR, "Given bars for it")
        shape = f"A carousel has one shape, that of its first file: {spell_ratio(ratio)}."
        yield f"{shape} {how}: {', '.join(others)}."


def check_for_account(post: Post, account: Account) -> None:
    """Refuse options that the account's login does not have, and addresses that Instagram cannot fetch.

    Raises Refused.
    """
    for option in POST_OPTIONS:
        if option.capability and option.value_in(post.options) != option.default:
            require_capability(account.login_type, option.capability, rule=option.name)
    from pressroom.hosting.network import require_public  # noqa: PLC0415  # for posts with addresses alone

    # A converted file is fetched by this process, and hosted for Instagram like any local one.
    if post.options.convert:
        return
    for asset in _with_cover(post):
        if asset.is_url:
            require_public(asset.source, account)


def _with_cover(post: Post) -> tuple[Asset, ...]:
    cover = post.options.cover
    return (*post.assets, cover) if cover else post.assets
