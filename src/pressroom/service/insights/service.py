"""`InsightService`: the use-cases of metrics. The values that they return stand in the file of their topic.

`read` and the `measure` methods ask Instagram now. `pull` begins the collecting of an account (`pulling`).
All else is answered from what was collected, without a call: posts and stories (`kept`); the account itself,
best time and experiments (`questions`); reports (`report_facts`) and exports (`export`).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pressroom.core.errors import GraphError
from pressroom.core.readings import MediaQuery, MetricNote
from pressroom.core.spelling import PLAIN_CSV, CsvStyle
from pressroom.graph import calls
from pressroom.graph.answers import MediaId, MediaProductType
from pressroom.graph.definitions import Definition
from pressroom.graph.metrics import metrics_for, shared_metrics
from pressroom.insights.questions.posts import By, compared, grouped, kind_of
from pressroom.insights.questions.stories import read_story_webhook
from pressroom.insights.read import SPOILS_ALL, MediaInsights, listed_insights, media_insights
from pressroom.insights.report.languages import SOURCE, require_language
from pressroom.insights.report.page import PDF, Look, Paper
from pressroom.insights.report.pdf import find_chromium
from pressroom.service.ground.output import REPORT_EXTRA, require_report_extra, require_unused
from pressroom.service.insights import metric_notes, questions, timing
from pressroom.service.insights.kept import (
    DAY_S,
    KINDS,
    KeptPost,
    KeptPosts,
    KeptStories,
    PostComparison,
    TakenStories,
    keep_ended_stories,
    list_media,
    media_query,
    numbers_at,
    require_media,
    require_metric,
    stories_between,
    value_to_sort_by,
)
from pressroom.service.insights.measuring import Measured, measured
from pressroom.service.insights.metric_notes import MetricNotes
from pressroom.service.insights.pulling import Pulling
from pressroom.service.insights.report_facts import InsightsReport, WrittenReport, gather
from pressroom.service.insights.unwatched import with_outlook
from pressroom.service.posts.published import LISTING_FIELDS, listing

if TYPE_CHECKING:
    from pressroom.service.insights.export import Exported, Format, LayoutName, OnRead
    from pressroom.service.insights.report_accounts import ReportOfAccounts

# The account's own trailing 90 days are what a post is compared with.
_PEERS_DAYS: Final = 90
_NO_COMMENTS: Final[Mapping[str, str]] = {}


class InsightService(Pulling):
    """The use-cases of metrics. Any of them may raise SignInRequired, NotFound, TransportError.

    Those that answer from what is kept make no call, and raise NotFound where nothing is collected,
    StoreRefused or StoreFailed.
    """

    def in_zone(self, timezone: str | None) -> "InsightService":
        """Return these use-cases for days and hours of a zone, such as `Europe/Oslo`; None: the account's."""
        return InsightService(self._acting, timezone)

    async def read(self, media_id: str, metrics: Sequence[str] | None = None) -> MediaInsights:
        """Read a media's metrics; without names, all that its kind offers (one more call finds the kind).

        Raises GraphError.
        """
        client, media = await self._acting.client(), MediaId(media_id)
        if metrics is None:
            kind = await client.send(calls.media(media, fields="id,media_product_type"))
            metrics = metrics_for(kind.media_product_type or MediaProductType.FEED, client.account.login_type)
        return await media_insights(client, media, metrics)

    async def measure(self, media_id: str) -> Measured:
        """Read a media and every metric of its kind in two calls; one that cannot be read has its error.

        Raises GraphError for what would fail every other media too: an ended token, a rate limit.
        """
        client = await self._acting.client()
        try:
            media = await client.send(calls.media(MediaId(media_id), fields=LISTING_FIELDS))
        except GraphError as error:
            # Such as an ended token; what this media alone meets is told beside the numbers of others.
            if error.retry in SPOILS_ALL:
                raise
            return Measured(MediaId(media_id), await self._reader(), error=error)
        return await measured(client, media, await self._reader())

    async def measure_all(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Measured]:
        """Yield all media with the metrics that feed posts and reels share, newest first, 50 in a call.

        Stories are left out. Raises what `measure` raises.
        """
        client, reader = await self._acting.client(), await self._reader()
        metrics = shared_metrics(client.account.login_type)
        async for media, insights in listed_insights(client, listing(client.account, since, until), metrics):
            if isinstance(insights, GraphError):
                yield Measured(media.id, reader, media, error=insights)
            else:
                yield Measured(media.id, reader, media, insights)

    async def measure_each(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[Measured]:
        """Yield all media with every metric of their kinds, newest first, with one more call for each."""
        client, reader = await self._acting.client(), await self._reader()
        async for media in client.pages(listing(client.account, since, until)):
            yield await measured(client, media, reader)

    async def _reader(self) -> str:
        # Not the store's name for it: reading numbers makes no store.
        return self._acting.name or (await self._acting.account()).user_id

    async def media(
        self,
        *,
        age_s: int | None = None,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> KeptPosts:
        """List kept media with their numbers, newest first.

        age_s: the age asked for; None for the last reading of each. sort: a metric or `engagement_rate`, the
        highest first; what has no number comes last. text: part of the caption.
        Raises Refused for an unknown kind or metric.
        """
        kept = await self._kept()
        if sort is not None:
            require_metric(sort)
        media = await list_media(kept, media_query(kinds, since, until, text), kinds)
        numbers = await numbers_at(kept, media, age_s)
        posts = [KeptPost.of(post, numbers.get(post.id)) for post in media]
        if sort is not None:
            posts.sort(key=value_to_sort_by(sort), reverse=True)
        listed = KeptPosts(account=kept.name, age_s=age_s, posts=tuple(posts[:limit]))
        return await with_outlook(kept, listed, media, numbers)

    async def kept(self, *media_ids: str) -> KeptPosts:
        """Return media with the last reading of each, without a call. Raises NotFound for one unknown."""
        kept = await self._kept()
        media = await require_media(kept, media_ids)
        numbers = await numbers_at(kept, media, None)
        posts = tuple(KeptPost.of(post, numbers.get(post.id)) for post in media)
        return KeptPosts(account=kept.name, age_s=None, posts=posts)

    async def compare(
        self, media_ids: Sequence[str], *, metric: str = "reach", age_s: int = DAY_S
    ) -> PostComparison:
        """Compare posts at an age, each with the posts of its own kind in the last 90 days.

        metric: or `engagement_rate`. Raises NotFound for an unknown post, Refused for an unknown metric.
        """
        kept = await self._kept()
        require_metric(metric)
        media = await require_media(kept, media_ids)
        since = kept.now - timedelta(days=_PEERS_DAYS)
        peers = await list_media(kept, MediaQuery(since=since), {kind_of(post) for post in media})
        numbers = await numbers_at(kept, list({post.id: post for post in (*peers, *media)}.values()), age_s)
        of_peers = [numbers[post.id] for post in peers if post.id in numbers]
        posts = tuple(compared(media, numbers, of_peers, metric))
        answer = PostComparison.of(kept, metric, age_s, since, posts=posts)
        return await with_outlook(kept, answer, peers, [aged.media.id for aged in of_peers])

    async def compare_groups(
        self,
        by: By,
        *,
        metric: str = "reach",
        age_s: int = DAY_S,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> PostComparison:
        """Compare groups of posts at an age: how many, their median and quartiles.

        since: by default 90 days ago. Stories are compared only where `kinds` names them.
        Raises Refused for an unknown kind or metric.
        """
        kept = await self._kept()
        require_metric(metric)
        since = since or kept.now - timedelta(days=_PEERS_DAYS)
        media = await list_media(kept, media_query(kinds, since, until), kinds or KINDS[:-1])
        numbers = await numbers_at(kept, media, age_s)
        about = tuple(numbers.values())
        groups = tuple(grouped(media, about, metric, by, kept.zone))
        answer = PostComparison.of(kept, metric, age_s, since, groups=groups, numbers=about)
        return await with_outlook(kept, answer, media, numbers)

    async def stories(self, *, since: datetime | None = None, until: datetime | None = None) -> KeptStories:
        """List kept stories, newest first, each with its last reading and what was missed of it.

        Counts under 5 may come as 0, and `replies` of people in the EU and Japan as 0: Instagram's doing.
        """
        return await stories_between(await self._kept(), since, until)

    async def take_story_webhook(self, body: bytes | Mapping[str, Any]) -> TakenStories:
        """Keep the numbers of a `story_insights` webhook, which Instagram sends when a story ends.

        body: as it was sent, or read from JSON. Check its signature before: this does not. May be called
        again with the same one. Raises Refused for what is no webhook of Instagram's.
        """
        webhook = read_story_webhook(body)
        return await keep_ended_stories(await self._kept(), webhook)

    async def account(self, period: str = "28d") -> questions.AccountPeriod:
        """Tell an account's metrics in a period, against as many days before it where all are known.

        period: `28d` for the last days, `month` for the last whole one, or `2026-11-01..2026-11-14`. Days end
        at midnight Pacific time. Raises Refused for a period that is none, or has not ended.
        """
        kept = await self._kept()
        about = await questions.days_about(kept, period)
        # Off the event loop: what tells changes from chance takes half a second to load.
        return await asyncio.to_thread(questions.account_in, kept, about)

    async def audience(self) -> questions.AccountAudience:
        """Tell who the account's people are, as last told, and what changed in about 28 days."""
        return await questions.audience_of(await self._kept())

    async def growth(
        self, *, since: datetime | timedelta | None = None, until: datetime | None = None
    ) -> questions.Growth:
        """Tell how followers moved each day, and in the 48 h after each post: an association, no effect.

        since: or so many days, by default 90. until: of days and posts; what followed the last posts lies
        behind it.
        """
        return await questions.growth_between(await self._kept(), since, until)

    async def definitions(self, *metrics: str) -> tuple[Definition, ...]:
        """Return what metrics count and what may be done with them; without names, of all.

        Raises Refused for an unknown one.
        """
        return questions.definitions_of(metrics)

    async def add_metric_note(self, metric: str, text: str, day: date | str = "today") -> MetricNote:
        """Add a dated note to a metric, such as that Meta counts it differently; reports show it.

        day: as `2026-11-03`, `yesterday` or a date, in the account's zone. Raises Refused for an unknown
        metric, a text that is no line of 1 to 280 characters, and where the metric has a note of that day.
        """
        return await metric_notes.add(await self._kept(), metric, text, day)

    async def metric_notes(self) -> MetricNotes:
        """List the dated notes of the account's metrics, in the order of their days."""
        return await metric_notes.list_notes(await self._kept())

    async def remove_metric_note(self, metric: str, day: date | str) -> MetricNote:
        """Remove the note of a metric on a day, and return it. Raises NotFound where there is none."""
        return await metric_notes.remove(await self._kept(), metric, day)

    async def best_time(self) -> timing.BestTimes:
        """Ask whether hours, weekdays or kinds matter for the reach at 24 h of photos, carousels and reels.

        What it finds is an association among posts that went out, no proof: that takes an experiment.
        Raises Refused without the extra `report`.
        """
        timing.require_comparing("Best time")
        return await timing.best_times(await self._kept())

    async def start_experiment(
        self, first: str, second: str, *, posts: int = 40, kind: str | None = None
    ) -> timing.ExperimentStatus:
        """Note that from now on posts take turns between two slots; makes no call, and plans no post.

        first, second: such as `daily 09:00`, in the account's zone. posts: of both together. kind: `photo`,
        `carousel` or `reel`; None for all three. Raises Refused, as while another experiment runs, or
        without the extra `report`.
        """
        timing.require_comparing("An experiment")
        timing.require_decidable(first, second, posts, kind)
        return await timing.start(await self._kept(), first, second, posts, kind)

    async def experiment_status(self) -> timing.ExperimentStatus:
        """Tell how the account's experiment stands, or how its last one ended.

        A post counts for a slot if it went out within half an hour of one of its times. Raises NotFound
        where there was none.
        """
        kept = await self._kept()
        return await timing.status_of(kept, await timing.latest_experiment(kept))

    async def stop_experiment(self) -> timing.ExperimentStatus:
        """End the account's experiment and keep what it said. Raises NotFound, Refused where none runs."""
        return await timing.stop(await self._kept())

    async def report(
        self,
        period: str = "month",
        *,
        comments: Mapping[str, str] = _NO_COMMENTS,
        language: str | None = None,
        top_by: str | None = None,
    ) -> InsightsReport:
        """Tell a period as five answers, with the numbers and posts that they rest on.

        period: as of `account`. comments: a person's own sentences, by the names of the answers: `tried`,
        `happened`, `why`, `brought`, `next`. language: such as `de`; else the account's, or
        English. top_by: the metric of the top posts; else the reach. Raises Refused for a period, an answer,
        a metric or a language that is none, and without the extra `report`; NotFound where nothing is
        collected.
        """
        require_report_extra("A report", *REPORT_EXTRA)
        from pressroom.service.insights.report_answers import (  # noqa: PLC0415  # a report's alone
            answer,
            require_answers,
        )

        require_answers(comments)
        if top_by is not None:
            require_metric(top_by)
        kept = await self._kept()
        language = require_language(language or kept.language or SOURCE)
        return answer(await gather(kept, period, language, top_by), comments)

    async def reports(
        self,
        period: str = "month",
        *,
        accounts: Sequence[str] = (),
        language: str | None = None,
        top_by: str | None = None,
    ) -> "ReportOfAccounts":
        """Tell the same period of several accounts, each in its own zone, and compare them at equal age.

        accounts: names of logins or ids, in their order; empty for the session's named account, else for all
        of which something is collected. language: such as `de`; else the first account's, or English.
        top_by: as of `report`. Raises what `report` does, naming the account, and Refused for an account that
        is named twice.
        """
        require_report_extra("A report", *REPORT_EXTRA)
        from pressroom.service.insights.report_accounts import gather_all  # noqa: PLC0415  # a report's alone

        if top_by is not None:
            require_metric(top_by)
        return await gather_all(
            self._acting, accounts, period, timezone=self._timezone, language=language, top_by=top_by
        )

    def require_pdf(self) -> Path:
        """Return the Chromium that would print a PDF. Raises Refused where there is none."""
        return find_chromium(self._acting.resources.settings.chrome_path)

    async def write_report(
        self,
        report: "InsightsReport | ReportOfAccounts",
        output: Path,
        *,
        look: Look | None = None,
        overwrite: bool = False,
        paper: Paper = "a4",
    ) -> WrittenReport:
        """Write a report as one HTML file that asks nothing of anybody; whole, or not at all.

        An output that ends in `.pdf` becomes a PDF, on `paper`: `a4` or `letter`.
        Raises Refused for an output that is there, for a look that cannot be used and for a PDF where no
        Chromium prints one, OSError.
        """
        from pressroom.service.insights.report_file import write_file  # noqa: PLC0415  # a report's alone

        require_unused(output, overwrite=overwrite)
        chromium = self.require_pdf() if output.suffix.lower() == PDF else None
        store = await self._acting.resources.store()
        return await write_file(store, report, output, look or Look(), chromium=chromium, paper=paper)

    async def export(
        self,
        output: Path,
        *,
        format: "Format" = "csv",  # noqa: A002  # its word
        layout: "LayoutName" = "native",
        table: str | None = None,
        csv: CsvStyle = PLAIN_CSV,
        since: datetime | None = None,
        accounts: Sequence[str] = (),
        overwrite: bool = False,
        on_read: "OnRead" = lambda _read, _all: None,
    ) -> "Exported":
        """Write what is kept as tables, whole or not at all; reads the store alone.

        output: a file for `xlsx`, `duckdb` and one `table`, else a folder with a file for each table. csv: as
        `core.spelling.excel_style("de_DE")` gives it. since: what was read from then on; media come all of
        them. accounts: names of logins or ids; empty for the session's named account, else for all.
        overwrite: replace an earlier export. on_read: called with how many kept values were read, and how
        many there are.

        Raises Refused for an output that is there, a table that is not, a moment in the future, or without
        the extra that a format needs (`xlsx`, or `report` for `parquet` and `duckdb`); NotFound for an
        unknown account and where nothing is collected; OSError.
        """
        from pressroom.service.insights.export import InsightExport  # noqa: PLC0415  # an export's alone

        export = InsightExport(
            acting=self._acting,
            format=format,
            layout=layout,
            table=table,
            csv=csv,
            since=since,
            accounts=accounts,
            on_read=on_read,
        )
        return await export.to(output, overwrite=overwrite)

    async def export_text(
        self,
        table: str,
        *,
        format: Literal["csv", "json"] = "csv",  # noqa: A002  # its word
        layout: "LayoutName" = "native",
        csv: CsvStyle = PLAIN_CSV,
        since: datetime | None = None,
        accounts: Sequence[str] = (),
    ) -> AsyncIterator[str]:
        """Yield the text of one table, a page at a time; empty where a page has no lines. Raises as `export`.

        format: `csv` begins with the columns' names, `json` is an object on each line.
        """
        from pressroom.service.insights.export import InsightExport  # noqa: PLC0415  # an export's alone

        export = InsightExport(
            acting=self._acting,
            format=format,
            layout=layout,
            table=table,
            csv=csv,
            since=since,
            accounts=accounts,
        )
        async for text in export.text():
            yield text
