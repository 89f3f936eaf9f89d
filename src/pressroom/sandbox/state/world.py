"""Keeps and finds what exists."""

import hashlib
import threading
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pressroom.graph.answers import MediaProductType
from pressroom.sandbox.state.ids import thing_id
from pressroom.sandbox.state.shelf import Shelf
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
    Person,
    Thing,
    Token,
)

_CONTAINER, _MEDIA, _COMMENT = 1788, 1790, 1786
_STRANGER, _STRANGERS = 17841480000000000, 10_000_000_000
_MESSAGE, _CONVERSATION = "aWdfZAG1faXRlbTox", "aWdfZAG06"


class World:
    """Everything that exists in one sandbox. `lock` is held while a call changes it."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, Code] = {}
        self.things: dict[str, Thing] = {}
        self.feeds: defaultdict[str, Shelf[Media]] = defaultdict(Shelf[Media])
        self.tagged: defaultdict[str, Shelf[Media]] = defaultdict(Shelf[Media])
        self.foreign: dict[str, Media] = {}
        self.invites: dict[str, Invite] = {}
        self.stories: defaultdict[str, Shelf[Media]] = defaultdict(Shelf[Media])
        self.comments: defaultdict[str, Shelf[Comment]] = defaultdict(Shelf[Comment])
        self.creations: defaultdict[str, list[float]] = defaultdict(list)
        self.publishes: defaultdict[str, list[float]] = defaultdict(list)
        self.conversations: dict[str, Conversation] = {}
        self.private_replies: set[str] = set()
        self.likes: set[str] = set()
        self.hashtags: dict[str, float] = {}
        self.hashtag_names: dict[str, str] = {}
        self.permissions_used: dict[str, float] = {}
        self.subscriptions: dict[str, list[str]] = {}
        self.callback: Callback | None = None
        self.outbox: list[Event] = []
        self.late: list[Late] = []
        self.numbered = 0
        self._aliases: dict[str, str] = {}

    def clear(self) -> None:
        """Forget everything that exists."""
        with self.lock:
            kept: tuple[dict[str, Any], ...] = (
                self.accounts,
                self.tokens,
                self.codes,
                self.things,
                self.feeds,
                self.stories,
                self.comments,
                self.creations,
                self.publishes,
                self.conversations,
                self.tagged,
                self.hashtags,
                self.hashtag_names,
                self.permissions_used,
                self.foreign,
                self.invites,
                self.subscriptions,
                self._aliases,
            )
            for each in kept:
                each.clear()
            self.private_replies.clear()
            self.likes.clear()
            self.outbox.clear()
            self.late.clear()
            self.callback = None
            self.numbered = 0

    def add_late(self, late: Late) -> None:
        """Keep what is still to happen, in order; what is planned first for one moment happens first."""
        with self.lock:
            insort(self.late, late, key=lambda one: one.at)

    def number(self) -> int:
        """Give the next running number."""
        self.numbered += 1
        return self.numbered

    def container_id(self) -> str:
        """Give the id of a new container."""
        return thing_id(_CONTAINER, self.number(), self.seed)

    def media_id(self, number: int) -> str:
        """Spell the id of a media of this running number."""
        return thing_id(_MEDIA, number, self.seed)

    def comment_id(self, number: int) -> str:
        """Spell the id of a comment of this running number."""
        return thing_id(_COMMENT, number, self.seed)

    def person(self, person_id: str, username: str) -> Person:
        """Find somebody, or make them known."""
        found = self.things.get(person_id)
        if isinstance(found, Person):
            return found
        made = Person(id=person_id, user_id=next(iter(self.accounts)), username=username)
        self.things[person_id] = made
        return made

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
        """Put a message into the conversation with a person."""
        conversation = self._conversation(person, user_id, at)
        number = self.number()
        made = Message(
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
        self.things[made.id] = made
        conversation.messages.append(made.id)
        conversation.updated_at = at
        if not is_own:
            person.wrote_at = at
        return made

    def _conversation(self, person: Person, user_id: str, at: float) -> Conversation:
        name = f"{_CONVERSATION}{person.id}ZD"
        found = self.conversations.get(name)
        if found is None:
            found = Conversation(
                id=name, number=self.number(), user_id=user_id, person_id=person.id, updated_at=at
            )
            self.conversations[name] = found
            self.things[name] = found
        return found

    def add_account(self, account: Account) -> None:
        """Make an account known by its id and its app-scoped id."""
        self.accounts[account.id] = account
        self._aliases[account.app_scoped_id] = account.id

    def account(self, user_id: str) -> Account | None:
        """Find an account by either of its ids."""
        return self.accounts.get(self._aliases.get(user_id, user_id))

    def add_container(self, container: Container) -> None:
        """Keep a new container."""
        self.things[container.id] = container
        insort(self.creations[container.user_id], container.created_at)

    def add_media(self, media: Media) -> None:
        """Keep a published media, where its kind is listed."""
        self.things[media.id] = media
        if not media.is_item:
            self._shelf(media).add(media.key, media)

    def add_foreign(self, media: Media) -> None:
        """Keep a media of somebody else that names the account."""
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
        """Keep a comment below its media."""
        self.things[comment.id] = comment
        self.comments[comment.media_id].add(comment.key, comment)

    def remove_comment(self, comment: Comment) -> None:
        """Delete a comment with its replies."""
        shelf = self.comments[comment.media_id]
        for reply in [one for one in shelf if one.parent_id == comment.id]:
            shelf.remove(reply.key)
            self.things.pop(reply.id, None)
        shelf.remove(comment.key)
        self.things.pop(comment.id, None)

    def comments_below(self, media: Media) -> int:
        """Count the comments and replies below a media."""
        shelf = self.comments.get(media.id)
        return len(shelf) if shelf else 0

    def media(self, media_id: str) -> Media | None:
        """Find a media."""
        found = self.things.get(media_id)
        return found if isinstance(found, Media) else None

    def container(self, container_id: str) -> Container | None:
        """Find a container."""
        found = self.things.get(container_id)
        return found if isinstance(found, Container) else None

    def created_by(self, user_id: str) -> list[str]:
        """List the containers of an account, oldest first."""
        return [
            one.id for one in self.things.values() if isinstance(one, Container) and one.user_id == user_id
        ]

    def children_of(self, container: Container) -> Iterator[Container]:
        """Give the item containers of a carousel."""
        for child in container.children:
            found = self.container(child)
            if found is not None:
                yield found

    def note_publish(self, user_id: str, at: float) -> None:
        """Count a publish against the account's quota."""
        insort(self.publishes[user_id], at)

    def created_since(self, user_id: str, since: float) -> int:
        """Count the containers an account made after a moment."""
        return _count_since(self.creations[user_id], since)

    def published_since(self, user_id: str, since: float) -> int:
        """Count what an account published after a moment."""
        return _count_since(self.publishes[user_id], since)


def _count_since(moments: list[float], since: float) -> int:
    return len(moments) - bisect_right(moments, since)


def stranger_id(user_id: str, username: str) -> str:
    """Give the id an account knows the person of a name by."""
    digest = hashlib.blake2b(f"{user_id}/{username}".encode(), digest_size=8).digest()
    return str(_STRANGER + int.from_bytes(digest, "big") % _STRANGERS)


def stranger(world: World, user_id: str, username: str) -> Person:
    """Find or make the person of a name; an account knows a person by an id of its own, as on Instagram."""
    person = world.person(stranger_id(user_id, username), username)
    person.user_id = user_id
    return person
