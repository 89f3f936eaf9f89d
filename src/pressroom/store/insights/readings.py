"""`SqlReadings`: media, their readings, and the account's own numbers."""

import gc
from collections import defaultdict
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from pressroom.core.readings import (
    AccountDay,
    AccountReading,
    AgedReading,
    AudienceReading,
    Batch,
    Collecting,
    Kept,
    KeptExperiment,
    KeptMedia,
    MediaQuery,
    MetricNote,
    MissedReading,
    Reading,
    Streamed,
)
from pressroom.graph.answers import MediaId
from pressroom.store.columns import is_among
from pressroom.store.database import Database, Writes
from pressroom.store.identity import ensure_account
from pressroom.store.insights import rows
from pressroom.store.insights import tables as t
from pressroom.store.tables import accounts

_STORY = "STORY"
_M, _R = t.media.c, t.readings.c
_NEWEST_FIRST = (_M.published_at.desc(), _M.id.desc())
_COLLECTING = sa.select(t.collections).where(t.collections.c.account == sa.bindparam("account"))
_PLANNED = (
    sa.select(_M.due_at)
    .where(_M.account == sa.bindparam("account"), _M.due_at.is_not(None))
    .order_by(_M.due_at)
    .limit(1)
)
# Built once: a worker asks them each minute for each account.
_DUE = {True: _PLANNED.where(_M.product_type == _STORY), False: _PLANNED.where(_M.product_type != _STORY)}

_KEPT = (t.media, t.readings, t.thumbnails, t.account_days, t.audience, t.followers)


class SqlReadings:
    """Media, their readings, and the account's own numbers. `account` is a `core.account.AccountId`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collecting(self, account: str) -> Collecting | None:
        """Return how far collecting is; None where nobody has begun it."""
        with self._database.reading() as connection:
            row = connection.execute(_COLLECTING, {"account": account}).first()
            return rows.read_collecting(row) if row else None

    def stop(self, account: str, at: datetime | None) -> None:
        """Note since when an account is not collected; None: it is collected again."""
        c = t.collections.c
        with self._database.writing() as connection:
            connection.execute(sa.update(t.collections).where(c.account == account).values(stopped_at=at))

    def collected(self) -> Sequence[str]:
        """Return the accounts that are collected and not stopped."""
        c = t.collections.c
        with self._database.reading() as connection:
            collected = sa.select(c.account).where(c.stopped_at.is_(None)).order_by(c.account)
            return list(connection.execute(collected).scalars())

    def keep(self, account: str, batch: Batch) -> None:
        """Store a batch, all of it or none.

        The moment at which it was stopped stays: a process that collects meanwhile does not know of it.
        """
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            writes = Writes(self._database, connection)
            writes.put(t.media, [rows.media_row(ours, media) for media in batch.media])
            readings = [rows.reading_row(ours, reading) for reading in batch.readings]
            writes.insert(t.readings, readings, skips_existing=True)
            missed = [rows.missed_row(ours, reading) for reading in batch.missed]
            writes.insert(t.missed_readings, missed, skips_existing=True)
            writes.put(t.thumbnails, [rows.thumbnail_row(ours, thumbnail) for thumbnail in batch.thumbnails])
            writes.put(t.account_days, [rows.day_row(ours, day) for day in batch.days])
            writes.put(t.audience, [rows.audience_row(ours, reading) for reading in batch.audience])
            if batch.account:
                writes.put(t.followers, [rows.account_row(ours, batch.account)])
            if batch.collecting:
                writes.put(t.collections, [rows.collecting_row(ours, batch.collecting)])
            writes.execute()

    def media(self, account: str, query: MediaQuery) -> Sequence[KeptMedia]:
        """Return the kept media that a query names, newest first."""
        selected = sa.select(t.media).where(*_conditions_of(account, query))
        if query.ids:
            # Sorted here: for an order of its own SQLite would walk all media in it, to find these.
            media = sorted(self._media(selected), key=lambda each: (each.published_at, each.id), reverse=True)
        else:
            limit = query.limit if query.text is None else None
            media = self._media(selected.order_by(*_NEWEST_FIRST).limit(limit))
        if query.text is not None:
            # Here and not in SQL: SQLite knows the cases of ASCII alone.
            text = query.text.casefold()
            media = [each for each in media if text in (each.caption or "").casefold()]
        return media[: query.limit]

    def open(self, account: str, now: datetime, *, product: str | None = None) -> Sequence[KeptMedia]:
        """Return the media whose next reading would count now, newest first.

        product: STORY, or all others.
        """
        open_media = sa.select(t.media).where(_M.account == account, _M.opens_at <= now, _is_of(product))
        return self._media(open_media.order_by(*_NEWEST_FIRST))

    def next_due(self, account: str, *, stories: bool) -> datetime | None:
        """Return when the next planned reading is due; None when none is planned."""
        with self._database.reading() as connection:
            return connection.execute(_DUE[stories], {"account": account}).scalar()

    def newest(self, account: str, count: int) -> Sequence[KeptMedia]:
        """Return the newest media that are no stories, and have not vanished."""
        present = sa.select(t.media).where(_M.account == account, _is_of(None), _M.vanished_at.is_(None))
        return self._media(present.order_by(*_NEWEST_FIRST).limit(count))

    def aged(
        self,
        account: str,
        of: MediaQuery | Sequence[KeptMedia],
        youngest_s: int = 0,
        oldest_s: int | None = None,
    ) -> Sequence[AgedReading]:
        """Return media with their readings between two ages, both inclusive.

        of: media that the caller has read, which are not read again, or a query. In their order, then by age.
        """
        media = self._those(account, of)
        readings = sa.select(t.readings).where(_R.account == account, is_among(_R.media_id, _ids(media)))
        if oldest_s is not None:
            readings = readings.where(_R.age_s <= oldest_s)
        return self._aged(media, readings.where(_R.age_s >= youngest_s).order_by(_R.media_id, _R.age_s))

    def latest(self, account: str, of: MediaQuery | Sequence[KeptMedia]) -> Sequence[AgedReading]:
        """Return media, each with its reading at the highest age, if it has one. of: as of `aged`."""
        media = self._those(account, of)
        is_theirs = sa.and_(_M.account == account, is_among(_M.id, _ids(media)))
        return self._aged(media, _HIGHEST.where(is_theirs))

    def missed(self, account: str, query: MediaQuery) -> Sequence[MissedReading]:
        """Return the missed readings of the media of a query."""
        c = t.missed_readings.c
        is_its = sa.and_(c.account == _M.account, c.media_id == _M.id)
        missed = sa.select(t.missed_readings).join_from(t.media, t.missed_readings, is_its)
        missed = missed.where(*_conditions_of(account, query)).order_by(*_NEWEST_FIRST, c.planned_age_s)
        with self._database.reading() as connection:
            return [rows.read_missed(row) for row in connection.execute(missed)]

    def thumbnails(self, account: str, ids: Collection[MediaId]) -> Mapping[MediaId, bytes]:
        """Return the thumbnails of some media, as JPEG; a media without one is left out."""
        c = t.thumbnails.c
        of_media = sa.select(t.thumbnails).where(c.account == account, is_among(c.media_id, ids))
        with self._database.reading() as connection:
            thumbnails = [rows.read_thumbnail(row) for row in connection.execute(of_media)]
        return {thumbnail.media_id: thumbnail.jpeg for thumbnail in thumbnails}

    def without_thumbnail(self, account: str, ids: Collection[MediaId]) -> frozenset[MediaId]:
        """Return which of some media have no thumbnail, kept or not; reads no picture."""
        c = t.thumbnails.c
        with_thumbnail = sa.select(c.media_id).where(c.account == account, is_among(c.media_id, ids))
        with self._database.reading() as connection:
            return frozenset(ids).difference(connection.execute(with_thumbnail).scalars())

    def days(
        self, account: str, since: datetime, until: datetime, metrics: Collection[str] = ()
    ) -> Sequence[AccountDay]:
        """Return the days that end after `since` and not after `until`, by metric and in order.

        metrics: empty for all.
        """
        c = t.account_days.c
        days = sa.select(t.account_days).where(c.account == account, c.ends_at > since, c.ends_at <= until)
        if metrics:
            days = days.where(is_among(c.metric, metrics))
        with self._database.reading() as connection, no_garbage_collection():
            result = connection.execute(days.order_by(c.metric, c.ends_at))
            return [rows.read_day(row) for row in result.all()]

    def audience(self, account: str, *, before: datetime) -> Sequence[AudienceReading]:
        """Return of each metric and breakdown the last reading before a moment."""
        c = t.audience.c
        # One pass: a subquery of each row would take the square of the weeks.
        last = (
            sa.select(c.metric, c.breakdown, sa.func.max(c.read_at).label("last"))
            .where(c.account == account, c.read_at < before)
            .group_by(c.metric, c.breakdown)
            .subquery()
        )
        is_last = [c.metric == last.c.metric, c.breakdown == last.c.breakdown, c.read_at == last.c.last]
        audience = sa.select(t.audience).join(last, sa.and_(*is_last)).where(c.account == account)
        with self._database.reading() as connection:
            result = connection.execute(audience.order_by(c.metric, c.breakdown))
            return [rows.read_audience(row) for row in result]

    def account_readings(self, account: str, since: datetime, until: datetime) -> Sequence[AccountReading]:
        """Return the account's own readings of a span, in order."""
        c = t.followers.c
        span = sa.select(t.followers).where(c.account == account, c.read_at >= since, c.read_at <= until)
        with self._database.reading() as connection:
            return [rows.read_account(row) for row in connection.execute(span.order_by(c.day))]

    def page(
        self,
        account: str,
        kind: type[Streamed],
        after: Streamed | None,
        limit: int,
        *,
        since: datetime | None = None,
    ) -> Sequence[Streamed]:
        """Return the next values of a kind in the order of their keys, for whoever streams them all.

        after: the last one of the page before. since: only values read from then on, but all media.
        Media are in the order of their ids, readings of media id and age, days of metric and end.
        """
        stream = rows.STREAMS[kind]
        with self._database.reading() as connection:
            page = connection.execute(stream.page(account, after, since).limit(limit))
            return [stream.read(row) for row in page.all()]

    def accounts(self) -> Sequence[str]:
        """Return the accounts of which something is kept, collected or not."""
        accounts = sa.union(*(sa.select(table.c.account) for table in _KEPT))
        with self._database.reading() as connection:
            return sorted(connection.execute(accounts).scalars())

    def kept(self, account: str) -> Kept:
        """Count what is kept."""
        counts = [
            sa.select(sa.func.count()).where(table.c.account == account).scalar_subquery()
            for table in (t.media, t.readings, t.missed_readings, t.account_days)
        ]
        ends = [
            sa.select(end(_R.read_at)).where(_R.account == account).scalar_subquery()
            for end in (sa.func.min, sa.func.max)
        ]
        with self._database.reading() as connection:
            return Kept(*connection.execute(sa.select(*counts, *ends)).one())

    def put_experiment(self, account: str, experiment: KeptExperiment) -> bool:
        """Store an experiment that starts, or the same one decided or stopped.

        False for a start while one runs, and for one decided that does not run any more.
        """
        c = t.experiments.c
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            # Two that start at once wait for each other here.
            connection.execute(sa.select(accounts.c.id).where(accounts.c.id == ours).with_for_update())
            running = sa.select(c.started_at).where(c.account == ours, c.stopped_at.is_(None)).limit(1)
            if experiment.outcome:
                running = running.where(c.started_at == experiment.started_at)
            is_running = connection.execute(running).first() is not None
            if experiment.stopped_at is None and is_running is not bool(experiment.outcome):
                return False
            writes = Writes(self._database, connection)
            writes.put(t.experiments, [rows.experiment_row(ours, experiment)])
            writes.execute()
            return True

    def experiment(self, account: str) -> KeptExperiment | None:
        """Return the experiment that runs, else the latest; None where there was none."""
        c = t.experiments.c
        of_account = sa.select(t.experiments).where(c.account == account)
        # Two accounts that prove to be one may have one each.
        latest = of_account.order_by(c.stopped_at.is_not(None), c.started_at.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(latest).first()
            return rows.read_experiment(row) if row else None

    def add_metric_note(self, account: str, note: MetricNote) -> bool:
        """Store a note; False, and nothing stored, where the metric has one of that day already."""
        with self._database.writing() as connection:
            row = rows.metric_note_row(ensure_account(self._database, connection, account), note)
            # PostgreSQL counts no rows of an insert that skips what is there: what it returns is what is new.
            adding = self._database.insert_missing(t.metric_notes, row).returning(t.metric_notes.c.day)
            return connection.execute(adding).first() is not None

    def metric_notes(self, account: str) -> Sequence[MetricNote]:
        """Return an account's notes in the order of their days."""
        c = t.metric_notes.c
        notes = sa.select(t.metric_notes).where(c.account == account).order_by(c.day, c.metric)
        with self._database.reading() as connection:
            return [rows.read_metric_note(row) for row in connection.execute(notes)]

    def delete_metric_note(self, account: str, metric: str, day: date) -> MetricNote | None:
        """Delete a metric's note of a day, and return it; None where it has none."""
        c = t.metric_notes.c
        that = sa.delete(t.metric_notes).where(
            c.account == account, c.metric == metric, c.day == day.isoformat()
        )
        with self._database.writing() as connection:
            row = connection.execute(that.returning(t.metric_notes)).first()
            return rows.read_metric_note(row) if row else None

    def delete_before(self, account: str | None, moment: datetime) -> int:
        """Delete readings, missed readings, thumbnails, days and audiences before a moment; returns how many.

        The account's own readings go, too. account: None for all.
        """
        dated = {
            t.readings: _R.read_at,
            t.missed_readings: t.missed_readings.c.noted_at,
            t.thumbnails: t.thumbnails.c.read_at,
            t.account_days: t.account_days.c.ends_at,
            t.audience: t.audience.c.read_at,
            t.followers: t.followers.c.read_at,
        }
        with self._database.writing() as connection:
            deleted = 0
            for table, at in dated.items():
                of_account = [] if account is None else [table.c.account == account]
                deleted += connection.execute(sa.delete(table).where(at < moment, *of_account)).rowcount
            return deleted

    def _media(self, media: sa.Select[Any]) -> list[KeptMedia]:
        with self._database.reading() as connection, no_garbage_collection():
            return [rows.read_media(row) for row in connection.execute(media).all()]

    def _those(self, account: str, of: MediaQuery | Sequence[KeptMedia]) -> Sequence[KeptMedia]:
        return self.media(account, of) if isinstance(of, MediaQuery) else of

    def _aged(self, media: Sequence[KeptMedia], readings: sa.Select[Any]) -> Sequence[AgedReading]:
        readings_of = defaultdict[str, list[Reading]](list)
        with self._database.reading() as connection, no_garbage_collection():
            for row in connection.execute(readings).all():
                if row.media_id is not None:
                    readings_of[row.media_id].append(rows.read_reading(row))
        return [AgedReading(each, reading) for each in media for reading in readings_of[each.id]]


_O = t.readings.alias().c
# Of the media, not of the reading: so it is looked up once for each media.
_HIGHEST_AGE = sa.select(sa.func.max(_O.age_s)).where(_O.account == _M.account, _O.media_id == _M.id)
_IS_HIGHEST = sa.and_(
    _R.account == _M.account, _R.media_id == _M.id, _R.age_s == _HIGHEST_AGE.scalar_subquery()
)
# Of media the reading at the highest age, which is nothing but NULL where there is none. An outer join, since
# SQLite would begin an inner one with the readings, of which there are many more.
_HIGHEST = sa.select(t.readings).select_from(t.media).outerjoin(t.readings, _IS_HIGHEST)


def _ids(media: Sequence[KeptMedia]) -> list[str]:
    return [each.id for each in media]


def _conditions_of(account: str, query: MediaQuery) -> list[sa.ColumnElement[bool]]:
    conditions = [_M.account == account]
    for column, words in (
        (_M.id, query.ids),
        (_M.product_type, query.products),
        (_M.media_type, query.types),
    ):
        if words:
            conditions.append(is_among(column, words))
    if query.since:
        conditions.append(_M.published_at >= query.since)
    if query.before:
        conditions.append(_M.published_at < query.before)
    return conditions


def _is_of(product: str | None) -> sa.ColumnElement[bool]:
    return _M.product_type == product if product else _M.product_type != _STORY


@contextmanager
def no_garbage_collection() -> Generator[None]:
    """Pause the collector: values of rows hold no cycles, and its passes took a third of a question's time.

    If two threads pause it, the first that ends starts it again, which only costs time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
