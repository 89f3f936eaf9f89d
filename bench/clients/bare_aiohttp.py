"""aiohttp with nothing around it: the floor."""

import asyncio

import aiohttp
from measuring import FIELDS, FORM, MEDIA, TOKEN, USER, VERSION, arguments, cpu_us, tell


async def main() -> None:
    port, calls = arguments()
    base, headers = f"http://127.0.0.1:{port}/{VERSION}", {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession() as session:

        async def get() -> None:
            async with session.get(f"{base}/{MEDIA}", params={"fields": FIELDS}, headers=headers) as reply:
                await reply.json()

        async def post() -> None:
            async with session.post(f"{base}/{USER}/media", data=FORM, headers=headers) as reply:
                await reply.json()

        tell(await cpu_us(get, calls), await cpu_us(post, calls))


asyncio.run(main())
