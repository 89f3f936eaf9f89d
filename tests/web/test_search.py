"""Searching posts: what is found and why, page by page, and texts of strangers."""

import re
from urllib.parse import quote

import pytest

from tests.service.consenting import a_file, a_picture
from tests.web.house import House

MARKED = re.compile(r"<mark>(.*?)</mark>")


async def plan(house: House, caption: str, at: str = "+3h", **more: object) -> str:
    file = a_file(house.directory, "Poster 7.jpg")
    return (await house.owner.posts.submit(a_picture(file, caption, **more), at=at)).post.id


async def test_words_are_found_in_captions_comments_and_file_names_and_marked(house: House) -> None:
    post = await plan(house, "The OPEN studio, open again", first_comment="Doors at nine")
    other = await plan(house, "Nothing of that", "+5h")
    anna = await house.signed_in()
    page = await anna.get("/search?q=open+doors")
    assert re.findall(r'id="row-(\w+)"', page.html) == [post]
    assert MARKED.findall(page.html) == ["OPEN", "open", "Doors"]
    page = await anna.get("/search?q=poster")
    assert re.findall(r'id="row-(\w+)"', page.html) == [other, post]
    assert "File Poster 7.jpg" in page.text
    assert MARKED.findall((await anna.get(f"/search?q={post[:6].upper()}")).html) == [post[:6]]


async def test_a_post_is_found_by_the_id_of_a_proposal_about_it(house: House) -> None:
    asked, anna = await house.proposed(caption="Hello"), await house.signed_in()
    page = await anna.get(f"/search?q={asked.proposal_id}")
    assert re.findall(r'id="row-(\w+)"', page.html) == [asked.post_id]
    assert "Proposal the id of one about it" in page.text


async def test_a_word_far_into_a_long_caption_is_shown_with_what_stands_around_it(house: House) -> None:
    await plan(house, "word " * 200 + "needle " + "hay " * 200)
    page = await (await house.signed_in()).get("/search?q=needle")
    assert MARKED.findall(page.html) == ["needle"]
    assert re.search(r"…word .{10,80}<mark>needle</mark> hay .*…", page.html.replace("\n", ""))


STRANGE = ("<script>alert(1)</script>", '"><img src=x>', "%", "\u202eabc", "a\0b", "(", "\\", "\ufffd")


async def test_strange_words_are_text_alone(house: House) -> None:
    await plan(house, " ".join(STRANGE[:4]))
    anna = await house.signed_in()
    for text in STRANGE:
        page = await anna.get(f"/search?q={quote(text)}")
        assert page.status == 200, text
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
        assert ("<mark>" in page.html) is (text not in ("\\", "\ufffd"))


async def test_too_much_to_look_for_is_refused_with_what_to_do(house: House) -> None:
    anna = await house.signed_in()
    got = await anna.get(f"/search?q={'a' * 101}")
    assert got.status == 422
    assert "Look for fewer words." in got.text
    assert "No post has" in (await anna.get("/search?q=nowhere")).text
    assert "No post has" not in (await anna.get("/search")).text


async def test_pages_of_what_was_found_follow_each_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pressroom.web.desk.looking._PAGE", 2)
    posts = [await plan(house, f"Studio {number}", f"+{number + 2}h") for number in range(5)]
    anna, path, found = await house.signed_in(), "/search?q=studio", list[str]()
    while path:
        page = await anna.get(path)
        found += re.findall(r'id="row-(\w+)"', page.html)
        more = re.search(r'href="([^"]+)">The next ones', page.html)
        path = more.group(1).replace("&amp;", "&") if more else ""
    assert found == posts[::-1]
