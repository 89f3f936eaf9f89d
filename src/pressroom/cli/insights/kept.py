"""`pressroom insights media`, `stories` and `compare`: the numbers of posts as they are kept.

They make no call. An age in a table is that at which the numbers stand; it says if they were corrected to it.
"""

from collections.abc import Sequence

import click

from pressroom.cli.insights.telling import (
    CAPTION,
    FEW,
    ID,
    PUBLISHED,
    Age,
    age_of,
    csv_options,
    line,
    note_zone,
    percent,
    published,
    write_csv,
    zone_option,
)
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.parameters import Since, When, account_option, moment
from pressroom.core.readings import Number
from pressroom.core.spelling import CsvStyle, age, number
from pressroom.service.insights.kept import KINDS, By, KeptPosts, PostComparison
from pressroom.service.insights.unwatched import first_comparison_says, last_reading_says, outlook_says
from pressroom.service.shapes.kept import (
    ComparisonShape,
    KeptPostsShape,
    StoriesShape,
    StoryShape,
    TapsShape,
)

# What each kind of post has; the others are in `--csv` and `--json`.
_METRICS = ("views", "reach", "likes", "comments", "saved", "shares")
_MOST_LAST_READINGS = 20
_NOTHING = "Nothing of the kind is kept."


@click.command(cls=Command)
@click.option("--age", "age_s", type=Age(), help="The age of all numbers: 24h, 7d. Else the last reading's.")
@click.option("--sort", metavar="METRIC", help="The highest first: reach, views, engagement_rate ...")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only these; repeatable.")
@click.option("--since", type=Since(), help="Published from then on: 30d, 2026-11-01, today.")
@click.option("--until", type=Since(), help="Published before then.")
@click.option("--text", help="Only those whose caption has this in it.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@csv_options("Print a table for a spreadsheet, a media a line.")
@account_option
@click.pass_obj
async def media(
    invocation: Invocation,
    *,
    age_s: int | None,
    sort: str | None,
    kinds: tuple[str, ...],
    since: When | None,
    until: When | None,
    text: str | None,
    limit: int | None,
    csv: CsvStyle | None,
    account_name: str | None,
) -> None:
    r"""List what is kept of media with their numbers, newest first. Makes no call.

    With --age all numbers stand at that age, between the readings before and after it, so that old and new
    posts compare. Under 6h they stand at the age of the nearest reading. A dash is a number that Instagram
    did not give, or an age of which nothing is known.

    \b
    pressroom insights media --age 24h --sort reach --kind reel
    pressroom insights media --since 90d --text "#harbour" --csv > harbour.csv
    """
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        kept = await pressroom.insights.media(
            age_s=age_s,
            kinds=kinds,
            since=moment(since, now),
            until=moment(until, now),
            text=text,
            sort=sort,
            limit=limit,
        )
    shape = KeptPostsShape.of(kept)
    if csv:
        # Kinds of post have different metrics: the table has a column for each that any of them has.
        names = sorted({name for post in shape.media for name in post.metrics})
        columns = ("id", "kind", "published_at", "age_s", "basis", "uncertainty_percent", *names)
        columns = (*columns, "engagement_rate", "rate_by", "caption")
        rows = [
            [
                *(post.id, post.kind, post.published_at, post.age_s, post.basis, post.uncertainty_percent),
                *(post.metrics.get(name) for name in names),
                *(post.engagement_rate, post.rate_by, post.caption, post.permalink),
            ]
            for post in shape.media
        ]
        write_csv(invocation, csv, (*columns, "permalink"), rows)
        return
    invocation.console.answer(shape, lambda: draw_kept(invocation, shape, sort=sort))
    without = sum(post.aged is None for post in kept.posts)
    if kept.age_s is not None and without and not invocation.console.is_json:
        # Numbers of other ages do not compare, so such a post shows dashes.
        some = f"{without} of {len(kept.posts)}"
        invocation.console.note(f"{some} have no numbers at {age(kept.age_s)}: not read near it, or younger.")
    _note_outlook(invocation, kept)
    if sort is not None and kept.age_s is None and not invocation.console.is_json:
        invocation.console.note(
            "Sorted by the last reading of each, at its own age: older posts had more time."
        )


def _note_outlook(invocation: Invocation, answer: KeptPosts | PostComparison) -> None:
    """Print the last readings of posts that have no number at `age_s` yet, and when posts can be compared."""
    note = invocation.console.note
    if invocation.console.is_json or answer.age_s is None:
        return
    # Once two posts can be compared, the last readings of the others are not shown any more.
    if answer.first_comparison:
        for aged in answer.last_readings[:_MOST_LAST_READINGS]:
            note(f"{aged.media.id} so far: {last_reading_says(aged)}.")
        note(first_comparison_says(answer.first_comparison))
    if answer.outlook:
        note(outlook_says(answer.outlook))


def draw_kept(invocation: Invocation, shape: KeptPostsShape, *, sort: str | None = None) -> None:
    """Write kept media as a table, a media a line. sort: the metric by which they are sorted stays."""
    if not shape.media:
        invocation.console.note(_NOTHING)
        return
    rows = list[list[str]]()
    for post in shape.media:
        head = [post.id, post.kind, published(invocation, post.published_at), age_of(invocation, post)]
        numbers = [number(post.metrics.get(name)) for name in _METRICS]
        gone = "(deleted) " if post.is_deleted else "(gone) " if post.vanished_at else ""
        rows.append([*head, *numbers, percent(post.engagement_rate), f"{gone}{line(post.caption)}"])
    metrics = (Column(name, 0 if name == sort else rank) for rank, name in enumerate(_METRICS, 1))
    columns = (ID, "kind", PUBLISHED, Column("age", 3), *metrics, Column("engagement", 1), CAPTION)
    invocation.console.table(columns, rows)


_STORY_NUMBERS = ("views", "reach", "replies", "shares")
# They are read at 20 and 23 hours alone, each with its share of the views of that reading.
_TAPS = ("exits", "taps_forward", "taps_back", "swipes")
_STORIES = (
    ID,
    PUBLISHED,
    "age",
    *(Column(name, rank) for rank, name in enumerate(_STORY_NUMBERS, 1)),
    *(Column(name.replace("_", " "), rank) for rank, name in enumerate(_TAPS, 1)),
    "completion",
    CAPTION,
)


@click.command(cls=Command)
@click.option("--since", type=Since(), help="Published from then on: 7d, 2026-11-01, today.")
@click.option("--until", type=Since(), help="Published before then.")
@csv_options("Print a table for a spreadsheet, a story a line.")
@account_option
@click.pass_obj
async def stories(
    invocation: Invocation,
    *,
    since: When | None,
    until: When | None,
    csv: CsvStyle | None,
    account_name: str | None,
) -> None:
    r"""List kept stories with their last reading, newest first. Makes no call.

    Exits, taps and swipes are counts, and in brackets their share of the story's views; completion is 100 %
    less the exits. They are read at 20 and 23 hours: a dash is what was not read. Stories with a reading
    that was missed follow, each with why.

    \b
    pressroom insights stories --since 7d
    pressroom insights stories --csv > stories.csv
    """
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        kept = await pressroom.insights.stories(since=moment(since, now), until=moment(until, now))
    shape = StoriesShape.of(kept)
    if csv is None:
        invocation.console.answer(shape, lambda: _draw_stories(invocation, shape))
        return
    columns = ["id", "published_at", "age_s", "version", *_STORY_NUMBERS, "taps_age_s"]
    columns += [f"{name}{end}" for name in _TAPS for end in ("", "_percent")]
    columns += ["completion_percent", "missed", "caption", "permalink"]
    rows = list[Sequence[object]]()
    for story in shape.stories:
        numbers = [getattr(story, name) for name in _STORY_NUMBERS]
        taps = [(count.count, count.percent) if count else (None, None) for count in _taps_of(story)]
        missed = "; ".join(f"{age(reading.age_s)}: {reading.why}" for reading in story.missed)
        rows.append(
            [
                *(story.id, story.published_at, story.age_s, story.version, *numbers, story.taps_age_s),
                *(cell for pair in taps for cell in pair),
                *(story.completion_percent, missed, story.caption, story.permalink),
            ]
        )
    write_csv(invocation, csv, columns, rows)


def _draw_stories(invocation: Invocation, shape: StoriesShape) -> None:
    console, rows = invocation.console, list[list[str]]()
    if not shape.stories:
        console.note(_NOTHING)
        return
    for story in shape.stories:
        numbers = [number(getattr(story, name)) for name in _STORY_NUMBERS]
        for taps in _taps_of(story):
            share = f" ({percent(taps.percent)})" if taps and taps.percent is not None else ""
            numbers.append(f"{number(taps.count)}{share}" if taps else "-")
        head = [story.id, published(invocation, story.published_at), age(story.age_s)]
        rows.append([*head, *numbers, percent(story.completion_percent), line(story.caption)])
    console.table(_STORIES, rows)
    # A reading that was missed never comes back: the story is gone after 24 hours.
    missed = [
        [
            *(story.id, published(invocation, story.published_at)),
            *(age(reading.age_s), line(reading.text)),
        ]
        for story in shape.stories
        for reading in story.missed
    ]
    if missed:
        console.data("")
        console.table((ID, PUBLISHED, "missed at", Column("why", shortest=30)), missed)
    console.note(
        # Only stories that were read near their end compare with each other.
        f"{shape.read_near_end} of {len(shape.stories)} stories were read near their end (20 h or later), "
        f"{shape.unread} were never read."
    )
    # As Meta says of its story metrics; nothing tells such a 0 from a true one.
    console.note("Instagram may give a count under 5 as 0, and replies from the EU and Japan as 0.")


def _taps_of(story: StoryShape) -> list[TapsShape | None]:
    return [getattr(story, name) for name in _TAPS]


@click.command(cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--by", type=click.Choice([by.value for by in By]), help="Groups of posts in place of posts.")
@click.option("--metric", default="reach", show_default=True, help="A metric, or engagement_rate.")
@click.option("--age", "age_s", type=Age(), default=24 * 3600, help="The age of all numbers; by default 24h.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="With --by: only these.")
@click.option("--since", type=Since(), help="With --by: published from then on; by default 90d.")
@click.option("--until", type=Since(), help="With --by: published before then.")
@zone_option
@csv_options("Print a table for a spreadsheet.")
@account_option
@click.pass_obj
async def compare(
    invocation: Invocation,
    *,
    ids: tuple[str, ...],
    by: str | None,
    metric: str,
    age_s: int,
    kinds: tuple[str, ...],
    since: When | None,
    until: When | None,
    tz: str | None,
    csv: CsvStyle | None,
    account_name: str | None,
) -> None:
    r"""Compare posts at an equal age: each with its place among its own kind of the last 90 days.

    With --by groups are compared: how many, median, and the quartiles between which half of them lie. A
    group of fewer than 5 is marked with a dot: it says little. Groups are described, and not tested. Makes
    no call.

    \b
    pressroom insights compare 17901234567890123 17907654321098765
    pressroom insights compare --by kind --metric engagement_rate --age 7d
    pressroom insights compare --by weekday --kind reel --since 180d
    """
    if bool(ids) == (by is not None):
        raise click.UsageError("Name posts by their ids, or give --by.")
    if ids and (kinds or since is not None or until is not None):
        raise click.UsageError("--kind, --since and --until go with --by.")
    now = invocation.runtime.clock.now()
    async with invocation.session(account_name) as pressroom:
        if by is None:
            comparison = await pressroom.insights.compare(ids, metric=metric, age_s=age_s)
        else:
            comparison = await pressroom.insights.in_zone(tz).compare_groups(
                By(by),
                metric=metric,
                age_s=age_s,
                kinds=kinds,
                since=moment(since, now),
                until=moment(until, now),
            )
    shape = ComparisonShape.of(comparison)
    if csv:
        _write_comparison(invocation, csv, shape)
    else:
        invocation.console.answer(shape, lambda: _draw_comparison(invocation, shape))
        _note_outlook(invocation, comparison)
        if by not in (None, By.KIND) and not invocation.console.is_json:
            note_zone(invocation, is_assumed=shape.is_zone_assumed)


def _draw_comparison(invocation: Invocation, shape: ComparisonShape) -> None:
    if not shape.groups and not shape.posts:
        invocation.console.note(_NOTHING)
        return
    rows = list[list[str]]()
    if shape.groups:
        for group in shape.groups:
            # The median of fewer than five posts says little: reach differs by a factor of two for no
            # reason.
            n = f"{group.n}{f' {FEW}' if group.is_few else ''}"
            between = " - ".join(_rounded(quartile) for quartile in group.quartiles or ()) or "-"
            rows.append([group.name, n, str(group.without), _rounded(group.median), between])
        columns = ("group", "n", "without", f"median {shape.metric}", "half of them between")
        invocation.console.table(columns, rows)
        if shape.ages_s:
            lowest, highest = map(age, shape.ages_s)
            stand = f"at {lowest}" if lowest == highest else f"as read, at {lowest} to {highest}"
            some = f"; {shape.corrected} are corrected from readings further off" if shape.corrected else ""
            invocation.console.note(f"Numbers stand {stand}{some}.")
        if shape.note:
            invocation.console.note(shape.note)
        return
    for post in shape.posts:
        words = "-"
        # A reel is held against reels alone: kinds reach differently many.
        if place := post.among_its_kind:
            words = f"{place.place} of {place.of} {post.kind}s{f' {FEW}' if place.is_few else ''}"
        head = [post.id, post.kind, published(invocation, post.published_at), age_of(invocation, post)]
        rows.append([*head, _rounded(post.value), words, line(post.caption)])
    columns = (ID, "kind", PUBLISHED, Column("age", 1), shape.metric, "place", CAPTION)
    invocation.console.table(columns, rows)


# Medians and rates have decimals, counts do not; two are enough for both.
def _rounded(value: Number | None) -> str:
    return number(value, decimals=0 if value is None or value == round(value) else 2)


def _write_comparison(invocation: Invocation, csv: CsvStyle, shape: ComparisonShape) -> None:
    if shape.groups:
        columns = ["group", "n", "without", "median", "first_quartile", "third_quartile"]
        rows = [
            [group.name, group.n, group.without, group.median, *(group.quartiles or (None, None))]
            for group in shape.groups
        ]
        write_csv(invocation, csv, columns, rows)
        return
    columns = ["id", "kind", "published_at", "age_s", "basis", "uncertainty_percent", shape.metric]
    columns += ["place", "of", "caption"]
    posts = [
        [
            *(post.id, post.kind, post.published_at, post.age_s, post.basis, post.uncertainty_percent),
            post.value,
            *((place.place, place.of) if (place := post.among_its_kind) else (None, None)),
            post.caption,
        ]
        for post in shape.posts
    ]
    write_csv(invocation, csv, columns, posts)
