"""Stores and finds everything that exists in one sandbox: `World`.

Its lists are shelves (`Shelf`): in order of time and paged by bisection, so that a page costs the same in a
long list as in a short one.
"""

import hashlib
import threading
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final, Generic, TypeVar

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.settings import AppMode
from pressroom.sandbox.state.ids import thing_id
from pressroom.sandbox.state.things import (
    Account,
    Callback,
    Code,
    Comment,
    Container,
    Conversation,
    Event,
    Invite,
    Late,
    Media,
    Message,
    Metrics,
    Person,
    Thing,
    Token,
)

ItemT = TypeVar("ItemT")
Key = tuple[float, int]
_AFTER_ALL = 1 << 62  # a number that no item of the same moment has


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The requested part of a list. `since` and `until` are unix seconds, both inclusive."""

    limit: int
    after: Key | None = None
    before: Key | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[ItemT]):
    """One page of a list, newest first, and whether there is more on either side."""

    items: list[ItemT]
    keys: list[Key]
    has_older: bool
    has_newer: bool


@dataclass(slots=True)
class Shelf(Generic[ItemT]):
    """A list in order of time, stored oldest first; pages are newest first."""

    # Beside the items, since bisect and insort search a list of keys without a function call per step.
    keys: list[Key] = field(default_factory=list[Key])
    items: list[ItemT] = field(default_factory=list[ItemT])

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[ItemT]:
        """Newest first."""
        return reversed(self.items)

    def add(self, key: Key, item: ItemT) -> None:
        """Insert an item at its place in time."""
        # Nearly everything arrives in order; posts by hand and restored states may not.
        if not self.keys or key > self.keys[-1]:
            self.keys.append(key)
            self.items.append(item)
            return
        insort(self.keys, key)
        self.items.insert(bisect_left(self.keys, key), item)

    def remove(self, key: Key) -> None:
        """Remove the item with this key, if it is there."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            del self.keys[place], self.items[place]

    def made_by(self, until: float) -> int:
        """Count the items of a moment and before it."""
        return bisect_right(self.keys, (until, _AFTER_ALL))

    def where(self, is_wanted: Callable[[ItemT], bool]) -> "Shelf[ItemT]":
        """Give a shelf of the wanted items only. It walks the whole list: for short ones."""
        places = [place for place, item in enumerate(self.items) if is_wanted(item)]
        return Shelf([self.keys[place] for place in places], [self.items[place] for place in places])

    def cut(self, window: Window, *, deepest: int | None = None, newest: float | None = None) -> Slice[ItemT]:
        """Cut one page. `deepest`: how many items the list reaches back; `newest`: the latest time listed.

        A cursor stays valid when its own item is gone, since it is compared and not looked up.
        """
        low = 0 if deepest is None else max(0, len(self.keys) - deepest)
        if window.since is not None:
            low = max(low, bisect_left(self.keys, (window.since, 0)))  # before every item of that moment
        ends = [moment for moment in (window.until, newest) if moment is not None]
        high = max(low, self.made_by(min(ends)) if ends else len(self.keys))
        start, stop = low, high
        # Pages run from new to old: `after` a cursor are the older items, to its left in the list.
        if window.after is not None:
            stop = max(low, min(high, bisect_left(self.keys, window.after)))
        if window.before is not None:
            start = min(stop, max(low, bisect_right(self.keys, window.before)))
            stop = min(stop, start + window.limit)
        start = max(start, stop - window.limit)
        return Slice(self.items[start:stop][::-1], self.keys[start:stop][::-1], start > low, stop < high)


# First digits of ids, as in Meta's samples; in a log they tell the kind of a thing.
_CONTAINER, _MEDIA, _COMMENT = 1788, 1790, 1786
_STRANGER, _STRANGERS = 17841480000000000, 10_000_000_000  # apart from the ids of the sandbox's accounts
_MESSAGE, _CONVERSATION = "aWdfZAG1faXRlbTox", "aWdfZAG06"
_Shelves = defaultdict[str, Shelf[ItemT]]


def _shelves() -> defaultdict[str, Shelf[Any]]:
    return defaultdict(Shelf[Any])


def _moments() -> defaultdict[str, list[float]]:
    return defaultdict(list)


# Metadata of a field that is not saved unchanged; see `state.snapshot`.
LISTED_BY: Final = "listed_by"  # the attribute that is the dict's key: saved as a list of its values
IS_FOUND_AGAIN: Final = "is_found_again"  # not saved: it follows from the other fields
_FOUND_AGAIN: Final = {IS_FOUND_AGAIN: True}


@dataclass(slots=True, eq=False)
class World:
    """Everything that exists in one sandbox. `lock` is held while a call changes it.

    A field is listed here only: `clear` and `state.snapshot` work on the list of fields.
    """

    random_seed: int
    accounts: dict[str, Account] = field(default_factory=dict[str, Account], metadata={LISTED_BY: "id"})
    tokens: dict[str, Token] = field(default_factory=dict[str, Token], metadata={LISTED_BY: "text"})
    codes: dict[str, Code] = field(default_factory=dict[str, Code], metadata={LISTED_BY: "text"})
    foreign: dict[str, Media] = field(default_factory=dict[str, Media], metadata={LISTED_BY: "id"})
    invites: dict[str, Invite] = field(default_factory=dict[str, Invite], metadata={LISTED_BY: "media_id"})
    conversations: dict[str, Conversation] = field(
        default_factory=dict[str, Conversation], metadata={LISTED_BY: "id"}
    )
    things: dict[str, Thing] = field(default_factory=dict[str, Thing], metadata=_FOUND_AGAIN)
    feeds: _Shelves[Media] = field(default_factory=_shelves, metadata=_FOUND_AGAIN)
    tagged: _Shelves[Media] = field(default_factory=_shelves, metadata=_FOUND_AGAIN)
    stories: _Shelves[Media] = field(default_factory=_shelves, metadata=_FOUND_AGAIN)
    comments: _Shelves[Comment] = field(default_factory=_shelves, metadata=_FOUND_AGAIN)
    creations: defaultdict[str, list[float]] = field(default_factory=_moments)
    publishes: defaultdict[str, list[float]] = field(default_factory=_moments)
    private_replies: set[str] = field(default_factory=set[str])
    likes: set[str] = field(default_factory=set[str])
    # Keys of likes and hashtags begin with the account's id. hashtags: when each word was last searched;
    # hashtag_names: the word of each id, which is the same for every account.
    hashtags: dict[str, float] = field(default_factory=dict[str, float])
    hashtag_names: dict[str, str] = field(default_factory=dict[str, str])
    permissions_used: dict[str, float] = field(default_factory=dict[str, float])
    subscriptions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    callback: Callback | None = None
    app_mode: AppMode | None = None  # None: that of the settings
    metrics: Metrics | None = None  # None: those of the settings
    outbox: list[Event] = field(default_factory=list[Event])
    late: list[Late] = field(default_factory=list[Late])
    numbered: int = 0
    # Reentrant: a call holds it and calls what takes it too, as add_late.
    lock: "threading.RLock" = field(default_factory=threading.RLock, metadata=_FOUND_AGAIN)
    _aliases: dict[str, str] = field(default_factory=dict[str, str], metadata=_FOUND_AGAIN)

    def clear(self) -> None:
        """Remove everything, in place: the log of calls holds a reference to `tokens`, to hide them."""
        with self.lock:
            for field_ in fields(self):
                value = getattr(self, field_.name)
                if isinstance(value, dict | list | set):
                    value.clear()
                elif field_.default is not MISSING:
                    setattr(self, field_.name, field_.default)

    def add_late(self, late: Late) -> None:
        """Schedule a late effect. Effects of the same moment happen in the order they were added."""
        with self.lock:
            insort(self.late, late, key=lambda other: other.at)

    def number(self) -> int:
        """Give the next running number."""
        self.numbered += 1
        return self.numbered

    def container_id(self) -> str:
        """Give the id of a new container."""
        return thing_id(_CONTAINER, self.number(), self.random_seed)

    def media_id(self, number: int) -> str:
        """Give the id of the media with this running number."""
        return thing_id(_MEDIA, number, self.random_seed)

    def comment_id(self, number: int) -> str:
        """Give the id of the comment with this running number."""
        return thing_id(_COMMENT, number, self.random_seed)

    def tokens_of(self, user_id: str) -> list[Token]:
        """Give every token of an account, those of its Page and those that ended included."""
        return [token for token in list(self.tokens.values()) if token.user_id == user_id]

    def person(self, person_id: str, username: str, user_id: str) -> Person:
        """Find a person by id, or add them as one whom the account `user_id` knows."""
        person = self.things.get(person_id)
        if not isinstance(person, Person):
            person = Person(id=person_id, user_id=user_id, username=username)
            self.things[person_id] = person
        return person

    def add_message(
        self,
        person: Person,
        user_id: str,
        text: str | None,
        at: float,
        *,
        is_own: bool,
        attachments: list[dict[str, Any]],
    ) -> Message:
        """Add a message to the conversation with a person, which is made if there is none."""
        name = f"{_CONVERSATION}{person.id}ZD"
        conversation = self.conversations.get(name)
        if conversation is None:
            conversation = Conversation(
                id=name, number=self.number(), user_id=user_id, person_id=person.id, updated_at=at
            )
            self.conversations[name] = self.things[name] = conversation

        number = self.number()
        message = Message(
            id=f"{_MESSAGE}{number:08d}ZD",
            number=number,
            user_id=user_id,
            conversation_id=conversation.id,
            person_id=person.id,
            created_at=at,
            is_own=is_own,
            text=text,
            attachments=attachments,
        )
        self.things[message.id] = message
        conversation.messages.append(message.id)
        conversation.updated_at = at
        if not is_own:
            person.wrote_at = at  # opens the 24-hour window anew; the account's own messages do not
        return message

    def add_account(self, account: Account) -> None:
        """Add an account; it is found by its id and its app-scoped id."""
        self.accounts[account.id] = account
        self._aliases[account.app_scoped_id] = account.id

    def account(self, user_id: str) -> Account | None:
        """Find an account by either of its ids: which of them a path needs is reported inconsistently."""
        return self.accounts.get(user_id) or self.accounts.get(self._aliases.get(user_id, ""))

    def likes_of(self, thing_id: str) -> int:
        """Count the accounts that like a media or a comment."""
        return sum(f"{user_id} {thing_id}" in self.likes for user_id in self.accounts)

    def add_container(self, container: Container) -> None:
        """Add a new container, and count it against the containers of 24 hours."""
        self.things[container.id] = container
        insort(self.creations[container.user_id], container.created_at)

    def add_media(self, media: Media) -> None:
        """Add a published media to its account's stories or feed; an item of a carousel to neither."""
        self.things[media.id] = media
        if not media.is_item:
            self._shelf(media).add(media.key, media)

    def add_foreign(self, media: Media) -> None:
        """Add a media of somebody else's that mentions the account."""
        # Not in `things`: its id is no node that the account's token can read.
        self.tagged[media.user_id].add(media.key, media)
        self.foreign[media.id] = media

    def remove_media(self, media: Media) -> None:
        """Delete a media with its items and comments."""
        self.things.pop(media.id, None)
        self._shelf(media).remove(media.key)
        for child in media.children:
            self.things.pop(child, None)
        for comment in self.comments.pop(media.id, ()):
            self.things.pop(comment.id, None)

    def _shelf(self, media: Media) -> Shelf[Media]:
        shelves = self.stories if media.product is MediaProductType.STORY else self.feeds
        return shelves[media.user_id]

    def add_comment(self, comment: Comment) -> None:
        """Add a comment below its media."""
        self.things[comment.id] = comment
        self.comments[comment.media_id].add(comment.key, comment)

    def remove_comment(self, comment: Comment) -> None:
        """Delete a comment with its replies."""
        shelf = self.comments[comment.media_id]
        for reply in [other for other in shelf if other.parent_id == comment.id]:
            shelf.remove(reply.key)
            self.things.pop(reply.id, None)
        shelf.remove(comment.key)
        self.things.pop(comment.id, None)

    def comments_below(self, media: Media, *, until: float | None = None) -> int:
        """Count the comments and replies below a media. until: only those made by this moment."""
        shelf = self.comments.get(media.id)
        if not shelf:
            return 0
        return len(shelf) if until is None else shelf.made_by(until)

    def media(self, media_id: str) -> Media | None:
        """Find a media."""
        thing = self.things.get(media_id)
        return thing if isinstance(thing, Media) else None

    def container(self, container_id: str) -> Container | None:
        """Find a container."""
        thing = self.things.get(container_id)
        return thing if isinstance(thing, Container) else None

    def created_by(self, user_id: str) -> list[str]:
        """List the containers of an account, oldest first."""
        things = self.things.values()
        return [thing.id for thing in things if isinstance(thing, Container) and thing.user_id == user_id]

    def children_of(self, container: Container) -> Iterator[Container]:
        """Give the item containers of a carousel."""
        for child in container.children:
            item = self.container(child)
            if item is not None:
                yield item

    def note_publish(self, user_id: str, at: float) -> None:
        """Count a publish against the account's quota."""
        # Inserted in order: late effects, and a clock that was set back, bring earlier moments.
        insort(self.publishes[user_id], at)

    def created_since(self, user_id: str, since: float) -> int:
        """Count the containers an account made after a moment, in unix seconds."""
        moments = self.creations[user_id]
        return len(moments) - bisect_right(moments, since)

    def published_since(self, user_id: str, since: float) -> int:
        """Count the publishes of an account after a moment, in unix seconds."""
        moments = self.publishes[user_id]
        return len(moments) - bisect_right(moments, since)


def person_id_of(user_id: str, username: str) -> str:
    """Give the id by which an account knows the person with a username."""
    digest = hashlib.blake2b(f"{user_id}/{username}".encode(), digest_size=8).digest()
    return str(_STRANGER + int.from_bytes(digest, "big") % _STRANGERS)


def find_or_add_person(world: World, user_id: str, username: str) -> Person:
    """Find or add the person with a username. Ids are scoped to the account, as Instagram's are."""
    return world.person(person_id_of(user_id, username), username, user_id)
