"""Publishing now without a store: what this process knows of a post is lost when it ends.

The calls that a post would make, as a rehearsal tells them.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pressroom.client.wire import RequestBuilder
from pressroom.core.account import Account
from pressroom.core.assets import MediaReport, MediaType, Wish
from pressroom.core.errors import GraphError
from pressroom.core.post import Post
from pressroom.core.secret import redact_params
from pressroom.core.ways import Way
from pressroom.graph.calls import Call
from pressroom.publish.context import Context
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher, rehearse, reports_on
from pressroom.publish.validation import validate
from pressroom.service.acting.acting import Acting
from pressroom.service.ground.files import Files
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.checking import check_urls


@dataclass(frozen=True, slots=True)
class CallToMake:
    """A call that a post would make: its URL without a query, its parameters with secrets masked."""

    method: str
    url: str
    params: dict[str, str]


class AtOnce:
    """Publishes posts of a session's account in this process, each until it is live or fails."""

    def __init__(self, resources: Resources, acting: Acting) -> None:
        self._resources = resources
        self._acting = acting
        self._journal: InMemoryJournal | None = None

    async def publish(self, post: Post) -> Post:
        """Publish now and return the live post; see `Publisher.publish` for what it raises."""
        client, ours = await self._acting.client(), self._resources
        check_urls(post, client.account)
        # Kept over calls, so that `reached` can tell after a cancellation whether the post may be live.
        if self._journal is None:
            on_event = ours.listeners.on_event
            self._journal = InMemoryJournal(client.account, clock=ours.clock, on_event=on_event)
        async with AsyncExitStack() as stack:
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
        account, ours = await self._acting.account(), self._resources
        check_urls(post, account)
        validate(post)
        reports = await reports_on(post, self._check)
        for asset, report in reports.items():
            ours.listeners.on_report(asset, report)
        listed = rehearse(
            post,
            account.user,
            reports,
            takes_snapshot=ours.policy.takes_snapshot,
            uploaded={
                one for one, report in reports.items() if self._is_uploaded(report.media_type, account)
            },
        )
        return [_described(call, account) for call in listed]

    async def _check(self, path: Path, wish: Wish) -> MediaReport:
        from pressroom.media.report import check  # noqa: PLC0415  # loads the media desk

        return await check(
            path,
            use=wish.use,
            target=wish.target,
            fit=wish.fit,
            ratio=wish.ratio,
            edits=wish.edits,
            looks=self._resources.looks,
        )

    def _is_uploaded(self, media_type: MediaType, account: Account) -> bool:
        """Tell whether such a file is uploaded, not fetched. Raises Refused where no way is set up."""
        from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

        # Publishing tries the ways in order, so a rehearsal shows the first.
        return ways_for(f"{media_type}/*", account, self._resources.settings)[0] is Way.UPLOAD


def _described(call: Call[Any], account: Account) -> CallToMake:
    # The query of a read holds the token.
    url = RequestBuilder(account).build(call).url.partition("?")[0]
    params = redact_params(call.params, account.token.reveal())
    return CallToMake(call.method, url, dict(params))
