"""instagram-platform-sdk: publishing as JSON bodies over httpx."""

import json
import os
import sys

from instagram_platform import InstagramClient

USER = os.environ["WIRE_USER"]
client = InstagramClient(os.environ["WIRE_TOKEN"], USER)
image = client.media.publish_photo("https://example.com/a.jpg", caption="An image").id
reel = client.media.publish_reel("https://example.com/a.mp4", caption="A reel").id
items = [
    client.http.request_sync(
        "POST", f"/{USER}/media", json_data={"image_url": url, "is_carousel_item": True}
    )["id"]
    for url in ("https://example.com/a.jpg", "https://example.com/b.jpg")
]
parent = {"media_type": "CAROUSEL", "children": items, "caption": "A carousel"}
container = client.http.request_sync("POST", f"/{USER}/media", json_data=parent)["id"]
client.media.wait_for_container_ready(container)
carousel = client.media.publish_container(container).id
print(json.dumps({"image": image, "reel": reel, "carousel": carousel}), flush=True)
sys.stdin.readline()

insights = client.insights.get_media_insights(image, ["reach", "likes"])
quota = client.http.request_sync("GET", f"/{USER}/content_publishing_limit", params={"fields": "quota_usage"})
print(
    json.dumps(
        {
            "insights": {one.name: one.values[0].value for one in insights.data},
            "comments": [one.text for one in client.comments.get_comments(image).data],
            "quota": quota["data"][0]["quota_usage"],
            "feed": [one.id for one in client.media.get_user_media(limit=5).data],
            "username": client.user.get_profile().username,
        }
    )
)
