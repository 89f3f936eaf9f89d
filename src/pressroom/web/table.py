"""All pages, in the order of the menu. A new one is a row of its module: docs/howto/extending.md."""

from collections.abc import Mapping
from typing import Final

from pressroom.web import live, signing
from pressroom.web.accounts import pages as accounts
from pressroom.web.calendar import moving, several
from pressroom.web.calendar import pages as calendar
from pressroom.web.deciding import approvals, consents, feeds, keys
from pressroom.web.desk import looking
from pressroom.web.desk import pages as desk
from pressroom.web.insights import pages as insights
from pressroom.web.page import Page
from pressroom.web.posts import asking, composer, uploading
from pressroom.web.posts import page as posts

PAGES: Final[tuple[Page, ...]] = (
    *calendar.PAGES,
    *moving.PAGES,
    *several.PAGES,
    *desk.PAGES,
    *approvals.PAGES,
    *insights.PAGES,
    *looking.PAGES,
    *accounts.PAGES,
    *consents.PAGES,
    *keys.PAGES,
    *feeds.PAGES,
    *signing.PAGES,
    # An id is looked for last: `new` is none.
    *composer.PAGES,
    *uploading.PAGES,
    *asking.PAGES,
    *posts.PAGES,
    *live.PAGES,
)
MENU: Final[Mapping[str, str]] = {page.path: page.menu for page in PAGES if page.menu}
