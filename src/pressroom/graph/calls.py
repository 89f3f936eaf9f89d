"""The calls of the Graph API: each function describes one and sends nothing.

Builders do not check Meta's rules; `pressroom.publish.validation` refuses what would fail. Sources:

* publishing: https://developers.facebook.com/docs/instagram-platform/content-publishing/
* what is live: IG Media; IG User, Media; IG Media, Comments; IG Comment; IG Media, Insights; IG User,
  Insights; Webhooks, Setup
* signing in, at the end:
  https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pressroom.graph.answers import (
    CodeToken,
    Comment,
    Commented,
    CommentId,
    Container,
    ContainerId,
    Created,
    Done,
    FacebookPage,
    Insight,
    Media,
    MediaId,
    Page,
    PermissionStatus,
    Published,
    Quota,
    RefreshedToken,
    SubscribedApp,
    TokenInfoAnswer,
    User,
    UserId,
)
from pressroom.graph.call import Call, Effect, Endpoint, Pace, wire_params


@dataclass(frozen=True, slots=True)
class UserTag:
    """A tagged public account. `x`, `y`: 0.0 to 1.0 from the top left; none for reels."""

    username: str
    x: float | None = None
    y: float | None = None

    def as_json(self) -> dict[str, str | float]:
        """Return the tag as the API's JSON."""
        place = {} if self.x is None or self.y is None else {"x": self.x, "y": self.y}
        return {"username": self.username.removeprefix("@"), **place}


# Without `fields` the API returns the id alone.
CONTAINER_FIELDS = "id,status_code,status"
QUOTA_FIELDS = "quota_usage,config"


def _tags(tags: Sequence[UserTag]) -> list[dict[str, str | float]]:
    return [tag.as_json() for tag in tags]


def _create(user: UserId, params: dict[str, str]) -> Call[Created]:
    return Call(
        method="POST",
        path=f"/{user}/media",
        params=params,
        answer=Created,
        effect=Effect.CREATE,
        pace=Pace.CONTAINER,
    )


def create_photo(
    user: UserId,
    *,
    image_url: str,
    caption: str | None = None,
    alt_text: str | None = None,
    location_id: str | None = None,
    user_tags: Sequence[UserTag] = (),
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a feed image.

    Source: IG User, Media. Meta fetches `image_url` itself: public, JPEG, at most 8 MB.
    """
    return _create(
        user,
        wire_params(
            image_url=image_url,
            caption=caption,
            alt_text=alt_text,
            location_id=location_id,
            user_tags=_tags(user_tags),
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def create_reel(
    user: UserId,
    *,
    video_url: str | None,
    caption: str | None = None,
    share_to_feed: bool | None = None,
    cover_url: str | None = None,
    thumb_offset_ms: int | None = None,
    audio_name: str | None = None,
    location_id: str | None = None,
    user_tags: Sequence[UserTag] = (),
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a reel. `cover_url` takes precedence over `thumb_offset_ms`.

    Without a `video_url` the bytes must be uploaded: see `resumable`.

    Source: IG User, Media. The default of `share_to_feed` is not documented, so always pass it.
    """
    return _create(
        user,
        wire_params(
            media_type="REELS",
            video_url=video_url,
            caption=caption,
            share_to_feed=share_to_feed,
            cover_url=cover_url,
            thumb_offset=thumb_offset_ms,
            audio_name=audio_name,
            location_id=location_id,
            user_tags=_tags(user_tags),
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def resumable(call: Call[Created]) -> Call[Created]:
    """Describe the container of a clip that is uploaded instead of fetched (Facebook Login only).

    Source: IG User, Media. The bytes go to the answer's `uri`.
    """
    # VIDEO for a carousel's item; a reel or story has a media_type of its own, which wins.
    return call.with_params(**{"media_type": "VIDEO", **call.params, "upload_type": "resumable"})


def create_story(
    user: UserId,
    *,
    image_url: str | None = None,
    video_url: str | None = None,
    user_tags: Sequence[UserTag] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the container of a story: exactly one of `image_url`, `video_url`; no caption."""
    return _create(
        user,
        wire_params(
            media_type="STORIES",
            image_url=image_url,
            video_url=video_url,
            user_tags=_tags(user_tags),
            is_ai_generated=is_ai_generated,
        ),
    )


def create_carousel_item(
    user: UserId,
    *,
    image_url: str | None = None,
    video_url: str | None = None,
    alt_text: str | None = None,
    user_tags: Sequence[UserTag] = (),
    thumb_offset_ms: int | None = None,
) -> Call[Created]:
    """Describe the container of one carousel item; caption, location and collaborators go on the parent."""
    return _create(
        user,
        wire_params(
            # Sent for clips only: Meta documents no media_type for a picture (IG User, Media).
            media_type="VIDEO" if video_url else None,
            image_url=image_url,
            video_url=video_url,
            is_carousel_item=True,
            alt_text=alt_text,
            user_tags=_tags(user_tags),
            thumb_offset=thumb_offset_ms,
        ),
    )


def create_carousel(
    user: UserId,
    *,
    children: Sequence[ContainerId],
    caption: str | None = None,
    location_id: str | None = None,
    collaborators: Sequence[str] = (),
    is_ai_generated: bool | None = None,
) -> Call[Created]:
    """Describe the parent container of 2 to 10 finished item containers."""
    return _create(
        user,
        wire_params(
            media_type="CAROUSEL",
            children=",".join(children),
            caption=caption,
            location_id=location_id,
            collaborators=list(collaborators),
            is_ai_generated=is_ai_generated,
        ),
    )


def upload(path: str) -> Call[Done]:
    """Describe the upload of a clip's bytes; `path` is the path of the `uri` from the container's creation.

    The headers `offset` and `file_size` say which bytes follow. Facebook Login only.
    """
    return Call(
        method="POST",
        path=path,
        answer=Done,
        effect=Effect.WRITE,
        endpoint=Endpoint.UPLOAD,
        is_versioned=False,
    )


def container_status(container: ContainerId, *, fields: str = CONTAINER_FIELDS) -> Call[Container]:
    """Describe the read of a container's status."""
    return Call(method="GET", path=f"/{container}", params={"fields": fields}, answer=Container)


def publish(user: UserId, container: ContainerId) -> Call[Published]:
    """Describe the publishing of a finished container. There is no idempotency key."""
    return Call(
        method="POST",
        path=f"/{user}/media_publish",
        params={"creation_id": container},
        answer=Published,
        effect=Effect.WRITE,
    )


def publishing_quota(user: UserId, *, fields: str = QUOTA_FIELDS) -> Call[Page[Quota]]:
    """Describe the read of posts used and allowed in the rolling window.

    Source: IG User, Content Publishing Limit. The total differs by account, so it is never a constant.
    """
    path = f"/{user}/content_publishing_limit"
    return Call(method="GET", path=path, params={"fields": fields}, answer=Page[Quota])


MEDIA_FIELDS = "id,permalink,media_type,media_product_type,timestamp,shortcode"
LISTING_FIELDS = "id,media_type,media_product_type,caption,timestamp"


def media(media_id: MediaId, *, fields: str = MEDIA_FIELDS) -> Call[Media]:
    """Describe the read of one published media."""
    return Call(method="GET", path=f"/{media_id}", params={"fields": fields}, answer=Media)


def media_list(
    user: UserId,
    *,
    fields: str = LISTING_FIELDS,
    limit: int = 25,
    since: int | None = None,
    until: int | None = None,
) -> Call[Page[Media]]:
    """Describe the list of published media, newest first, without stories. `since`, `until`: unix seconds."""
    params = wire_params(fields=fields, limit=limit, since=since, until=until)
    return Call(method="GET", path=f"/{user}/media", params=params, answer=Page[Media])


def stories(user: UserId, *, fields: str = LISTING_FIELDS, limit: int = 25) -> Call[Page[Media]]:
    """Describe the list of live stories (24 h)."""
    params = wire_params(fields=fields, limit=limit)
    return Call(method="GET", path=f"/{user}/stories", params=params, answer=Page[Media])


def delete_media(media_id: MediaId) -> Call[Done]:
    """Describe the deletion of a published media (not under Instagram Login); of a carousel only the whole.

    Source: IG Media, Deleting. A second one answers 100/33, as for any media that is not there.
    """
    return Call(method="DELETE", path=f"/{media_id}", answer=Done, effect=Effect.WRITE)


def comments(media_id: MediaId, *, fields: str = "id,text,timestamp,username") -> Call[Page[Comment]]:
    """Describe the list of a media's top-level comments, newest first."""
    return Call(method="GET", path=f"/{media_id}/comments", params={"fields": fields}, answer=Page[Comment])


def comment(media_id: MediaId, message: str) -> Call[Commented]:
    """Describe a comment on a media."""
    return Call(
        method="POST",
        path=f"/{media_id}/comments",
        params={"message": message},
        answer=Commented,
        effect=Effect.WRITE,
    )


def delete_comment(comment_id: CommentId) -> Call[Done]:
    """Describe the deletion of a comment on the account's own media."""
    return Call(method="DELETE", path=f"/{comment_id}", answer=Done, effect=Effect.WRITE)


def media_insights(media_id: MediaId, metrics: Sequence[str]) -> Call[Page[Insight]]:
    """Describe the read of a media's metrics. One unsupported name fails the whole call.

    Source: IG Media, Insights. `pressroom.graph.metrics` says which names are supported.
    """
    return Call(
        method="GET",
        path=f"/{media_id}/insights",
        params={"metric": ",".join(metrics)},
        answer=Page[Insight],
        pace=Pace.INSIGHTS,
    )


def account_insights(
    user: UserId,
    metrics: Sequence[str],
    *,
    period: str = "day",
    metric_type: str | None = None,
    breakdown: str | None = None,
    timeframe: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> Call[Page[Insight]]:
    """Describe the read of an account's metrics, by default of the last 24 hours.

    metric_type: `time_series` or `total_value`; most metrics have one of them alone. timeframe: of
    demographics, `this_week` or `this_month`. since, until: unix seconds, 30 days apart at most.
    Source: IG User, Insights.
    """
    params = wire_params(
        metric=",".join(metrics),
        period=period,
        metric_type=metric_type,
        breakdown=breakdown,
        timeframe=timeframe,
        since=since,
        until=until,
    )
    return Call(
        method="GET", path=f"/{user}/insights", params=params, answer=Page[Insight], pace=Pace.INSIGHTS
    )


def subscribed_apps(node: str) -> Call[Page[SubscribedApp]]:
    """Describe the list of the apps that get an account's webhooks.

    node: the account's user id under Instagram Login, else its Page's id, with the Page's own token.
    Source: Webhooks, Setup; Page, Subscribed Apps.
    """
    return Call(method="GET", path=f"/{node}/subscribed_apps", answer=Page[SubscribedApp])


USER_FIELDS = "user_id,username,account_type,followers_count,media_count"
_LINKED = "instagram_business_account{id,username}"
PAGE_FIELDS = f"id,name,{_LINKED}"
# With a Page's own token, which works for the account as long as it is not taken back.
WALKED_PAGE_FIELDS = f"{PAGE_FIELDS},tasks,access_token"


def user(user_id: UserId, *, fields: str = USER_FIELDS) -> Call[User]:
    """Describe the read of the account itself."""
    return Call(method="GET", path=f"/{user_id}", params={"fields": fields}, answer=User)


def pages(fields: str = PAGE_FIELDS) -> Call[Page[FacebookPage]]:
    """Describe the list of the Facebook Pages that the token's user has a role on.

    Source: Facebook Login for Business, Get the Instagram user ID.
    """
    return Call(method="GET", path="/me/accounts", params={"fields": fields}, answer=Page[FacebookPage])


def own_page() -> Call[FacebookPage]:
    """Describe the read of the Page that a Page token belongs to."""
    return Call(method="GET", path="/me", params={"fields": PAGE_FIELDS}, answer=FacebookPage)


def permissions() -> Call[Page[PermissionStatus]]:
    """Describe the list of what a person has granted; Facebook Login only."""
    return Call(method="GET", path="/me/permissions", answer=Page[PermissionStatus])


def token_info(token: str, asker: str) -> Call[TokenInfoAnswer]:
    """Describe the read of what a token is. asker: the app's own token `id|secret`, or the token itself.

    Source: https://developers.facebook.com/docs/graph-api/reference/debug_token/
    """
    return Call(
        method="GET",
        path="/debug_token",
        params={"input_token": token, "access_token": asker},
        answer=TokenInfoAnswer,
    )


def code_for_token(code: str, *, client_id: str, client_secret: str, redirect_uri: str) -> Call[CodeToken]:
    """Describe the exchange of Instagram Login's code for a token of an hour; a code works once."""
    return Call(
        method="POST",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
            "code": code,
        },
        answer=CodeToken,
        effect=Effect.WRITE,
        endpoint=Endpoint.CODE,
        is_versioned=False,
    )


def long_lived_token(token: str, *, client_secret: str) -> Call[RefreshedToken]:
    """Describe the exchange of Instagram Login's token of an hour for one of 60 days."""
    return Call(
        method="GET",
        path="/access_token",
        params={
            "grant_type": "ig_exchange_token",
            "client_secret": client_secret,
            "access_token": token,
        },
        answer=RefreshedToken,
        is_versioned=False,
    )


def facebook_code_for_token(
    code: str, *, client_id: str, client_secret: str, redirect_uri: str
) -> Call[RefreshedToken]:
    """Describe the exchange of Facebook Login's code for a short-lived token; a code works once."""
    return Call(
        method="GET",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": redirect_uri,
            "code": code,
        },
        answer=RefreshedToken,
        # A GET that uses up the code: a second one is refused, so it is never repeated.
        effect=Effect.WRITE,
    )


def facebook_long_lived_token(token: str, *, client_id: str, client_secret: str) -> Call[RefreshedToken]:
    """Describe the exchange of Facebook Login's token for one of about 60 days."""
    return Call(
        method="GET",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "fb_exchange_token",
            "fb_exchange_token": token,
        },
        answer=RefreshedToken,
    )


def refresh_token(token: str) -> Call[RefreshedToken]:
    """Describe the refresh of a long-lived Instagram token that is at least 24 h old and not expired.

    Meta expects the token in the query of this GET; wherever the URL is shown, it is masked.
    Source: https://developers.facebook.com/documentation/instagram-platform/reference/access_token
    """
    return Call(
        method="GET",
        path="/refresh_access_token",
        params={"grant_type": "ig_refresh_token", "access_token": token},
        answer=RefreshedToken,
        is_versioned=False,
    )
