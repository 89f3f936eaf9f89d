"""thenavidm-instagram-mcp: an MCP server, started over stdio and used by MCP's own client."""

import asyncio
import json
import os
import sys
from pathlib import Path

# A script's own folder comes first, and this file has the server's module's name.
sys.path.pop(0)

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SERVER = StdioServerParameters(
    command=str(Path(sys.executable).with_name("instagram-mcp")), env=dict(os.environ)
)


async def main() -> None:
    async with stdio_client(SERVER) as (read, write), ClientSession(read, write) as session:
        await session.initialize()

        async def call(name, **arguments):
            answer = await session.call_tool(name, arguments)
            text = answer.content[0].text
            assert not answer.is_error, f"{name}: {text}"
            return json.loads(text)

        image = await call("post", image_url="https://example.com/a.jpg", caption="An image", confirm=True)
        reel = await call(
            "publish_reel", video_url="https://example.com/a.mp4", caption="A reel", confirm=True
        )
        urls = ["https://example.com/a.jpg", "https://example.com/b.jpg"]
        carousel = await call("post_carousel", image_urls=urls, caption="A carousel", confirm=True)
        print(json.dumps({"image": image["id"], "reel": reel["id"], "carousel": carousel["id"]}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        insights = (await call("get_media_insights", media_id=image["id"]))["insights"]
        comments = (await call("get_comments", media_id=image["id"]))["comments"]
        quota = (await call("get_publishing_limit"))["data"][0]
        print(
            json.dumps(
                {
                    "insights": {one["name"]: one["values"][0]["value"] for one in insights},
                    "comments": [one["text"].splitlines()[2] for one in comments],  # between its warnings
                    "quota": quota["quota_usage"],
                    "feed": [one["id"] for one in (await call("get_media", limit=5))["media"]],
                    "username": (await call("whoami"))["username"],
                }
            )
        )


asyncio.run(main())
