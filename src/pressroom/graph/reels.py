"""What reels alone have: music and sounds of Instagram's, and trials.

Audio is for Facebook Login only.
Source: https://developers.facebook.com/documentation/instagram-platform/content-publishing/audio-api
"""

import re
from typing import Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from pressroom.graph.answers import GraphAnswer, UserId, WireId
from pressroom.graph.call import Call, wire_params

Graduation: TypeAlias = Literal["manual", "ss_performance"]
"""How a trial reel comes to be shown to followers: `trial_params.graduation_strategy` (IG User, Media)."""

AudioType: TypeAlias = Literal["music", "original_sound"]
_CONFIGURATION: Final = re.compile(r"([0-9]+)(?::([0-9]{1,3}),([0-9]{1,3}))?")
_MAX_VOLUME: Final = 100


class Audio(GraphAnswer, frozen=True, kw_only=True):
    """Music or an original sound. display_artist: of music. ig_username: whose sound it is.

    download_url: to listen to it; None where its owner lets nobody download it.
    """

    ids: ClassVar[tuple[str, ...]] = ("audio_id",)

    audio_id: WireId
    audio_type: str | None = None
    title: str | None = None
    display_artist: str | None = None
    ig_username: str | None = None
    duration_in_ms: int | None = None
    download_url: str | None = None


class AudioList(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found; Meta pages it nowhere."""

    audio: tuple[Audio, ...] = ()


def search_audio(user: UserId, audio_type: AudioType, query: str | None = None) -> Call[AudioList]:
    """Describe the search for audio. Without a query Instagram answers with what is trending."""
    params = wire_params(audio_type=audio_type, user_id=user, search_query=query or None)
    return Call(method="GET", path="/ig_audio", params=params, answer=AudioList)


def audio_configuration(text: str) -> dict[str, Any]:
    """Return the value of `audio_configuration` for `ID` or `ID:AUDIO,VIDEO`.

    AUDIO, VIDEO: the volumes of the audio and of the clip's own sound, 0 to 100; Instagram's default is 100.
    Raises ValueError for any other text.
    """
    match = _CONFIGURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    audio_id, audio_volume, video_volume = match.groups()
    if audio_volume is None:
        return {"audio_id": audio_id}
    volumes = {"audio_volume": int(audio_volume), "video_volume": int(video_volume)}
    if max(volumes.values()) > _MAX_VOLUME:
        raise ValueError(text)
    return {"audio_id": audio_id, **volumes}
