"""A served page with something of each kind on it, for a browser."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pressroom.sandbox import samples
from pressroom.service import new_post
from pressroom.serving.sockets import listen
from pressroom.web.app import serving
from tests.service.consenting import a_picture, person, program, proposed
from tests.service.road import opened_road

HOSTILE = "</div><script>alert(1)</script><img src=x onerror=alert(1)><b>bold</b> \" ' &amp; {{ 7 * 7 }}"
HEBREW = "\u202eשלם עלם, the new print is here\u202c\nשרה שנייה #דפס"
LONG = "\n\n".join(["One long line of a caption that goes on, " * 6, "wordwithoutend" * 12, "🖨️ " * 40])


@dataclass(frozen=True, slots=True)
class Approving:
    """The page's address, the paths of what waits on it, and how to sign in."""

    base: str
    paths: dict[str, str]
    links: list[str]


@asynccontextmanager
async def approving(directory: Path, clip: Path) -> AsyncGenerator[Approving]:
    """Serve it while the block runs."""
    photo, second = directory / "first.jpg", directory / "second.jpg"
    samples.make_photo(photo)
    samples.make_second_photo(second)
    async with opened_road(directory / "home") as road:
        road.sign_in(timezone="Europe/Istanbul")
        road.account, given = None, road.account  # pyright: ignore[reportAttributeAccessIssue]  # by its stored login
        pictures = [str(photo if number % 2 else second) for number in range(10)]
        wanted = {
            "photo": a_picture(
                str(photo),
                "First light on the harbour.\nThe new print is in the shop on Friday.\n\n#print #harbour",
                first_comment="Printed by hand, 40 copies.",
                alt_texts=("The harbour at first light, seen from the pier.",),
            ),
            "hostile": a_picture(str(second), HOSTILE, first_comment=HOSTILE),
            "hebrew": a_picture(str(second), HEBREW),
            "long": a_picture(str(photo), LONG),
            "reel": new_post("reel", str(clip), caption="Four pulls a minute, in step. #press"),
            "carousel": new_post("carousel", pictures, caption="Ten of the year."),
            "loose": a_picture("https://example.com/a.jpg", "From an address."),
        }
        paths = dict[str, str]()
        async with program(road, account_name="ana") as planner:
            for number, (name, post) in enumerate(wanted.items()):
                asked = await proposed(planner.posts.submit(post, at=f"+{number + 3}h"))
                paths[name] = f"/approvals/{asked.proposal_id}"
            call = planner.accounts.call("POST", "me/media", {"image_url": "https://example.com/a.jpg"})
            paths["call"] = f"/approvals/{(await proposed(call)).proposal_id}"
        async with (
            person(road, account_name="ana") as owner,
            serving(owner, listen(), clock=road.clock) as base,
        ):
            links = [(await owner.pages.link()).address for _ in range(40)]
            yield Approving(base, paths, links)
        road.account = given


def path_of(link: str) -> str:
    """Return a link's path with its query."""
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"
