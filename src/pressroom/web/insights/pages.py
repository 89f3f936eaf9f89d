"""The pages of insights: numbers at an equal age, a pull by a button, and reports by a click."""

import asyncio
import re
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import starmap
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from pressroom.core.errors import NotFound, Refused
from pressroom.core.post import WENT_LIVE
from pressroom.core.remedies import Remedy, RemedyKind, by_command
from pressroom.core.when import start_of
from pressroom.service import Session
from pressroom.service.ground.output import REPORT_EXTRA, require_report_extra
from pressroom.service.insights.accounts import pull_insights_of
from pressroom.service.insights.kept import By
from pressroom.service.insights.unwatched import first_comparison_says, outlook_says
from pressroom.web.done import answer_done
from pressroom.web.insights import shown
from pressroom.web.insights.plots import HEIGHT, WIDTH, plot_of_days, plot_of_posts
from pressroom.web.page import Page
from pressroom.web.reader import Reader
from pressroom.web.site import PageRequest, RunningPull, Site, in_words

_PATH: Final = "/insights"
_MEDIA_ID: Final = re.compile(r"[0-9]{1,30}")
# More are a click away: a phone would scroll through them for a minute.
_FIRST_ROWS: Final = 20
_MOST_ROWS: Final = 500
# A pull of what is due takes a second or two; the first one of a large account takes minutes.
_WAIT_S: Final = 8.0
_DAY: Final = timedelta(days=1)
# A transparent dot.
_NOTHING: Final = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)
# Behind the page's own policy a report has one of its own: no script, no origin, nothing from elsewhere.
_REPORT_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


async def show(site: Site, request: PageRequest) -> Response:
    """Show an account and its posts at an age. Raises Refused for what is no age, period or metric."""
    age, period = request.asked("age") or "24h", request.asked("period") or "28d"
    if age not in shown.AGES:
        ages = ", ".join(shown.AGES)
        raise Refused(f"{age!r} is no age.", rule="age", value=age, limit=ages, fix="Choose one of those.")
    sort, logins = request.asked("sort"), await site.pressroom.accounts.logins()
    default = next((login.name for login in logins if login.is_default), "")
    account = request.asked("account") or default
    session = site.session_of(account) if account else site.pressroom
    chosen = {"account": account, "age": age, "period": period, "sort": sort, "rows": request.asked("rows")}
    context: dict[str, Any] = {
        "title": "Insights",
        "accounts": [(login.name, login.name) for login in logins],
        "chosen": chosen,
        "ages": [(name, shown.spelled(name)) for name in shown.AGES],
        "periods": shown.PERIODS,
        "address": f"{_PATH}?{urlencode({name: value for name, value in chosen.items() if value})}",
        "pull": (running := site.pulls.get(account)),
        "pull_problem": in_words(site, running.error) if running and running.error else None,
        "how_to_pull": by_command(pull_insights_of(account)),
    }
    try:
        fresh = await session.insights.freshness()
    except NotFound:
        if account and not any(account in (login.name, login.account) for login in logins):
            raise
        # A token of the environment has no login.
        is_signed_in = account or await site.pressroom.accounts.standings(asks=False)
        how_to_sign_in = "" if is_signed_in else by_command(Remedy(RemedyKind.SIGN_IN))
        return request.page("insights/page.html", **context, fresh=None, how_to_sign_in=how_to_sign_in)
    reader = await request.reader(site)
    return request.page(
        "insights/page.html",
        **context,
        fresh=fresh,
        local=reader.local,
        exact=shown.exact,
        **await _numbers(site, session, chosen, reader),
        **await _reports(site, fresh.account),
    )


async def _numbers(site: Site, session: Session, chosen: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    """Read what is kept of an account: its days, and its posts at an age."""
    insights, now = session.insights, site.clock.now()
    age_s, sort, period = shown.AGES[chosen["age"]], chosen["sort"], chosen["period"]
    account = await insights.account(period)
    since, until = start_of(account.period.first, reader.zone), now
    if not period.endswith("d"):
        # Days that are named, and not the last ones.
        until = start_of(account.period.last + _DAY, reader.zone)
    kept = await insights.media(
        age_s=age_s, sort=sort or None, kinds=shown.KINDS_OF_POSTS, since=since, until=until
    )
    posts, metric = kept.posts[: _MOST_ROWS if chosen["rows"] == "all" else _FIRST_ROWS], sort or "reach"
    compared = groups = None
    if age_s is not None and posts:
        ids = [str(post.media.id) for post in posts]
        compared = await insights.compare(ids, metric=metric, age_s=age_s)
        groups = await insights.compare_groups(By.KIND, metric=metric, age_s=age_s, since=since, until=until)
    reach = next((each for each in account.metrics if each.metric in ("reach", "viewers")), None)
    ours = await session.posts.list(*WENT_LIVE, due_from=since - _DAY, newest_first=True, limit=500)
    post_ids = {str(post.media_id): post.id for post in ours.posts if post.media_id}
    return {
        "account": account,
        "account_days": shown.days_in_words(account.period.first, account.period.last),
        "followers": (await insights.audience()).followers,
        "metrics": shown.account_metrics(account),
        "notes": shown.account_notes(account),
        "days": reach and plot_of_days(reach),
        "reach": reach,
        "posts": shown.shown_posts(
            posts, compared, post_ids, age_s, kept.last_readings, reader=reader, now=now
        ),
        "count": len(kept.posts),
        "read": sum(post.aged is not None for post in kept.posts),
        "outlook": kept.outlook and outlook_says(kept.outlook),
        "first_comparison": kept.first_comparison and first_comparison_says(kept.first_comparison),
        "plot": plot_of_posts(kept.posts, metric, since, until, reader),
        "box": (WIDTH, HEIGHT),
        "groups": groups.groups if groups else (),
        "metric": metric,
        "columns": [(name, shown.label_of(name), shown.counts_of(name)) for name in shown.COLUMNS],
        "age_words": shown.spelled(chosen["age"]),
        "label": shown.label_of(metric),
        "counts": shown.counts_of(metric),
    }


async def _reports(site: Site, account: str) -> dict[str, Any]:
    try:
        require_report_extra("A report", *REPORT_EXTRA)
    except Refused as lacks:
        return {"lacks": in_words(site, lacks), "reports": ()}
    jobs = [job for job in await site.pressroom.reports.list() if job.account_name == account]
    days = [map(date.fromisoformat, job.wish.period.split("..")) for job in jobs]
    return {"lacks": None, "reports": [*zip(jobs, starmap(shown.days_in_words, days), strict=True)]}


async def pull(site: Site, request: PageRequest) -> Response:
    """Read an account's numbers now; what takes longer goes on when this has answered."""
    account = request.form.get("account", "")
    session = site.session_of(account) if account else site.pressroom
    running = site.pulls.get(account)
    # A second click during a pull must not replace its progress.
    if running is None or not running.is_running:
        running = site.pulls[account] = RunningPull()
    task = running.task = await session.insights.pull_soon(running.note)
    await asyncio.wait({task}, timeout=_WAIT_S)
    words = "Instagram is being asked. The numbers are shown here as they come."
    if task.done():
        learnt = task.result().learnt
        words = f"Read: {learnt.readings} readings of posts, {learnt.days} days of the account."
    return answer_done(request, words, back=_PATH)


async def ask_report(site: Site, request: PageRequest) -> Response:
    """Ask for a report of an account; it is made in the background."""
    account = request.form.get("account", "")
    session = site.session_of(account) if account else site.pressroom
    job = await session.reports.ask(request.form.get("period", "28d"))
    return answer_done(request, f"The report of {job.account_name} is being made.", back=_PATH)


async def show_report(site: Site, request: PageRequest) -> Response:
    """Show a report that is ready, as the file that it is. Raises NotFound, Refused until it is ready."""
    job = await site.pressroom.reports.get(request.path_part("report"))
    content = await site.pressroom.reports.content(job.id)
    if content is None:
        text = "Go back, and open it when it is ready."
        return request.problem(409, f"This report is {job.state}", text)
    return Response(content.page, headers={"content-security-policy": _REPORT_POLICY}, media_type="text/html")


async def delete_report(site: Site, request: PageRequest) -> Response:
    """Delete a report, or call one off."""
    await site.pressroom.reports.delete(request.path_part("report"))
    return answer_done(request, "The report is deleted.", back=_PATH)


async def picture(site: Site, request: PageRequest) -> Response:
    """Give the small picture that is kept of a media, or one that shows nothing."""
    account, media_id = request.asked("account"), request.path_part("media")
    if not _MEDIA_ID.fullmatch(media_id):
        raise NotFound("There is no such media: an id of Instagram has digits alone.")
    session = site.session_of(account) if account else site.pressroom
    jpeg = await session.media.picture(media_id)
    headers = {"cache-control": "private, max-age=86400", "x-content-type-options": "nosniff"}
    if jpeg is None:
        # A page of two hundred posts does not ask beforehand; browsers mark a picture that is missing.
        return Response(_NOTHING, headers={**headers, "cache-control": "no-store"}, media_type="image/gif")
    return Response(jpeg, headers=headers, media_type="image/jpeg")


PAGES: Final = (
    Page(path=_PATH, answer=show, menu="Insights"),
    Page(path=f"{_PATH}/media/{{media}}/picture", answer=picture),
    Page(path=f"{_PATH}/pull", answer=pull, method="POST"),
    Page(path=f"{_PATH}/reports", answer=ask_report, method="POST"),
    Page(path=f"{_PATH}/reports/{{report}}", answer=show_report),
    Page(path=f"{_PATH}/reports/{{report}}/delete", answer=delete_report, method="POST"),
)
