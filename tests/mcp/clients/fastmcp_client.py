"""FastMCP's client, which drives every tool of a server that it starts over stdio."""

import asyncio
import json
import os
import sys

# A script's own folder comes first, and it is next to a folder named as the SDK is.
sys.path.pop(0)

from fastmcp import Client
from fastmcp.client.transports import StdioTransport


async def main() -> None:
    server, *arguments = sys.argv[1:]
    transport = StdioTransport(server, arguments, env=dict(os.environ))
    answers = {}

    async with Client(transport) as client:
        names = [tool.name for tool in await client.list_tools()]

        async def call(name, **given):
            answer = await client.call_tool(name, given, raise_on_error=False)
            answers[name] = answer.structured_content or answer.content[0].text
            return answer.structured_content

        await call("get_account")
        await call("check_media", source="cat.jpg")
        draft = await call("create_draft", kind="photo", sources=["cat.jpg"], caption="Hello")
        post = {"post_id": draft["post_id"]}
        await call("change_post", caption="Hello again", **post)
        await call("schedule_post", at="+3h", **post)
        await call("publish_post", **post)
        await call("list_posts")
        await call("get_post", **post)
        await call("reconcile_post", **post)
        await call("pull_insights")
        await call("get_insights")
        await call("compare_posts")
        await call("get_best_time")
        await call("get_account_insights")
        await call("create_report", period="7d")
        await call("cancel_post", **post)
        resources = [str(one.uri) for one in await client.list_resources()]
        prompts = [one.name for one in await client.list_prompts()]
    print(json.dumps({"names": names, "answers": answers, "resources": resources, "prompts": prompts}))


asyncio.run(main())
