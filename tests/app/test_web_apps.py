"""What the page on Flask, Django and Celery shows runs as it is written."""

import asyncio
import io
import re
import sys
from collections.abc import Generator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

from pressroom import IfLate, Post, Pressroom
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import PLAIN, environment, following

pytestmark = pytest.mark.usefixtures("foreign_programs")

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "web-apps.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
POSTING, FLASK, DJANGO, CELERY = BLOCKS


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Sandbox]:
    with served(PLAIN, time_factor=15) as (sandbox, base_url), following(sandbox.clock):
        for name, value in environment(sandbox, base_url, tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 640), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def module(name: str) -> Any:
    """Import what `make test` does not install, and type checkers know nothing of."""
    return import_module(name)


def module_of(source: str, name: str) -> Any:
    module = ModuleType(name)
    exec(compile(source, f"{name}.py", "exec"), module.__dict__)  # noqa: S102  # our own docs
    return module


@pytest.fixture
def posting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page's own module."""
    module = module_of(POSTING, "posting")
    monkeypatch.setitem(sys.modules, "posting", module)
    return module


def posts(sandbox: Sandbox) -> list[Post]:
    async def read() -> list[Post]:
        async with Pressroom(clock=sandbox.clock) as pressroom:
            return [*(await pressroom.posts.list()).posts]

    return asyncio.run(read())


def test_the_same_key_is_one_post_that_a_worker_publishes(
    sandbox: Sandbox, posting: Any, picture: bytes
) -> None:
    first, again = (posting.plan(io.BytesIO(picture), "Hello", key="cat") for _ in range(2))
    assert first.id == again.id

    async def work() -> None:
        async with Pressroom(clock=sandbox.clock, works=True) as pressroom:
            await pressroom.posts.wait_for(first.id)

    asyncio.run(work())
    assert posting.read(first.id).permalink
    assert len(sandbox.media) == 1


@pytest.mark.usefixtures("posting")
def test_a_view_of_flask_plans_an_upload_once_and_says_what_is_wrong(
    sandbox: Sandbox, picture: bytes
) -> None:
    client = module_of(FLASK, "flask_app").app.test_client()

    def create(data: bytes, key: str) -> Any:
        form = {"photo": (io.BytesIO(data), "cat.png"), "caption": "Hello", "key": key}
        return client.post("/posts", data=form)

    answers = [create(picture, "form-1") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    (post,) = posts(sandbox)
    assert {answer.json["post_id"] for answer in answers} == {post.id}
    assert client.get(f"/posts/{post.id}").json["state"] == "scheduled"
    refused = create(b"no picture", "form-2")
    assert (refused.status_code, refused.json["error"]["rule"]) == (422, "not_media")


@pytest.fixture
def django_settings() -> None:
    django, settings = module("django"), module("django.conf").settings
    if not settings.configured:
        databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        settings.configure(DATABASES=databases, ALLOWED_HOSTS=["*"])
        django.setup()


@pytest.mark.usefixtures("django_settings", "posting")
def test_a_view_of_django_plans_once_its_transaction_is_committed(sandbox: Sandbox, picture: bytes) -> None:
    transaction, factory = module("django.db").transaction, module("django.test").RequestFactory()
    upload = module("django.core.files.uploadedfile").SimpleUploadedFile
    announce = module_of(DJANGO, "django_app").announce

    def ask(data: bytes, article: str) -> Any:
        form = {"photo": upload("cat.png", data), "caption": "Hello", "article": article}
        return announce(factory.post("/announce", form))

    with transaction.atomic():
        assert ask(picture, "17").status_code == 202
        transaction.set_rollback(True)
    assert posts(sandbox) == []
    assert [ask(picture, "17").status_code for _ in range(2)] == [202, 202]
    assert ask(b"no picture", "18").status_code == 422
    assert [post.idempotency_key for post in posts(sandbox)] == ["article-17"]


@pytest.mark.usefixtures("posting")
def test_a_task_of_celery_that_is_delivered_again_is_one_post(
    sandbox: Sandbox, picture: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(picture)
    announce = module_of(CELERY, "celery_app").announce
    arguments = (str(tmp_path / "cat.png"), "Hello")
    first, again = (announce.apply(arguments, task_id="task-1", throw=True).get() for _ in range(2))
    assert first == again
    assert [post.idempotency_key for post in posts(sandbox)] == ["task-1"]


@pytest.mark.usefixtures("posting")
def test_a_task_of_celery_that_comes_after_its_time_keeps_the_post_for_a_person(
    sandbox: Sandbox, picture: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(picture)
    announce = module_of(CELERY, "celery_app").announce
    at = sandbox.clock.now() - timedelta(hours=2)
    announce.apply((str(tmp_path / "cat.png"), "Hello", at.isoformat()), throw=True).get()
    ((due_at, if_late),) = [(post.due_at, post.if_late) for post in posts(sandbox)]
    assert (due_at, if_late) == (at, IfLate.ASK)
