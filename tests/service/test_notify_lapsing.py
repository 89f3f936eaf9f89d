"""Instagram takes back a permission that was not used for 90 days, and a person is told before."""

from datetime import timedelta

from pressroom.core.account import LoginDetails
from pressroom.core.post import PostState
from pressroom.graph.hosts import LoginType
from tests.service.office import an_office

SIGN_IN = "pressroom auth login --account default"
DAY = timedelta(days=1)


async def test_it_is_told_once_two_weeks_ahead_with_the_posts_that_would_miss() -> None:
    async with an_office() as office:
        office.login_changes(details=LoginDetails(never_ends=True))
        missed = office.world.schedule(in_s=100 * DAY.total_seconds())
        assert await office.look(75 * DAY.total_seconds()) == []
        assert await office.look(DAY.total_seconds()) == ["permission_lapses"]
        (told,) = office.listener.bodies
        assert (told["days_left"], told["command"]) == (14, SIGN_IN)
        assert [one["post_id"] for one in told["would_miss"]] == [missed]
        assert "Nothing was published as default for 76 days" in told["text"]
        for _ in range(20):
            assert await office.look(DAY.total_seconds()) == ["permission_lapses"]


async def test_who_publishes_before_or_plans_nothing_later_is_not_told() -> None:
    async with an_office() as office:
        office.login_changes(details=LoginDetails(never_ends=True))
        await office.look(80 * DAY.total_seconds())
        office.world.schedule(in_s=5 * DAY.total_seconds())
        office.world.schedule(in_s=30 * DAY.total_seconds())
        assert await office.look() == []


async def test_a_post_that_went_out_keeps_the_permission_for_90_days_more() -> None:
    async with an_office() as office:
        office.login_changes(details=LoginDetails(never_ends=True))
        sent = office.world.schedule(in_s=60 * DAY.total_seconds())
        office.world.schedule(in_s=200 * DAY.total_seconds())
        assert await office.look(60 * DAY.total_seconds()) == []
        office.change(sent, state=PostState.PUBLISHED)
        assert await office.look(75 * DAY.total_seconds()) == []
        assert await office.look(DAY.total_seconds()) == ["permission_lapses"]


async def test_a_login_that_ends_before_is_told_as_that_alone() -> None:
    async with an_office() as office:
        ends = office.world.clock.now() + 90 * DAY
        known = LoginDetails(never_ends=True, data_access_expires_at=ends)
        office.login_changes(login_type=LoginType.FACEBOOK, details=known)
        office.world.schedule(in_s=100 * DAY.total_seconds())
        assert await office.look(80 * DAY.total_seconds()) == ["token_ends"]


async def test_once_it_has_lapsed_a_sign_in_alone_helps() -> None:
    async with an_office() as office:
        office.login_changes(details=LoginDetails(never_ends=True))
        office.world.schedule(in_s=100 * DAY.total_seconds())
        assert await office.look(91 * DAY.total_seconds()) == ["permission_lapses"]
        assert "is not used for 90: sign in again with" in office.listener.bodies[0]["text"]


async def test_a_sign_in_grants_it_again() -> None:
    async with an_office() as office:
        office.login_changes(details=LoginDetails(never_ends=True))
        office.world.schedule(in_s=100 * DAY.total_seconds())
        office.world.clock.advance(80 * DAY.total_seconds())
        office.login_changes(token_obtained_at=office.world.clock.now())
        assert await office.look() == []
