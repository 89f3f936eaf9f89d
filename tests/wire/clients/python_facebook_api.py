"""python-facebook-api: publishing by its plain calls, reading by its Instagram classes."""

import json
import os
import sys

from pyfacebook import GraphAPI, IGBusinessApi

TOKEN, USER = os.environ["WIRE_TOKEN"], os.environ["WIRE_USER"]
graph = GraphAPI(access_token=TOKEN)
api = IGBusinessApi(access_token=TOKEN, instagram_business_id=USER)


def create(**data):
    return graph.post_object(object_id=USER, connection="media", data=data)["id"]


def publish(container):
    while api.container.get_info(container, fields="status_code").status_code == "IN_PROGRESS":
        pass
    data = {"creation_id": container}
    return graph.post_object(object_id=USER, connection="media_publish", data=data)["id"]


items = [create(image_url=f"https://example.com/{name}.jpg", is_carousel_item=True) for name in "ab"]
image = publish(create(image_url="https://example.com/a.jpg", caption="An image"))
made = {
    "image": image,
    "reel": publish(create(media_type="REELS", video_url="https://example.com/a.mp4", caption="A reel")),
    "carousel": publish(create(media_type="CAROUSEL", children=",".join(items), caption="A carousel")),
}
print(json.dumps(made), flush=True)
sys.stdin.readline()

insights = api.media.get_insights(image, metric=["reach", "likes"])
comments = api.media.get_comments(image, fields="id,text,username")
quota = api.user.get_content_publishing_limit(fields=["quota_usage", "config"])
feed = graph.get_full_connections(object_id=USER, connection="media", fields="id", limit=2, count=None)
print(
    json.dumps(
        {
            "insights": {one.name: one.values[0].value for one in insights.data},
            "comments": [one.text for one in comments.data],
            "quota": quota.data[0].quota_usage,
            "feed": [one["id"] for one in feed["data"]],
            "username": api.user.get_info(fields="username").username,
        }
    )
)
