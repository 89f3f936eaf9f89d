"""Asks by themselves for media that a list should have shown: they have vanished, or the list lags."""

from collections.abc import Sequence

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.readings import KeptMedia
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaProductType
from pressroom.graph.metrics import metrics_for
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.pages import FIELDS, numbers_of
from pressroom.insights.collecting.taking import Taking
from pressroom.insights.listed import SPOILS_ALL
from pressroom.insights.read import media_insights


async def look_for(desk: Desk, missing: Sequence[KeptMedia]) -> None:
    """Read media one by one; one that Instagram does not know has vanished, and what is kept of it stays."""
    if not missing:
        return
    taking = await desk.taking([one.id for one in missing])
    for media in missing:
        try:
            await _read(desk, taking, await desk.client.send(calls.media(media.id, fields=FIELDS)))
        except ObjectNotFound:
            taking.vanish(media)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            taking.pass_over(media)
    await desk.keep(taking.batch())


async def _read(desk: Desk, taking: Taking, shown: Media) -> None:
    kept = taking.see(shown)
    product = MediaProductType(kept.product_type)
    found = await media_insights(desk.client, kept.id, metrics_for(product, desk.client.account.login_type))
    if found.predates_account:
        taking.predates(kept.id)
    elif taking.read(kept.id, numbers_of(found)):
        taking.refuse(kept, found.not_offered)
