"""A post in any state, for whoever has its address: it shows, and decides nothing."""

from starlette.responses import Response

from pressroom.service.approvals import Waiting
from pressroom.web.approvals import whole_id
from pressroom.web.items import item_of
from pressroom.web.site import Asked, Site


async def show(site: Site, asked: Asked) -> Response:
    """Show a post."""
    history = await site.pressroom.posts.show(whole_id(asked))
    post = history.post
    item = item_of(Waiting.of(post), site.clock.now(), site.pressroom.pages.mask, history)
    return asked.page(
        "item.html",
        title=item.title,
        item=item,
        base=f"/posts/{post.id}",
        is_preview=True,
        problem=None,
        instead=None,
    )


async def found(site: Site, asked: Asked) -> Waiting:
    """Return the post that the path names by its whole id. Raises NotFound."""
    return Waiting.of((await site.pressroom.posts.show(whole_id(asked))).post)
