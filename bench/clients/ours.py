"""Our client, as the library uses it."""

import asyncio

from measuring import CAPTION, FIELDS, IMAGE_URL, MEDIA, TOKEN, USER, arguments, cpu_us, tell

from pressroom.client.client import Client
from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.core.account import Account
from pressroom.core.secret import Secret
from pressroom.graph.answers import MediaId, UserId
from pressroom.graph.calls import create_photo, media


async def main() -> None:
    port, calls = arguments()
    user, media_id = UserId(USER), MediaId(MEDIA)
    account = Account(token=Secret(TOKEN), user_id=user, api_base=f"http://127.0.0.1:{port}")
    async with Client(account, AiohttpTransport()) as client:

        async def get() -> None:
            await client.send(media(media_id, fields=FIELDS))

        async def post() -> None:
            await client.send(create_photo(user, image_url=IMAGE_URL, caption=CAPTION))

        tell(await cpu_us(get, calls), await cpu_us(post, calls))


asyncio.run(main())
