"""Product tagging: the account's catalogue, its products, and the tags of a media. The shop is made up.

Source: https://developers.facebook.com/docs/instagram-api/guides/product-tagging
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, render_list
from pressroom.sandbox.publishing.rules import product_tags
from pressroom.sandbox.state.things import Media
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import missing, not_found

_SUCCESS = {"success": True}
_NAMES = ("Poster, A2", "Notebook, dotted", "Calendar", "Greeting cards, 8", "Type specimen", "Tote bag")
ROUTES = Routes(need=Permission.SHOPPING, login=LoginType.FACEBOOK, mark=Certainty.GENERAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One thing for sale."""

    id: str
    number: int
    name: str


def catalog_id(user_id: str) -> str:
    """Give the id of an account's catalogue."""
    return f"5{user_id[1:]}"


def products_of(user_id: str) -> list[Product]:
    """List an account's products; the same each time."""
    digest = hashlib.blake2b(user_id.encode(), digest_size=5).digest()
    first = 3_000_000_000_000_000 + int.from_bytes(digest, "big")
    return [Product(id=str(first + place), number=place, name=name) for place, name in enumerate(_NAMES)]


CATALOG: NodeType[str] = NodeType(
    wire_name="UserAvailableCatalogs",
    fields={
        "id": lambda _, name: name,
        "catalog_id": lambda _, name: name,
        "catalog_name": lambda call, _: f"{call.account.username}'s shop",
        "shop_name": lambda call, _: call.account.name or call.account.username,
        "product_count": lambda _, __: len(_NAMES),
    },
)
PRODUCT: NodeType[Product] = NodeType(
    wire_name="ShadowIGUserCatalogProductSearch",
    fields={
        "id": lambda _, product: product.id,
        "product_id": lambda _, product: int(product.id),
        "merchant_id": lambda call, _: int(call.account.page_id),
        "product_name": lambda _, product: product.name,
        "image_url": lambda call, _: f"{call.public_base}/_sandbox/static/profile.svg",
        "retailer_id": lambda _, product: f"sku-{product.number}",
        "review_status": lambda _, __: "approved",
        "is_checkout_flow": lambda _, __: False,
    },
)
_PRODUCT_FIELDS = "product_id,merchant_id,product_name,image_url,retailer_id,review_status,is_checkout_flow"


@ROUTES.answers("GET", "user", "available_catalogs", "available_catalogs")
def catalogs(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/available_catalogs`."""
    call.params.setdefault("fields", "catalog_id,catalog_name,shop_name,product_count")
    shelf = Shelf([(0.0, 0)], [catalog_id(call.account.id)])
    return _page(call, "available_catalogs", CATALOG, shelf)


@ROUTES.answers("GET", "user", "catalog_product_search", "catalog_product_search")
def search(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/catalog_product_search?catalog_id=&q=`."""
    if call.needed("catalog_id") != catalog_id(call.account.id):
        raise not_found(call.needed("catalog_id"))
    call.params.setdefault("fields", _PRODUCT_FIELDS)
    word = (call.text("q") or "").lower()
    products = [product for product in products_of(call.account.id) if word in product.name.lower()]
    shelf = Shelf([(0.0, product.number) for product in products], products)
    return _page(call, "catalog_product_search", PRODUCT, shelf)


def _page(call: GraphCall, edge: str, kind: NodeType[Any], shelf: Shelf[Any]) -> dict[str, Any]:
    query = EdgeQuery.of_call(call)
    return render_list(call, kind, shelf.cut(query.window(call)), (call.account.id, edge), query)


@ROUTES.answers("GET", "user", "product_appeal", "product_appeal")
def appeal_status(call: GraphCall) -> dict[str, Any]:
    """`GET /{user}/product_appeal?product_id=`: the review of a product; all are approved here."""
    product_id = call.needed("product_id")
    return {"data": [{"product_id": product_id, "review_status": "approved", "eligible_for_appeal": False}]}


@ROUTES.answers("POST", "user", "product_appeal", "product_appeal")
def appeal(call: GraphCall) -> dict[str, Any]:
    """`POST /{user}/product_appeal` with `product_id` and `appeal_reason`."""
    call.needed("product_id")
    call.needed("appeal_reason")
    return _SUCCESS


@ROUTES.answers("GET", "media", "product_tags", "product_tags")
def tagged(call: GraphCall) -> dict[str, Any]:
    """`GET /{media}/product_tags`."""
    names = {product.id: product.name for product in products_of(call.account.id)}
    return {
        "data": [
            {**tag, "review_status": "approved", "name": names.get(str(tag["product_id"]), "A product")}
            for tag in call.media.product_tags
        ]
    }


@ROUTES.answers("POST", "media", "product_tags", "product_tags")
def tag(call: GraphCall) -> dict[str, Any]:
    """`POST /{media}/product_tags` with `updated_tags`: adds tags, or moves those of the same product."""
    tags = _read_tags(call, "updated_tags")
    call.media.product_tags = _tags_of_others(call.media, tags) + tags
    return _SUCCESS


@ROUTES.answers("DELETE", "media", "product_tags", "product_tags")
def untag(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{media}/product_tags` with `deleted_tags`."""
    call.media.product_tags = _tags_of_others(call.media, _read_tags(call, "deleted_tags"))
    return _SUCCESS


def _read_tags(call: GraphCall, name: str) -> list[dict[str, Any]]:
    tags = product_tags(call, name)
    if tags is None:
        raise missing(name)
    return tags


def _tags_of_others(media: Media, tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the tags of a media whose products are not among those of `tags`."""
    products = {str(tag["product_id"]) for tag in tags}
    return [tag for tag in media.product_tags if str(tag["product_id"]) not in products]
