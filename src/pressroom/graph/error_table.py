"""Every documented error: what it means, when to retry, what it proves, what a person can do.

The exception classes (`pressroom.core.graph_errors`), the docs page and the sandbox's faults are made from
this table. Rows are found by code and subcode only: HTTP status, `type` and message are not reliable. What a
row proves holds only for exactly its numbers, HTTP 4xx and no `is_transient`: docs/decisions/0010.
Source: https://developers.facebook.com/documentation/instagram-platform/instagram-graph-api/reference/error-codes
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from itertools import chain

from pressroom.graph.certainty import Certainty


class Retry(StrEnum):
    """When the failed step may be tried again."""

    SOON = "soon"  # the same call, with backoff
    WHEN_READY = "when_ready"  # the same call, once the container is ready
    NEW_CONTAINER = "new_container"
    NEXT_WINDOW = "next_window"  # when the rate limit or quota allows it again
    AFTER_FIX = "after_fix"  # when the input is changed
    AFTER_SIGN_IN = "after_sign_in"
    AFTER_HUMAN = "after_human"  # when a person has acted in Instagram or at Meta

    @property
    def needs_person(self) -> bool:
        """Whether only a person can end the error."""
        return self in (Retry.AFTER_SIGN_IN, Retry.AFTER_HUMAN)

    @property
    def is_about_account(self) -> bool:
        """Whether the error concerns the account rather than the post or its files."""
        return self.needs_person or self is Retry.NEXT_WINDOW

    @property
    def is_same_call(self) -> bool:
        """Whether the same call may succeed later without any change."""
        return self in (Retry.SOON, Retry.WHEN_READY)


class Proves(Enum):
    """What the error proves about the `media_publish` (or comment) that it answered."""

    REFUSED = "refused"  # nothing happened
    UNKNOWN = "unknown"  # it may have happened


class Because(Enum):
    """Why an answer to `media_publish` proves what it proves: the verdict, and the reason in a sentence.

    Only for the answer as documented: see `pressroom.core.errors.GraphError.proves`.
    """

    TOKEN = Proves.REFUSED, "The token is looked at before anything is done."
    RIGHTS = Proves.REFUSED, "What the app and the account may do is looked at before anything is done."
    PATH = Proves.REFUSED, "The path is looked at before anything is done."
    LIMIT = Proves.REFUSED, "Calls and posts are counted before anything is done."
    CONTENT = Proves.REFUSED, "What is to be published is judged before it is, and was found wanting."
    NOT_READY = Proves.REFUSED, "Meta documents it for a container that is not finished: wait and publish it."
    NO_CONTAINER = Proves.REFUSED, "Meta documents it for a container that is gone: make a new one."
    NO_MEDIA = Proves.REFUSED, "It is read from the container, which has no media to publish."
    SERVER = (
        Proves.UNKNOWN,
        "The fault is Meta's own, and posts have gone live all the same: codes -2 to 2 tell nothing.",
    )
    BLOCKED = Proves.UNKNOWN, "Meta says to look at the container first: the post may be live."
    UNSEEN = Proves.UNKNOWN, "It has been answered about containers and media that stood there."
    TWIN = Proves.UNKNOWN, "What it repeats may be this very call, delivered twice."
    OTHER_CALL = Proves.UNKNOWN, "It is documented for another call, and so explains nothing here."

    @property
    def proves(self) -> Proves:
        """What it proves."""
        return self.value[0]

    @property
    def words(self) -> str:
        """The reason, for people."""
        return self.value[1]


# Looked at before anything is done, whatever was asked for.
_OF_ANY_CALL = frozenset({Because.TOKEN, Because.RIGHTS, Because.PATH, Because.LIMIT})


class HelperPrefix(StrEnum):
    """The error names that helper modules put at the start of their error texts."""

    OAUTH = "OAuthException"
    MEDIA_TYPE = "MediaTypeNotSupported"
    RATE_LIMIT = "RateLimitError"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """A text of an error as Meta sends it, and how certain it is. Names in braces differ from call to call."""

    words: str
    mark: Certainty


documented: Callable[[str], ErrorText] = partial(ErrorText, mark=Certainty.DOCUMENTED)
observed: Callable[[str], ErrorText] = partial(ErrorText, mark=Certainty.OBSERVED)
seen: Callable[[str], ErrorText] = partial(ErrorText, mark=Certainty.THIRD_PARTY)
known: Callable[[str], ErrorText] = partial(ErrorText, mark=Certainty.GENERAL)
inferred: Callable[[str], ErrorText] = partial(ErrorText, mark=Certainty.INFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRow:
    """One error of the API.

    code: None for subcodes that appear only inside a container's `status` text.
    last_code: the last of a range of codes that share the row.
    message_text, title_text, user_text: what the sandbox sends as `message`, `error_user_title` and `error_user_msg`, each with its mark;
        an inferred one is a paraphrase. None: the key is left out.
    mark: how certain code and meaning are.
    because: what it proves about a `media_publish` or a comment, and why.
    fix: what a person can do, one or two sentences.
    remedies: the kinds of remedy that `fix` names: see `pressroom.core.remedies`.
    """

    code: int | None
    subcode: int | None
    last_code: int | None
    mark: Certainty
    name: str
    retry: Retry
    because: Because
    message_text: ErrorText
    title_text: ErrorText | None
    user_text: ErrorText | None
    fix: str
    remedies: tuple[str, ...]
    helper_prefix: HelperPrefix | None
    http_status: int
    meta_type: str

    @property
    def message(self) -> str:
        """The `message`, for developers."""
        return self.message_text.words

    @property
    def title(self) -> str | None:
        """The `error_user_title`."""
        return self.title_text.words if self.title_text else None

    @property
    def user_message(self) -> str | None:
        """The `error_user_msg`, for people."""
        return self.user_text.words if self.user_text else None

    @property
    def explanation(self) -> str:
        """What Meta says of the error: to people, where a text for them is known."""
        return self.user_message or self.message

    @property
    def proves(self) -> Proves:
        """What it proves about a `media_publish` (or comment), if answered as documented."""
        return self.because.proves

    @property
    def refuses_deletion(self) -> bool:
        """Whether it proves that a deletion was not carried out, if answered as documented.

        100/33 does not: it is the answer for a media that is gone, too.
        """
        return self.because in _OF_ANY_CALL or self.name == "DeleteNotSupported"

    def matches(self, code: int | None, subcode: int | None) -> bool:
        """Return whether this row is for exactly this code and subcode."""
        if self.code is None or code is None:
            return self.code == code and self.subcode == subcode
        return self.code <= code <= (self.last_code or self.code) and self.subcode == subcode


CURED_BY_GRANT = frozenset(("PermissionMissing", "PermissionDenied"))
"""Names of rows that signing in again ends, where the person grants what is missing."""

R, B, H, C = Retry, Because, HelperPrefix, Certainty


def _row(
    code: int | None,
    subcode: int | None,
    mark: Certainty,
    name: str,
    retry: Retry,
    because: Because,
    message: ErrorText,
    fix: str,
    *,
    remedies: tuple[str, ...] = (),
    last_code: int | None = None,
    helper_prefix: HelperPrefix | None = None,
    title: ErrorText | None = None,
    user_message: ErrorText | None = None,
    http_status: int = 400,
    meta_type: str = "OAuthException",
) -> ErrorRow:
    return ErrorRow(
        code=code,
        subcode=subcode,
        last_code=last_code,
        mark=mark,
        name=name,
        retry=retry,
        because=because,
        message_text=message,
        title_text=title,
        user_text=user_message,
        fix=fix,
        remedies=remedies,
        helper_prefix=helper_prefix,
        http_status=http_status,
        meta_type=meta_type,
    )


_SIGN_IN = "Make a new token for the account and set it again; an expired or revoked one cannot be refreshed."
_FETCH = (
    "Check that the URL opens without signing in, over https, with the right Content-Type and Range support."
)
_CONVERT = ("convert_file",)
_FORMAT_VIDEO = "Convert the file: `pressroom media convert FILE`."
_WAIT_QUOTA = "Wait until a slot of the rolling 24 hours frees."
_BACK_OFF = "Wait before calling again: calls made while throttled lengthen the block."
_ACT_IN_APP = "Open the Instagram app as this account and do what it asks, then try again."
_LATER = "Nothing to change: it passes by itself. Try again in a few minutes."

# fmt: off
PUBLISHING_ROWS = (
    _row(-2, 2207003, C.DOCUMENTED, "MediaDownloadTimedOut", R.SOON, B.SERVER, inferred("It takes too long to download the media."), f"The host is too slow for Meta. {_FETCH}", user_message=documented("It takes too long to download the media.")),
    _row(-2, 2207020, C.DOCUMENTED, "ContainerExpired", R.NEW_CONTAINER, B.NO_CONTAINER, inferred("The media has expired."), "Containers live 24 hours: publish again, which makes a new one.", title=inferred("Media expired"), user_message=documented("The media you are trying to access has expired. Please try to upload again.")),
    _row(-1, 2207001, C.DOCUMENTED, "InstagramServerError", R.SOON, B.SERVER, inferred("Instagram server error. Please try again."), _LATER),
    _row(-1, 2207032, C.DOCUMENTED, "ContainerCreationFailed", R.SOON, B.SERVER, inferred("Create media fail, please try to re-create media"), _LATER, user_message=documented("Create media fail, please try to re-create media")),
    _row(-1, 2207053, C.DOCUMENTED, "UploadFailed", R.NEW_CONTAINER, B.SERVER, inferred("unknown upload error"), "Publish again; when it repeats, convert the file first: `pressroom media convert FILE`.", remedies=_CONVERT, user_message=documented("unknown upload error")),
    _row(-1, 2207073, C.DOCUMENTED, "DeleteNotSupported", R.AFTER_FIX, B.OTHER_CALL, inferred("This media type is not supported by this endpoint."), "Delete this media in the Instagram app."),
    _row(-1, 2207085, C.OBSERVED, "FatalServerError", R.SOON, B.SERVER, observed("Fatal"), "A fault on Meta's side that may last: try again later, a few times at most."),
    _row(1, 2207057, C.DOCUMENTED, "ThumbOffsetOutOfRange", R.AFTER_FIX, B.SERVER, inferred("Thumbnail offset must be greater than or equal to 0 and less than video duration"), "Choose a thumbnail offset inside the clip.", user_message=documented("Thumbnail offset must be greater than or equal to 0 and less than video duration")),
    _row(4, 2207051, C.DOCUMENTED, "ActionBlocked", R.AFTER_HUMAN, B.BLOCKED, observed("Application request limit reached"), "Instagram's spam protection stopped the action, and the post may be live all the same: look at the profile, and leave the account alone for 24 hours.", title=observed("Action is blocked"), user_message=documented("We restrict certain activity to protect our community. Tell us if you think we made a mistake.")),
    _row(9, 2207042, C.DOCUMENTED, "PublishLimitReached", R.NEXT_WINDOW, B.LIMIT, inferred("The publishing limit is reached."), _WAIT_QUOTA, helper_prefix=H.RATE_LIMIT, title=inferred("Publishing limit reached"), user_message=documented("You reached maximum number of posts that is allowed to be published by Content Publishing API.")),
    _row(9, 2207069, C.OBSERVED, "ContainerLimitReached", R.NEXT_WINDOW, B.LIMIT, observed("User is performing too many actions"), _WAIT_QUOTA, helper_prefix=H.RATE_LIMIT, title=observed("Media Creation Limit Exceeded")),
    _row(24, 2207006, C.DOCUMENTED, "MediaNotFound", R.NEW_CONTAINER, B.NO_CONTAINER, observed("The requested resource does not exist"), "Check that the id belongs to this account; publish again, which makes a new container.", title=inferred("Media not found"), user_message=documented("The media with {id} cannot be found")),
    _row(24, 2207008, C.DOCUMENTED, "ContainerNotFound", R.NEW_CONTAINER, B.NO_CONTAINER, inferred("The media builder does not exist."), "Publish again, which makes a new container.", title=inferred("Media builder not found"), user_message=documented("The media builder with creation id = {id} does not exist or has been expired.")),
    _row(25, 2207050, C.DOCUMENTED, "AccountRestricted", R.AFTER_HUMAN, B.BLOCKED, observed("User access is restricted"), _ACT_IN_APP, title=observed("User is restricted"), user_message=documented("The Instagram account is restricted.")),
    _row(100, 2207023, C.DOCUMENTED, "UnknownMediaType", R.AFTER_FIX, B.CONTENT, inferred("The media type is unknown."), "Use REELS, STORIES or CAROUSEL, or leave `media_type` out for an image.", title=inferred("Unknown media type"), user_message=documented("The media type {media_type} is unknown.")),
    _row(100, 2207028, C.DOCUMENTED, "CarouselItemCount", R.AFTER_FIX, B.CONTENT, inferred("The carousel is invalid."), "Give 2 to 10 items.", title=inferred("Invalid carousel"), user_message=documented("Your post won't work as a carousel. Carousels need at least 2 photos/videos and no more than 10 photos/videos.")),
    _row(100, 2207035, C.DOCUMENTED, "ProductTagPositionOnVideo", R.AFTER_FIX, B.CONTENT, inferred("Product tag positions should not be specified for video media."), "Leave `x` and `y` out of the product tags of a video.", user_message=documented("Product tag positions should not be specified for video media.")),
    _row(100, 2207036, C.DOCUMENTED, "ProductTagPositionMissing", R.AFTER_FIX, B.CONTENT, inferred("Product tag positions are required for photo media."), "Give `x` and `y` for each product tag of an image.", user_message=documented("Product tag positions are required for photo media.")),
    _row(100, 2207037, C.DOCUMENTED, "ProductTagRefused", R.AFTER_FIX, B.CONTENT, inferred("We couldn't add all of your product tags. The product ID may be incorrect, the product may be deleted, or you may not have permission to tag the product."), "Check that each product is approved in the shop and leave out the others.", user_message=documented("We couldn't add all of your product tags. The product ID may be incorrect, the product may be deleted, or you may not have permission to tag the product.")),
    _row(100, 2207040, C.DOCUMENTED, "TooManyTags", R.AFTER_FIX, B.CONTENT, inferred("The media has too many tags."), "Tag at most 20 accounts.", title=inferred("Too many tags"), user_message=documented("Cannot use more than 20 tags per created media.")),
    _row(100, 2207089, C.OBSERVED, "CarouselItemAlone", R.AFTER_FIX, B.CONTENT, observed("Invalid parameter"), "Publish the carousel that the item belongs to; a single clip is published as a reel.", title=observed("Carousel item cannot be published standalone"), user_message=observed("Media created with media_type=VIDEO is a carousel item and cannot be published as a standalone post. To publish a standalone video, use media_type=REELS instead.")),
    _row(110, 2207018, C.OBSERVED, "CollaboratorRefused", R.AFTER_FIX, B.CONTENT, seen("Invalid user id"), "Spell the name of each collaborator and tagged account without `@`, and check that the account exists and is public."),
    _row(352, 2207026, C.DOCUMENTED, "VideoFormatNotSupported", R.AFTER_FIX, B.CONTENT, inferred("The video format is not supported."), _FORMAT_VIDEO, remedies=_CONVERT, helper_prefix=H.MEDIA_TYPE, title=inferred("Unsupported video format"), user_message=documented("The video format is not supported. Please check spec for supported video format")),
    _row(9004, 2207052, C.DOCUMENTED, "MediaFetchFailed", R.SOON, B.CONTENT, observed("Only photo or video can be accepted as media type."), _FETCH, title=observed("Media download has failed. The media URI doesn't meet our requirements."), user_message=documented("The media could not be fetched from this uri: {url}")),
    _row(9007, 2207027, C.DOCUMENTED, "NotReadyToPublish", R.WHEN_READY, B.NOT_READY, observed("Media ID is not available"), "Instagram is still processing the media: wait a moment and publish again.", title=observed("Cannot publish"), user_message=observed("The media is not ready to be published. Please wait a moment.")),
    _row(36000, 2207004, C.DOCUMENTED, "ImageTooLarge", R.AFTER_FIX, B.CONTENT, documented("The image size is too large."), "Make the image smaller: `pressroom media convert FILE`.", remedies=_CONVERT, title=documented("Image size too large"), user_message=documented("The image is too large to download. It should be less than 8 MiB.")),
    _row(36001, 2207005, C.DOCUMENTED, "ImageFormatNotSupported", R.AFTER_FIX, B.CONTENT, inferred("The image format is not supported."), "Convert the image: `pressroom media convert FILE`.", remedies=_CONVERT, helper_prefix=H.MEDIA_TYPE, title=inferred("Unsupported image format"), user_message=documented("The image format {format} is not supported. Supported formats are: JPEG.")),
    _row(36003, 2207009, C.DOCUMENTED, "AspectRatioNotSupported", R.AFTER_FIX, B.CONTENT, observed("The aspect ratio is not supported"), "Use a ratio of 4:5 to 1.91:1, or let fit blur add bars.", title=inferred("Unsupported aspect ratio"), user_message=documented("The submitted image with aspect ratio ('{ratio}') cannot be published. Please submit an image with a valid aspect ratio.")),
    _row(36004, 2207010, C.DOCUMENTED, "CaptionTooLong", R.AFTER_FIX, B.CONTENT, seen("The caption was too long."), "Shorten the caption.", title=inferred("Caption too long"), user_message=documented("The submitted image's caption was {length} characters long. The maximum number of characters permitted for a caption is {most}. Please submit media with a shorter caption.")),
    _row(None, 2207026, C.OBSERVED, "VideoFormatNotSupported", R.AFTER_FIX, B.NO_MEDIA, observed("Error: Media upload has failed with error code 2207026"), _FORMAT_VIDEO, remedies=_CONVERT, helper_prefix=H.MEDIA_TYPE),
    _row(None, 2207076, C.OBSERVED, "ProcessingRejected", R.NEW_CONTAINER, B.NO_MEDIA, observed("Error: Media upload has failed with error code 2207076"), f"{_FORMAT_VIDEO} {_FETCH}", remedies=_CONVERT),
    _row(None, 2207077, C.OBSERVED, "VideoDownloadFailed", R.NEW_CONTAINER, B.NO_MEDIA, observed("Error: Media upload has failed with error code 2207077"), _FETCH),
    _row(None, 2207082, C.OBSERVED, "ProcessingFailed", R.NEW_CONTAINER, B.NO_MEDIA, observed("Error: Media upload has failed with error code 2207082"), f"Large files fail more often. {_FORMAT_VIDEO}", remedies=_CONVERT),
)
# fmt: on

_UNEXPECTED = "An unexpected error has occurred. Please retry your request later."
_NO_PERMISSION = (
    "Sign in again and grant the permission; one that was not used for 90 days has to be granted again."
)

# fmt: off
GENERAL_ROWS = (
    _row(1, None, C.DOCUMENTED, "UnknownServerError", R.SOON, B.SERVER, known(_UNEXPECTED), _LATER, http_status=500),
    _row(1, 99, C.OBSERVED, "UnknownServerError", R.SOON, B.SERVER, known(_UNEXPECTED), _LATER, http_status=500),
    _row(2, None, C.DOCUMENTED, "ServiceUnavailable", R.SOON, B.SERVER, known(_UNEXPECTED), _LATER, http_status=503),
    _row(2, 99, C.OBSERVED, "ServiceUnavailable", R.SOON, B.SERVER, known(_UNEXPECTED), _LATER, http_status=503),
    _row(3, None, C.DOCUMENTED, "AppCapabilityMissing", R.AFTER_HUMAN, B.RIGHTS, known("Application does not have the capability to make this API call."), "Enable the capability for the app at Meta."),
    _row(4, None, C.DOCUMENTED, "AppRateLimited", R.NEXT_WINDOW, B.LIMIT, observed("(#4) Application request limit reached"), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(10, None, C.DOCUMENTED, "PermissionMissing", R.AFTER_HUMAN, B.RIGHTS, known("(#10) Application does not have permission for this action"), f"{_NO_PERMISSION} On insights it may also mean too few viewers.", http_status=403),
    _row(17, None, C.DOCUMENTED, "UserRateLimited", R.NEXT_WINDOW, B.LIMIT, known("User request limit reached"), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(32, None, C.DOCUMENTED, "PageRateLimited", R.NEXT_WINDOW, B.LIMIT, known("Page request limit reached"), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(100, None, C.DOCUMENTED, "InvalidParameter", R.AFTER_FIX, B.CONTENT, known("Invalid parameter"), "Correct the parameter the message names."),
    _row(100, 33, C.DOCUMENTED, "ObjectNotFound", R.SOON, B.UNSEEN, observed("Unsupported get request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"), "Check the id and that it belongs to this account. Just made objects may need a moment.", meta_type="GraphMethodException"),
    _row(100, 2108006, C.OBSERVED, "PostedBeforeBusinessAccount", R.AFTER_FIX, B.OTHER_CALL, observed("Invalid parameter"), "Insights start with the switch to a professional account: leave this media out.", title=observed("Media posted before business account conversion"), user_message=observed("The media was posted before the most recent time that the user's account was converted to a business account from a personal account.")),
    _row(102, None, C.DOCUMENTED, "SessionInvalid", R.AFTER_SIGN_IN, B.TOKEN, known("Session key invalid or no longer valid"), _SIGN_IN, helper_prefix=H.OAUTH, http_status=401),
    _row(104, None, C.GENERAL, "TokenRequired", R.AFTER_SIGN_IN, B.TOKEN, known("Requires valid signature"), "Set INSTAGRAM_ACCESS_TOKEN to the account's token.", helper_prefix=H.OAUTH, http_status=401),
    _row(190, None, C.DOCUMENTED, "TokenInvalid", R.AFTER_SIGN_IN, B.TOKEN, known("Invalid OAuth access token - Cannot parse access token"), _SIGN_IN, helper_prefix=H.OAUTH, http_status=401),
    _row(190, 458, C.DOCUMENTED, "AccessRevoked", R.AFTER_SIGN_IN, B.TOKEN, known("Error validating access token: The user has not authorized application."), _SIGN_IN, helper_prefix=H.OAUTH),
    _row(190, 459, C.DOCUMENTED, "UserCheckpointed", R.AFTER_HUMAN, B.TOKEN, known("Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given."), _ACT_IN_APP, helper_prefix=H.OAUTH),
    _row(190, 460, C.DOCUMENTED, "PasswordChanged", R.AFTER_SIGN_IN, B.TOKEN, observed("Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons."), _SIGN_IN, helper_prefix=H.OAUTH),
    _row(190, 463, C.DOCUMENTED, "TokenExpired", R.AFTER_SIGN_IN, B.TOKEN, observed("Error validating access token: Session has expired on {expired}. The current time is {now}."), _SIGN_IN, helper_prefix=H.OAUTH),
    _row(190, 464, C.DOCUMENTED, "UserUnconfirmed", R.AFTER_HUMAN, B.TOKEN, known("Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user."), _ACT_IN_APP, helper_prefix=H.OAUTH),
    _row(190, 467, C.DOCUMENTED, "TokenInvalidated", R.AFTER_SIGN_IN, B.TOKEN, known("Error validating access token: The session is invalid because the user logged out."), _SIGN_IN, helper_prefix=H.OAUTH),
    _row(190, 492, C.DOCUMENTED, "PageRoleLost", R.AFTER_SIGN_IN, B.TOKEN, known("Error validating access token: The user must be an administrator, editor, or moderator of the page."), "Give the user a role on the Page again, then make a new token.", helper_prefix=H.OAUTH),
    _row(200, None, C.DOCUMENTED, "PermissionDenied", R.AFTER_HUMAN, B.RIGHTS, known("(#200) Permissions error"), _NO_PERMISSION, last_code=299, http_status=403),
    _row(341, None, C.DOCUMENTED, "ApplicationLimit", R.NEXT_WINDOW, B.LIMIT, known("Application limit reached"), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(368, None, C.DOCUMENTED, "BlockedByPolicy", R.AFTER_HUMAN, B.BLOCKED, known("The action attempted has been deemed abusive or is otherwise disallowed"), _ACT_IN_APP),
    _row(506, None, C.DOCUMENTED, "DuplicatePost", R.AFTER_FIX, B.TWIN, known("Duplicate status message"), "Change the content."),
    _row(613, None, C.DOCUMENTED, "CustomRateLimited", R.NEXT_WINDOW, B.LIMIT, known("Calls to this api have exceeded the rate limit."), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(803, None, C.DOCUMENTED, "AliasNotFound", R.AFTER_FIX, B.PATH, known("(#803) Some of the aliases you requested do not exist"), "Check the id.", http_status=404),
    _row(2500, None, C.DOCUMENTED, "PathOrTokenMissing", R.AFTER_FIX, B.PATH, known("Unknown path components: /{path}"), "Check the API version, the path and that a token is set."),
    _row(80001, None, C.DOCUMENTED, "PageUseCaseLimited", R.NEXT_WINDOW, B.LIMIT, known("(#80001) There have been too many calls to this Page account. Wait a bit and try again."), _BACK_OFF),
    _row(80002, None, C.DOCUMENTED, "InstagramUseCaseLimited", R.NEXT_WINDOW, B.LIMIT, observed("(#80002) There have been too many calls to this Instagram account. Wait a bit and try again."), _BACK_OFF, helper_prefix=H.RATE_LIMIT),
    _row(80006, None, C.DOCUMENTED, "MessengerUseCaseLimited", R.NEXT_WINDOW, B.LIMIT, known("(#80006) There have been too many calls to this Messenger account. Wait a bit and try again."), _BACK_OFF),
)
# fmt: on

_TO_WHOM = "Write to a person who wrote to the account, or answer a comment by its id."
_WINDOW = (
    "Wait until the person writes again: 24 hours are open after that, 7 days with the tag `human_agent`."
)

# fmt: off
MESSAGING_ROWS = (
    _row(10, 2018278, C.THIRD_PARTY, "OutsideMessagingWindow", R.AFTER_HUMAN, B.OTHER_CALL, seen("(#10) This message is sent outside of allowed window."), _WINDOW),
    _row(10, 2534022, C.THIRD_PARTY, "OutsideMessagingWindow", R.AFTER_HUMAN, B.OTHER_CALL, seen("(#10) This message is sent outside of allowed window."), _WINDOW),
    _row(100, 2018001, C.THIRD_PARTY, "RecipientNotFound", R.AFTER_FIX, B.OTHER_CALL, seen("(#100) No matching user found"), _TO_WHOM),
    _row(100, 2534068, C.THIRD_PARTY, "SeveralImagesRefused", R.AFTER_FIX, B.OTHER_CALL, seen("(#100) Too many attachments"), "Send at most 10 images in a message, or one where the app may not send several."),
    _row(10900, None, C.GENERAL, "AlreadyReplied", R.AFTER_FIX, B.OTHER_CALL, known("(#10900) Activity already replied to"), "A comment takes one private reply: write to the person instead."),
)
# fmt: on

TABLE = PUBLISHING_ROWS + GENERAL_ROWS + MESSAGING_ROWS


def find(code: int | None, subcode: int | None = None) -> ErrorRow | None:
    """Pick the most exact row: code and subcode, then code alone; None for an error the table lacks."""
    # An unknown subcode takes the code's class and retry rule, but proves nothing: docs/decisions/0010.
    exact = (row for row in TABLE if row.matches(code, subcode))
    of_code = (row for row in TABLE if row.matches(code, None))
    return next(chain(exact, of_code), None)


def find_by_subcode(subcode: int) -> ErrorRow | None:
    """Pick the row of a subcode that a container's `status` text names; None for one that the table lacks.

    One that is documented with a code comes first: its message says more than the number.
    """
    rows = (row for row in TABLE if row.subcode == subcode)
    return min(rows, key=lambda row: row.code is None, default=None)
