"""Reports that are asked for: each is its owner's alone for a day, and is made by one worker at a time."""

from datetime import timedelta
from typing import Any

import pytest

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId
from pressroom.core.errors import PressroomError, Refused
from pressroom.core.report_jobs import (
    MOST_REPORTS,
    REPORT_LIFETIME,
    ReportContent,
    ReportId,
    ReportJob,
    ReportState,
    ReportWish,
)
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.posts import after

SHOP, OTHER = ActorId("program:shop"), ActorId("program:other")
ONE = ReportId("1" * 32)
CONTENT = ReportContent(b"{}", b"<!doctype html>")


def a_job(report_id: ReportId = ONE, **more: Any) -> ReportJob:
    fields: dict[str, Any] = {
        "owner": SHOP,
        "account": AccountId("1@instagram"),
        "account_name": "ana",
        "wish": ReportWish(
            period="2026-11-01..2026-11-14", language="de", comments={"next": "More."}, top_by="saved"
        ),
        "created_at": after(0),
        "ends_at": after(0) + REPORT_LIFETIME,
    }
    return ReportJob(id=report_id, **{**fields, **more})


def test_a_report_is_its_owners_until_it_ends(store: Store) -> None:
    jobs, job = store.report_jobs, a_job()
    jobs.add(job)
    assert jobs.get(SHOP, ONE, after(0)) == job
    assert jobs.list(SHOP, after(0)) == (job,)
    assert jobs.get(OTHER, ONE, after(0)) is None
    assert jobs.list(OTHER, after(0)) == ()
    assert not jobs.delete(OTHER, ONE, after(0))
    assert jobs.get(SHOP, ONE, job.ends_at) is None
    assert jobs.delete_ended(job.ends_at - timedelta(seconds=1)) == 0
    assert jobs.delete_ended(job.ends_at) == 1


def test_who_has_the_lease_says_what_became_of_it(store: Store) -> None:
    jobs = store.report_jobs
    jobs.add(a_job())
    assert jobs.claim(ONE, "first", lease_s=60) == 1
    assert jobs.claim(ONE, "second", lease_s=60) is None
    jobs.finish(ONE, "second", CONTENT)
    assert jobs.content(SHOP, ONE, after(0)) is None
    jobs.finish(ONE, "first", CONTENT)
    assert jobs.content(SHOP, ONE, after(0)) == CONTENT
    assert jobs.content(OTHER, ONE, after(0)) is None
    assert jobs.claim(ONE, "second", lease_s=60) is None


def test_one_that_was_given_back_has_lost_no_try(store: Store) -> None:
    jobs = store.report_jobs
    jobs.add(a_job())
    jobs.claim(ONE, "first", lease_s=60)
    jobs.release(ONE, "first")
    assert jobs.claim(ONE, "second", lease_s=60) == 1


def test_why_it_failed_is_kept_without_a_secret(store: Store) -> None:
    jobs = store.report_jobs
    jobs.add(a_job())
    jobs.claim(ONE, "first", lease_s=60)
    jobs.fail(
        ONE, "first", PressroomError("No: access_token=EAAsecretsecretsecretsecret", fix="Ask.").shape()
    )
    failed = jobs.get(SHOP, ONE, after(0))
    assert failed
    assert failed.state is ReportState.FAILED
    assert failed.error
    assert failed.error.fix == "Ask."
    assert "secretsecret" not in failed.error.message


def test_one_whose_worker_died_is_free_when_its_lease_is_over(file: Store) -> None:
    machine = FakeClock()
    file.database.machine = machine
    file.report_jobs.add(a_job())
    file.report_jobs.claim(ONE, "killed", lease_s=60)
    machine.advance(61)
    assert file.report_jobs.claim(ONE, "next", lease_s=60) == 2


def test_the_reports_of_an_owner_are_bounded(file: Store) -> None:
    for number in range(MOST_REPORTS):
        file.report_jobs.add(a_job(ReportId(f"{number:032x}")))
    with pytest.raises(Refused, match="20 reports"):
        file.report_jobs.add(a_job(ReportId("f" * 32)))
    file.report_jobs.add(a_job(ReportId("e" * 32), owner=OTHER))
    # Those that have ended make room.
    later = after(0) + REPORT_LIFETIME
    file.report_jobs.add(a_job(ReportId("f" * 32), created_at=later, ends_at=later + REPORT_LIFETIME))
