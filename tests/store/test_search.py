"""Posts by their words: caption, first comment, names of files, and ids, on both stores."""

from typing import Any

import pytest
import sqlalchemy as sa

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostOptions
from pressroom.store import tables as t
from pressroom.store.store import Store
from tests.store.posts import a_post, after


def stored(
    store: Store, caption: str = "", *, at: float = 60, files: tuple[str, ...] = (), **more: Any
) -> Post:
    options = PostOptions(caption=caption, first_comment=more.pop("first_comment", None))
    assets = {"assets": tuple(map(Asset, files))} if files else {}
    return store.posts.add(a_post(due_at=after(at), options=options, **assets, **more)).post


def found(store: Store, *words: str) -> list[str]:
    return [post.id for post in store.posts.search(words, limit=50).posts]


def test_every_word_has_to_be_somewhere_in_a_post(store: Store) -> None:
    first = stored(
        store, "The open Studio\n on Friday", first_comment="#Harbour", files=("/home/ana/Cat 1.jpg",)
    )
    other = stored(store, "Studio", at=90, files=("https://example.com/studio/dog.png", "/videos/second.mp4"))
    assert found(store, "studio") == [other.id, first.id]
    assert (
        found(store, "STUDIO", "fri") == found(store, "harb") == found(store, "cat", "studio") == [first.id]
    )
    assert found(store, "dog") == found(store, "second.mp4") == [other.id]
    assert found(store, "studio", "cat", "dog") == []


@pytest.mark.parametrize("word", ["ana", "home", "caption", "example.com", "%", "_", "\\", "photo", "null"])
def test_folders_names_of_fields_and_wildcards_find_nothing(store: Store, word: str) -> None:
    stored(store, "Hello", files=("/home/ana/cat.jpg", "https://example.com/studio/dog.png"))
    assert found(store, word) == []


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("100 % linen_white", "%"),
        ("100 % linen_white", "n_w"),
        ('She said "yes" \\o/', '"yes"'),
        ('She said "yes" \\o/', "\\o/"),
        ("MÜZE gecesi", "müze"),
        ("Şehir", "şehir"),
        ("выставка", "ВЫСТАВКА"),
        ("Before\0after", "before"),
        ("A literal \\u0000 of a programmer", "programmer"),
        ("🖨️ print", "🖨️"),
    ],
)
def test_what_stands_in_a_caption_is_found_as_it_stands(store: Store, caption: str, word: str) -> None:
    post = stored(store, caption)
    assert found(store, word) == [post.id]


def test_an_id_is_found_by_its_start(store: Store) -> None:
    post = stored(store, "Hello", id="ab12" + "0" * 28)
    assert found(store, "AB12") == found(store, post.id) == [post.id]
    assert found(store, "ab1") == found(store, "b120") == []


def test_pages_follow_each_other_from_the_latest_on(store: Store) -> None:
    posts = [stored(store, f"Studio {number}", at=number // 2) for number in range(7)]
    seen, place = list[Post](), None
    while True:
        page = store.posts.search(["studio"], limit=3, after=place)
        seen += page.posts
        place = page.next
        if place is None:
            break
    assert seen == posts[::-1]


def test_a_damaged_post_hides_no_other(file: Store) -> None:
    damaged, whole = stored(file, "Hello you"), stored(file, "Hello")
    with file.database.writing() as connection:
        connection.execute(sa.update(t.posts).where(t.posts.c.id == damaged.id).values(details="{"))
    assert found(file, "hello") == [whole.id]
