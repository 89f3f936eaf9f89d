"""Writes docs/llms.txt: what docs/README.md lists, in the format of llmstxt.org, a line for each page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parent.parent / "docs"
PAGE: Final = DOCS / "llms.txt"
_HEAD: Final = """# Pressroom

> Publish to Instagram and measure it, from Python or the command line, through the official Graph API only.
> No post goes out twice, and none is lost. A sandbox of the API runs on your machine, without a token.

Each page is Markdown, and so its own plain version; links count from this file. Agents that use Pressroom
read its skill: `pressroom skill show`, or `pressroom skill install`.
"""
# What somebody who uses Pressroom, and does not change it, may leave out.
_OPTIONAL: Final = ("For whoever carries on", "Why it is as it is")
_BULLET: Final = re.compile(r"^\* (.*(?:\n  .*)*)", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\(([^)#\s]+\.(?:md|json))(?:#[^)]*)?\)")


def page() -> str:
    """Give the text of the page."""
    sections = dict(_sections())
    optional = [line for name in _OPTIONAL for line in sections.pop(name)]
    parts = [*sections.items(), ("Optional", optional)]
    return _HEAD + "".join(f"\n## {name}\n\n" + "".join(lines) for name, lines in parts)


def _sections() -> Iterator[tuple[str, list[str]]]:
    """Give each section of the index with the pages it lists, each where it is first named."""
    index = (DOCS / "README.md").read_text(encoding="utf-8").partition("\n")[2]
    seen = set[str]()
    for part in re.split(r"^## ", f"## Start\n{index}", flags=re.MULTILINE)[1:]:
        name, _, text = part.partition("\n")
        said = {link: words for link, words in _said(text) if link not in seen}
        seen.update(said)
        yield name, [_line(link, words) for link, words in said.items()]


def _said(section: str) -> Iterator[tuple[str, str]]:
    """Give each page with what the index says of it: its whole line, or its link's words among others."""
    for bullet in _BULLET.findall(section):
        links = _LINK.findall(bullet)
        for words, link in links:
            yield link, _plain(bullet if len(links) == 1 else words)


def _plain(text: str) -> str:
    words = " ".join(_LINK.sub(r"\1", text).split()).rstrip(".")
    return words[0].upper() + words[1:]


def _line(link: str, words: str) -> str:
    path = DOCS / link
    if path.suffix == ".json":
        return f"- [{path.name}]({link}): JSON Schema of what each command answers under `--json`\n"
    text = path.read_text(encoding="utf-8")
    title = re.sub(r"^\d+\. ", "", text.partition("# ")[2].partition("\n")[0])
    about = words.removeprefix(title).lstrip(":,. ") or _first_sentence(text)
    return f"- [{title}]({link})" + (f": {about[0].upper()}{about[1:]}\n" if about else "\n")


def _first_sentence(text: str) -> str:
    """Give how a page begins, for one that the index names by its title alone."""
    body = re.sub(r"```.*?```", "", text.partition("# ")[2].partition("\n")[2], flags=re.DOTALL)
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", body))
    first = next((part for part in paragraphs if part and part[0] not in "#|<!-*"), "")
    return re.split(r"(?<=[.!?:]) (?=[A-Z`*])", _LINK.sub(r"\1", first))[0].rstrip(".:")
