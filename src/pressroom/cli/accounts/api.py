"""`pressroom api`: makes any call of the API."""

from typing import Any
from urllib.parse import parse_qsl

import click
import msgspec

from pressroom.cli.shapes import PagesShape
from pressroom.cli.shell.command import Command, Invocation
from pressroom.cli.shell.failures import direct_read
from pressroom.cli.shell.parameters import KeyValue, account_option
from pressroom.graph.call import Method
from pressroom.service import Pressroom

_METHODS = click.Choice(["GET", "POST", "DELETE"], case_sensitive=False)


@click.command(cls=Command)
@click.argument("method", metavar="METHOD", type=_METHODS)
@click.argument("path")
@click.option("-f", "--field", "fields", multiple=True, type=KeyValue(), help="Parameter of the call.")
@click.option("--paginate", is_flag=True, help="Follow the cursors and print one list.")
@account_option
@click.pass_obj
async def api(
    invocation: Invocation,
    method: Method,
    path: str,
    fields: tuple[tuple[str, str], ...],
    account_name: str | None,
    *,
    paginate: bool,
) -> None:
    r"""Make any call of the API and print its answer as JSON, tokens masked.

    METHOD is GET, POST or DELETE, carried out without a confirmation. PATH may begin with a version.

    \b
    pressroom api GET me -f fields=username,media_count
    pressroom api GET v26.0/me/media --paginate
    """
    # The token goes with the call, so the host is never the command line's choice.
    if "://" in path:
        raise click.BadParameter("give the path alone, such as me/media", param_hint="PATH")
    if paginate and method != "GET":
        raise click.UsageError("--paginate goes with GET alone.")
    # A copied address has its parameters behind a question mark.
    path, _, query = path.partition("?")
    params = {**dict(parse_qsl(query, keep_blank_values=True)), **dict(fields)}
    async with invocation.session(account_name) as pressroom:
        with direct_read(applies=method == "GET"):
            if paginate:
                answer = await _all_pages(pressroom, path, params)
            else:
                answer = msgspec.json.decode((await pressroom.accounts.call(method, path, params)).body)
    invocation.console.json(answer)


class _Page(msgspec.Struct):
    """One page of a list, with the cursor of the next."""

    data: list[Any] = msgspec.field(default_factory=list)
    paging: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def after(self) -> str | None:
        # The cursor is there on the last page, too; only `next` tells that there is more. Its URL holds the
        # token, so the call is made again with the cursor instead.
        return self.paging.get("cursors", {}).get("after") if "next" in self.paging else None


async def _all_pages(pressroom: Pressroom, path: str, params: dict[str, str]) -> PagesShape:
    items: list[Any] = []
    seen: set[str] = set()
    while True:
        reply = await pressroom.accounts.call("GET", path, params)
        page = msgspec.json.decode(reply.body, type=_Page)
        items += page.data
        after = page.after
        # A cursor that comes again would page for ever.
        if after is None or after in seen:
            return PagesShape(data=tuple(items))
        seen.add(after)
        params = {**params, "after": after}
