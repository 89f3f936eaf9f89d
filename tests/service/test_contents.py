"""Sources that are no files with a path: bytes, open files, and what cannot be one."""

import io
import os
import stat
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import pytest

from pressroom.core.assets import Action, Asset, AssetBytes, Target, Wish
from pressroom.core.errors import KeyReused, MediaRefused, Refused
from pressroom.core.post import PostState
from pressroom.graph.limits import MediaUse
from pressroom.hosting import s3
from pressroom.service import new_post
from pressroom.service.ground import contents
from pressroom.service.posts.composing import Source
from pressroom.service.posts.planning import Planned
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.tables.rows import Result
from tests.service.consenting import a_file, person, program, proposed
from tests.service.road import Road, opened_road, without_store


@pytest.fixture
async def road(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path / "home") as opened:
        opened.sign_in()
        yield opened


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    return Path(a_file(tmp_path)).read_bytes()


class Upload:
    """As Werkzeug gives it: `name` is that of the form's field."""

    name = "photo"
    filename = "../../cat.jpg"

    def __init__(self, data: bytes) -> None:
        self.stream = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self.stream.read(size)

    def seek(self, place: int) -> int:
        return self.stream.seek(place)


class Stream:
    """As a network gives it: it has no name, and cannot go back."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 1000))


def read_halfway(data: bytes) -> IO[bytes]:
    file = io.BytesIO(data)
    file.read(100)
    return file


FORMS: dict[str, tuple[Callable[[bytes], Source], str]] = {
    "bytes": (bytes, "upload.jpg"),
    "a bytearray": (bytearray, "upload.jpg"),
    "a view": (memoryview, "upload.jpg"),
    "a file in memory that was read": (read_halfway, "upload.jpg"),
    "an upload of a form": (Upload, "cat.jpg"),
    "a stream": (Stream, "upload.jpg"),
    "bytes with a name": (lambda data: AssetBytes("C:\\me\\cat\n.jpg", content=data), "cat.jpg"),
}


@pytest.mark.parametrize("form", FORMS)
async def test_what_has_no_path_is_kept_once_for_this_user_alone_and_published(
    road: Road, data: bytes, form: str
) -> None:
    make, name = FORMS[form]
    async with road.pressroom() as pressroom:
        planned = [
            (await pressroom.posts.submit(new_post("photo", make(data)), at="+1h")).post for _ in range(2)
        ]
    (copy,) = road.settings.assets.iterdir()
    assert (copy.read_bytes(), stat.S_IMODE(copy.stat().st_mode)) == (data, 0o600)
    assert [(post.assets[0].name, post.assets[0].path) for post in planned] == [(name, copy)] * 2
    assert road.post(planned[0].id).assets == planned[0].assets


async def test_the_same_bytes_under_a_key_are_the_same_post_and_others_are_refused(
    road: Road, data: bytes
) -> None:
    other = data + b" "  # behind the end of a JPEG anything may stand
    async with road.pressroom() as pressroom:

        async def submit(data: bytes) -> str:
            post = new_post("photo", [Upload(data)])
            return (await pressroom.posts.submit(post, at="+1h", idempotency_key="cat")).post.id

        assert await submit(data) == await submit(data)
        with pytest.raises(KeyReused):
            await submit(other)


async def test_a_program_proposes_the_bytes_that_go_out(road: Road, data: bytes) -> None:
    async with program(road) as pressroom:
        for _ in range(2):
            await proposed(pressroom.publish(new_post("photo", io.BytesIO(data))))
    async with person(road) as pressroom:
        (waiting,) = await pressroom.approvals.list()
        live = await pressroom.approvals.approve(waiting.id)
    assert live.post
    assert (live.post.assets[0].name, live.post.assets[0].path.read_bytes()) == ("upload.jpg", data)


async def test_without_a_store_nothing_is_left_behind(road: Road, data: bytes, tmp_path: Path) -> None:
    bare = without_store(road, tmp_path / "bare")
    async with bare.pressroom() as pressroom:
        calls = await pressroom.posts.rehearse(new_post("photo", data))
        assert [call.method for call in calls][:1] == ["POST"]
        live = await pressroom.publish(new_post("photo", Stream(data)))
        assert live.state is PostState.PUBLISHED
    left = [path for path in (tmp_path / "bare").rglob("*") if path.is_file() and path.suffix == ".jpg"]
    assert [path for path in left if "downloads" in path.parts or "assets" in path.parts] == []


@pytest.mark.parametrize(
    "name", ["https://example.com/cat.jpg", "https:cat.jpg", "s3:cat.jpg", "data:cat.jpg"]
)
async def test_a_name_that_reads_as_an_address_is_a_name_and_leads_nowhere(
    road: Road, data: bytes, tmp_path: Path, name: str
) -> None:
    named = AssetBytes(name, content=data)
    async with road.pressroom() as pressroom:
        report = await pressroom.media.check(named)
        assert (report.action, report.seen is not None) == (Action.AS_IS, True)
        planned = (await pressroom.posts.submit(new_post("photo", named), at="+1h")).post
    async with without_store(road, tmp_path / "bare").pressroom() as pressroom:
        assert await pressroom.posts.rehearse(new_post("photo", named))
        assert (await pressroom.publish(new_post("photo", named))).state is PostState.PUBLISHED
    assert planned.assets[0].name in ("cat.jpg", f"{name.partition(':')[0]}_cat.jpg")
    assert (planned.assets[0].is_url, planned.assets[0].is_object) == (False, False)


async def test_bytes_beside_a_copy_of_ours_are_stored_as_that_copy(road: Road, data: bytes) -> None:
    async with road.pressroom() as pressroom:
        planned = (await pressroom.posts.submit(new_post("photo", data), at="+1h")).post
        both = AssetBytes("s3:cat.jpg", planned.assets[0].copy, content=data)
        edited = await pressroom.posts.edit(planned.id, sources=both, caption="Hello")
    (kept,) = edited.assets
    assert (type(kept), kept.source, kept.copy) == (Asset, "s3_cat.jpg", planned.assets[0].copy)


async def test_a_stream_is_read_once_where_a_program_asks_again_after_its_time(
    road: Road, data: bytes
) -> None:
    async def submit() -> Planned:
        async with program(road) as pressroom:
            return await pressroom.posts.submit(new_post("photo", Stream(data)), at=due)

    due = road.clock.now() + timedelta(hours=1)
    waits = await proposed(submit())
    async with person(road) as pressroom:
        await pressroom.approvals.approve(waits.proposal_id or "")
    await road.clock.sleep(2 * 3600)
    assert (await submit()).is_replay


async def test_a_stream_that_was_read_is_not_called_empty(road: Road, data: bytes) -> None:
    async with road.pressroom() as pressroom:
        photo = new_post("photo", Stream(data))
        assert await pressroom.posts.twin(photo) is None
        with pytest.raises(MediaRefused, match="read once") as refused:
            await pressroom.publish(photo)
    assert refused.value.rule == "empty"


async def test_a_cover_and_an_edit_are_given_so_too(road: Road, data: bytes) -> None:
    async with road.pressroom() as pressroom:
        planned = await pressroom.posts.submit(new_post("photo", "https://example.com/a.jpg"), at="+1h")
        edited = await pressroom.posts.edit(planned.post.id, sources=io.BytesIO(data))
    assert edited.assets[0].path.read_bytes() == data
    assert isinstance(new_post("reel", b"clip", cover=b"cover").options.cover, AssetBytes)


async def test_what_has_no_path_is_checked_and_converted(road: Road, data: bytes, tmp_path: Path) -> None:
    async with road.pressroom() as pressroom:
        report = await pressroom.media.check(io.BytesIO(data))
        assert (report.action, report.media_type) == (Action.AS_IS, "image")
        wish = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM)
        made = await pressroom.media.convert(data, wish, output=tmp_path / "made.jpg")
        assert made.path.read_bytes() == data


async def test_a_check_reports_what_is_wrong_by_its_name_and_keeps_nothing(road: Road, data: bytes) -> None:
    sources = {"not_media": b"%PDF-1.7\n", "empty": b"", "truncated": data[:700]}
    async with road.pressroom() as pressroom:
        reports = [
            await pressroom.media.check(AssetBytes("C:\\cat.jpg", content=content))
            for content in sources.values()
        ]
        fine = await pressroom.media.check(AssetBytes("cat.jpg", content=data))
        closed = io.BytesIO(data)
        closed.close()
        with pytest.raises(MediaRefused, match="closed"):
            await pressroom.media.check(closed)
    assert [report.error_code for report in reports] == list(sources)
    assert {str(report.path) for report in (*reports, fine)} == {"cat.jpg"}
    assert all("cat.jpg" in str(report.refusal) for report in reports)
    kept = [path for place in ("assets", "downloads") for path in (road.settings.home / place).glob("*")]
    assert kept == []


@pytest.mark.parametrize(
    ("source", "why"), [(io.StringIO("cat"), '"rb"'), (3, "cannot be 3"), ([b"cat", 3], "cannot be 3")]
)
def test_what_holds_no_bytes_is_refused_where_it_is_given(source: Any, why: str) -> None:
    with pytest.raises(Refused, match=why):
        new_post("photo", source)


def test_a_file_that_is_read_by_await_names_the_one_below_it() -> None:
    class AsyncUpload:
        async def read(self, size: int = -1) -> bytes:
            return b"" * size

    upload: Any = AsyncUpload()
    with pytest.raises(Refused, match=r"`\.file`"):
        new_post("photo", upload)


async def test_what_is_no_picture_closed_too_large_or_text_is_refused_and_leaves_nothing(
    road: Road, data: bytes
) -> None:
    closed = io.BytesIO(data)
    closed.close()

    class Text(Stream):
        def read(self, size: int, /) -> Any:
            return "text" * size

    bad = {"not_media": b"no picture", "empty": b"", "keep_file": closed, "sources": Text(b"")}
    async with road.pressroom() as pressroom:
        for rule, source in bad.items():
            with pytest.raises(Refused) as refused:
                await pressroom.posts.submit(new_post("photo", source), at="+1h")
            assert refused.value.rule == rule
        with patch.object(contents, "LARGEST_SOURCE_BYTES", len(data) - 1), pytest.raises(Refused) as refused:
            await pressroom.posts.submit(new_post("photo", data), at="+1h")
    assert refused.value.rule == "source_size"
    assert list(road.settings.assets.iterdir()) == []


@pytest.mark.parametrize("source", ["s3://shelf", "s3:///cat.jpg", "s3://KEY:SECRET@shelf/cat.jpg"])
async def test_an_object_is_named_by_bucket_and_key_alone(road: Road, source: str) -> None:
    async with road.pressroom() as pressroom:
        with pytest.raises(Refused) as refused:
            await pressroom.posts.submit(new_post("photo", source), at="+1h")
    assert "SECRET" not in str(refused.value)
    assert refused.value.limit == "s3://BUCKET/KEY"


async def test_a_bucket_that_nothing_says_how_to_read_is_refused_at_once(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    async with road.pressroom() as pressroom:
        with pytest.raises(Refused, match="PRESSROOM_S3_URL"):
            await pressroom.posts.submit(new_post("photo", "s3://shelf/cat.jpg"), at="+1h")


class Shelf:
    """A bucket: `fetched` counts reads, and without content there is no object."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        self.fetched = 0

    def read(self, address: str, url: object) -> Iterator[bytes]:
        assert url is None
        self.fetched += 1
        if self.content is None:
            raise Refused(f"{address} is gone.", rule="object_unreachable", fix="Check it.")
        yield self.content


@pytest.fixture
def shelf(data: bytes, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(data)
    monkeypatch.setattr(s3, "read_object", shelf.read)
    return shelf


async def test_a_table_with_a_used_key_takes_the_copy_of_the_first_time(road: Road, shelf: Shelf) -> None:
    row = Row(kind="photo", sources=("s3://shelf/cat.jpg",), at="+1h", idempotency_key="cat")
    async with road.pressroom() as pressroom:

        async def imported() -> Result:
            checked = await pressroom.posts.check_table([(1, row)], base=Path(), timezone="UTC")
            (result,) = await pressroom.posts.store_table(checked)
            return result

        first = await imported()
        shelf.content, shelf.fetched = None, 0
        again = await imported()
    assert first.post
    assert again.post
    assert (again.error, again.is_replay, again.post.id) == (None, True, first.post.id)
    assert shelf.fetched == 0


async def test_a_key_finds_the_copy_of_an_object_also_where_twins_are_looked_for(
    road: Road, shelf: Shelf
) -> None:
    photo = new_post("photo", "s3://shelf/cat.jpg")
    async with road.pressroom() as pressroom:
        first = await pressroom.posts.submit(photo, at="+1h", idempotency_key="cat")
        shelf.content = None
        again = await pressroom.posts.accept(
            photo, idempotency_key="cat", is_left=True, is_once=True, but=first.post.id
        )
    assert (again.post.id, again.is_replay) == (first.post.id, True)
