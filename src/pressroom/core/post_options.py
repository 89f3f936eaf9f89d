"""Every option of a post, once: its values, the kinds of post that take it, and its words for each face.

The rows of `POST_OPTIONS` make the options of the publish commands, the columns of tables, the arguments of
the agents' tools, and the refusal of an option that a kind of post does not take. Two typed declarations name
the options again for type checkers, `core.post.PostOptions` and `service.posts.composing.PostKeywords`;
tests/service/test_post_options.py fails where they and the rows differ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias

from pressroom.core.address import shown_address
from pressroom.core.assets import NO_EDITS, Edits, Target
from pressroom.core.errors import Refused
from pressroom.core.option_values import (
    FILE,
    FITS,
    GRADUATIONS,
    NAMES,
    QUALITIES,
    SECONDS,
    SWITCH,
    TAGS,
    TARGETS,
    TEXT,
    TEXTS,
    TRUTH,
    WHOLE_NUMBER,
    WORD,
    ValueKind,
)
from pressroom.core.post import PostKind, PostOptions
from pressroom.graph.capabilities import Capability
from pressroom.graph.reels import audio_configuration

Face: TypeAlias = Literal["flag", "column", "argument"]
"""An option's declaration for the command line, for tables, or for the agents' tools."""


def require_utf8(text: str, name: str = "The text") -> None:
    """Raise Refused for a text that holds half characters: bytes of a command line that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        before = text[: error.start][-20:]
        where = f"{name}, behind {before!r}, holds" if before else f"{name} begins with"
        raise Refused(
            f"{where} bytes that are not UTF-8.",
            rule="text_encoding",
            value=repr(text[error.start : error.end]),
            limit="UTF-8",
            fix="Type it again, or read it from a file in UTF-8.",
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """An option of the command line.

    name: without its dashes. after: the option of a post that it is listed behind.
    """

    name: str
    words: str
    metavar: str | None = None
    after: str | None = None

    @property
    def parameter(self) -> str:
        """The name under which click hands over the value."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Words:
    """How a column or an argument of a tool is explained, if its name does not say it.

    after: the option that it is listed behind.
    """

    words: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """The parameter of `POST /{user}/media` that carries an option's value (IG User, Media).

    value: makes the parameter's JSON of the option's value. Carousel items never get it, only the carousel.
    """

    name: str
    value: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOption:
    """An option of a post. `flag`, `argument`: None where the command line, the agents' tools lack it.

    name: of the column, of the tool's argument, and of the field of `PostOptions`.
    edit: the field of `Edits` that it sets, in place of a field of `PostOptions`.
    kinds: the kinds of post that take it; the help of others does not show it. default: as in `PostOptions`.
    carried_as: how the refusal for another kind calls it; None where the kind alone is no reason to refuse.
    label: of its field on a page; by default the name of its flag.
    capability: that the account's login must have.
    parameter: sent to Instagram as it is; None where `publish.steps.creating` does more than pass it on.
    """

    name: str
    value: ValueKind
    kinds: tuple[PostKind, ...] = tuple(PostKind)
    carried_as: str | None = None
    edit: str | None = None
    default: Any = None
    column: Words
    flag: Flag | None = None
    argument: Words | None = None
    label: str = ""
    capability: Capability | None = None
    parameter: Parameter | None = None

    def value_in(self, options: PostOptions) -> Any:  # noqa: ANN401  # of any kind
        """Return the value that a post's options have."""
        return getattr(options.edits, self.edit) if self.edit else getattr(options, self.name)


# Which kinds take one of Meta's parameters is Meta's rule (IG User Media): a story, for one, has no caption.
_IN_FEED: Final = (PostKind.PHOTO, PostKind.REEL, PostKind.CAROUSEL)
_ONE_CLIP: Final = (PostKind.REEL, PostKind.STORY)
_CLIPS: Final = (*_ONE_CLIP, PostKind.CAROUSEL)

CLIP_OPTIONS: Final = (
    PostOption(
        name="start_s",
        label="Start at (seconds)",
        edit="start_s",
        value=SECONDS,
        kinds=_ONE_CLIP,
        column=Words("The clip from this second on."),
        flag=Flag(name="start", metavar="TIME", words="Leave out what comes before: 2.5, or 1:30."),
    ),
    PostOption(
        name="end_s",
        edit="end_s",
        value=SECONDS,
        kinds=_ONE_CLIP,
        column=Words("The clip up to this second."),
        flag=Flag(name="end", metavar="TIME", words="Leave out what comes after."),
    ),
    PostOption(
        name="loop",
        edit="repeat",
        value=SWITCH,
        kinds=_CLIPS,
        default=False,
        column=Words("true: a clip that is too short is repeated."),
        flag=Flag(name="loop", words="Play a clip of under 3 s until it is long enough."),
    ),
    PostOption(
        name="loudness",
        edit="loudness",
        value=SWITCH,
        kinds=_CLIPS,
        default=False,
        column=Words("true: the sound is normalised."),
        flag=Flag(name="loudness", words="Bring the sound to -14 LUFS."),
    ),
    PostOption(
        name="salvage",
        edit="salvage",
        value=SWITCH,
        kinds=_CLIPS,
        default=False,
        column=Words("true: what can be read of a damaged clip is used."),
        flag=Flag(name="salvage", words="Use what is left of a clip that is cut off or damaged."),
    ),
    PostOption(
        name="quality",
        value=QUALITIES,
        kinds=_CLIPS,
        default="normal",
        column=Words("Of a converted clip: normal (the default) or high.", after="target"),
        flag=Flag(
            name="quality", words="high takes twice the time where a clip is encoded; normal by default."
        ),
    ),
)
"""The options that `media check` and `media convert` have, too."""

POST_OPTIONS: tuple[PostOption, ...] = (
    PostOption(
        name="caption",
        value=TEXT,
        kinds=_IN_FEED,
        carried_as="a caption",
        column=Words("The text."),
        flag=Flag(name="caption", words="Text below the post."),
        argument=Words("Its text."),
    ),
    PostOption(
        name="alt_texts",
        value=TEXTS,
        kinds=(PostKind.PHOTO, PostKind.CAROUSEL),
        carried_as="alternative texts",
        default=(),
        column=Words("A description of each file, one a line."),
        flag=Flag(
            name="alt-text", words="Text for who cannot see the picture; once for each item, in order."
        ),
        argument=Words("What each shows."),
    ),
    PostOption(
        name="cover",
        value=FILE,
        kinds=(PostKind.REEL,),
        carried_as="a cover",
        column=Words("Cover of a reel: a file or a URL."),
        flag=Flag(name="cover", metavar="FILE|URL", words="Picture shown before it plays."),
        argument=Words("Of a reel.", after="collaborators"),
    ),
    PostOption(
        name="thumb_offset_ms",
        label="Cover frame (milliseconds)",
        value=WHOLE_NUMBER,
        kinds=(PostKind.REEL,),
        carried_as="a thumbnail offset",
        column=Words("Cover of a reel: the frame at so many milliseconds."),
        flag=Flag(name="thumb-offset", metavar="MS", words="Moment of the frame that covers it."),
    ),
    PostOption(
        name="share_to_feed",
        value=TRUTH,
        kinds=(PostKind.REEL,),
        carried_as="`share_to_feed`",
        column=Words("true or false: a reel is shown in the feed, too."),
        flag=Flag(
            name="share-to-feed",
            words="Show the reel in the profile grid too; by default it is.",
            after="collaborators",
        ),
    ),
    PostOption(
        name="location_id",
        value=WORD,
        kinds=_IN_FEED,
        carried_as="a location",
        column=Words("Id of a place's Facebook Page."),
        flag=Flag(name="location-id", metavar="ID", words="Facebook Page of a place."),
    ),
    PostOption(
        name="user_tags",
        label="User tags",
        value=TAGS,
        default=(),
        column=Words("Who is tagged: NAME:X,Y; on clips NAME alone."),
        flag=Flag(
            name="user-tag",
            words="Account shown in it; X,Y from the top left, 0.0 to 1.0, for pictures.",
        ),
        argument=Words("`alice`, or `alice:0.5,0.5`."),
    ),
    PostOption(
        name="collaborators",
        label="Collaborators",
        value=NAMES,
        kinds=_IN_FEED,
        carried_as="collaborators",
        default=(),
        column=Words("Names of accounts that are asked to share the post."),
        flag=Flag(name="collaborator", metavar="NAME", words="Invited co-author."),
        argument=Words("Co-authors."),
    ),
    PostOption(
        name="first_comment",
        value=TEXT,
        kinds=_IN_FEED,
        carried_as="a first comment",
        column=Words("A comment that is written below the post.", after="alt_texts"),
        flag=Flag(name="first-comment", metavar="TEXT", words="Comment written at once."),
        argument=Words("Written once it is live.", after="caption"),
    ),
    PostOption(
        name="fit",
        value=FITS,
        column=Words("For a wrong shape: blur, pad, crop or keep."),
        flag=Flag(
            name="fit",
            words="What is done when the shape does not fit; by default clips keep theirs, pictures are "
            "blurred.",
        ),
        argument=Words("For a wrong shape."),
    ),
    PostOption(
        name="target",
        value=TARGETS,
        default=Target.PLATFORM,
        column=Words("What clips are made to: platform (the default) or house."),
        flag=Flag(
            name="target",
            words="How clips are made. house: 720x1280, 30 fps, 90 s; platform, the default: all Instagram "
            "takes.",
        ),
    ),
    PostOption(
        name="convert",
        value=TRUTH,
        column=Words("true: what a URL serves is made acceptable, too."),
    ),
    PostOption(
        name="is_ai_generated",
        label="Made with AI",
        value=TRUTH,
        column=Words("true: Instagram labels the post as made with AI."),
        flag=Flag(name="ai-generated", words="Have Instagram label the post as made with AI."),
        argument=Words(),
        parameter=Parameter("is_ai_generated"),
    ),
    PostOption(
        name="trial",
        label="Trial reel",
        value=GRADUATIONS,
        kinds=(PostKind.REEL,),
        carried_as="a trial",
        column=Words("Makes a trial reel: manual or ss_performance."),
        flag=Flag(
            name="trial",
            words="Show the reel to non-followers first. manual: you share it with followers yourself; "
            "ss_performance: Instagram does so if the reel performs well.",
        ),
        argument=Words("Trial reel."),
        parameter=Parameter("trial_params", lambda value: {"graduation_strategy": value.upper()}),
    ),
    PostOption(
        name="audio",
        value=WORD,
        kinds=(PostKind.REEL,),
        carried_as="audio",
        column=Words("Music by its id, or ID:AUDIO,VIDEO with volumes to 100."),
        flag=Flag(
            name="audio",
            metavar="ID[:AUDIO,VIDEO]",
            words="Music or a sound that `media audio` found, with the volumes (0 to 100) of it and of the "
            "clip.",
        ),
        argument=Words("Music id."),
        capability=Capability.REELS_AUDIO,
        parameter=Parameter("audio_configuration", audio_configuration),
    ),
    *CLIP_OPTIONS,
)


def options_of(face: Face) -> tuple[PostOption, ...]:
    """Return the options that a face has, in its order."""
    options = [option for option in POST_OPTIONS if getattr(option, face)]
    for option in tuple(options):
        if after := getattr(option, face).after:
            options.remove(option)
            options.insert([other.name for other in options].index(after) + 1, option)
    return tuple(options)


def fields_of(values: Mapping[str, Any], edits_before: Edits = NO_EDITS) -> dict[str, Any]:
    """Turn values by the name of their option into values by the field of `PostOptions`.

    edits_before: those of the post that is changed; the edits that no value names stay as they are.
    """
    edits = {
        option.edit: values[option.name] for option in POST_OPTIONS if option.edit and option.name in values
    }
    own = {
        option.name: values[option.name]
        for option in POST_OPTIONS
        if not option.edit and option.name in values
    }
    return {**own, "edits": replace(edits_before, **edits)} if edits else own


def options_as_json(options: PostOptions, spell_text: Callable[[str], Any] = str) -> dict[str, Any]:
    """Return the options that differ from their defaults, by name, as JSON values.

    A file is shown by its address without the query, which may hold a key. spell_text: applied to each text,
    name and address, which anybody may have written; not to the words of a choice.
    """

    def as_json(option: PostOption, value: Any) -> Any:  # noqa: ANN401  # of any kind
        if isinstance(value, bool | int | float):
            return value
        text = shown_address(value.source) if option.value is FILE else option.value.spell(value)
        return text if option.value.choices else spell_text(text) or ""

    shown: dict[str, Any] = {}
    for option in POST_OPTIONS:
        value = option.value_in(options)
        if value != option.default:
            values = [as_json(option, one) for one in (value if option.value.is_list else (value,))]
            shown[option.name] = values if option.value.is_list else values[0]
    return shown
