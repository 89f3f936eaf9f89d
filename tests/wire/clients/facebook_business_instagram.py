"""facebook-business with Instagram Login: its Instagram-only classes and their undocumented path."""

import json
import os
import sys

# A script's own folder comes first, and a file there has the SDK's name.
sys.path.pop(0)

from facebook_business.adobjects.igmediaforigonlyapi import IGMediaForIGOnlyAPI
from facebook_business.adobjects.iguserforigonlyapi import IGUserForIGOnlyAPI
from facebook_business.api import FacebookAdsApi
from facebook_business.session import FacebookSession

FacebookSession.GRAPH = "https://graph.instagram.com"
api = FacebookAdsApi.init(access_token=os.environ["WIRE_TOKEN"], crash_log=False)
user = IGUserForIGOnlyAPI(os.environ["WIRE_USER"])


def create(**params):
    return user.create_media(params=params)["id"]


def publish(container):
    while (
        api.call("GET", [container], params={"fields": "status_code"}).json()["status_code"] == "IN_PROGRESS"
    ):
        pass
    return user.create_media_publish(params={"creation_id": container})["id"]


items = [create(image_url=f"https://example.com/{name}.jpg", is_carousel_item=True) for name in "ab"]
image = publish(create(image_url="https://example.com/a.jpg", caption="An image"))
made = {
    "image": image,
    "reel": publish(create(media_type="REELS", video_url="https://example.com/a.mp4", caption="A reel")),
    "carousel": publish(create(media_type="CAROUSEL", children=items, caption="A carousel")),
}
print(json.dumps(made), flush=True)
sys.stdin.readline()

insights = IGMediaForIGOnlyAPI(image).get_insights(params={"metric": ["reach", "likes"]})
comments = IGMediaForIGOnlyAPI(image).get_comments(fields=["text"])
quota = user.get_content_publishing_limit(fields=["quota_usage", "config"])
print(
    json.dumps(
        {
            "insights": {one["name"]: one["values"][0]["value"] for one in insights},
            "comments": [one["text"] for one in comments],
            "quota": quota[0]["quota_usage"],
            "feed": [one["id"] for one in user.get_media(fields=["id"])],
            "username": user.api_get(fields=["username"])["username"],
        }
    )
)
