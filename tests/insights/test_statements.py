"""How many statements a question makes: as many for hundreds of media as for a few."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import event

from pressroom.insights.questions.posts import By
from pressroom.insights.statistics.best_time import PostReach
from pressroom.service.insights.service import InsightService
from tests.insights.planted import Planted, planted

IDS = [str(number) for number in range(1, 6)]
Ask = Callable[[InsightService], Awaitable[object]]
# Beside those that find out which account is asked about, and that it is collected.
QUESTIONS: dict[str, tuple[Ask, int]] = {
    "at an age": (lambda insights: insights.media(age_s=86_400, sort="reach"), 2),
    "as last read": (lambda insights: insights.media(), 2),
    "kept": (lambda insights: insights.kept(*IDS), 2),
    "compare": (lambda insights: insights.compare(IDS), 4),
    "groups": (lambda insights: insights.compare_groups(By.WEEKDAY), 2),
    "stories": (lambda insights: insights.stories(), 3),
    "growth": (lambda insights: insights.growth(), 4),
    "best time": (lambda insights: insights.best_time(), 2),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_question_makes_as_many_statements_for_many_media_as_for_few(name: str) -> None:
    ask, most = QUESTIONS[name]
    counts = list[int]()
    for posts in (40, 300):
        async with planted() as account:
            at = account.clock.now() - timedelta(days=60)
            times = (at + timedelta(hours=4 * number) for number in range(posts))
            account.keep(PostReach(at=one, kind="photo", reach=9) for one in times)
            counts.append(await _statements(account, ask))
    assert counts[0] == counts[1] <= most


async def _statements(account: Planted, ask: Ask) -> int:
    """Count the statements about media, readings, days and followers."""
    asked = list[str]()
    engine = account.store.database.engine
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    await ask(account.insights)
    tables = ("media", "readings", "missed_readings", "account_days", "followers")
    return sum(any(f"FROM {table}" in " ".join(one.split()) for table in tables) for one in asked)
