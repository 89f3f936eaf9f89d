"""What of a session's accounts can be deleted at Instagram: `Deletables` finds it, and refuses the rest.

Whatever makes a deletion impossible is said before Instagram is asked to delete anything, and before a person
is asked to approve it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pressroom.core.account import Account, AccountId, StoredAccount
from pressroom.core.deletion import Deletion, DeletionState
from pressroom.core.errors import NotFound, Refused
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import SHORT_ID, Attention, Post, PostKind, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery, published_at
from pressroom.graph import calls
from pressroom.graph.answers import ME, Media, MediaId, timestamp_of
from pressroom.graph.capabilities import Capability, logins_with, needs_of, offer, words_of
from pressroom.graph.certainty import Certainty
from pressroom.graph.limits import STORY_LIFETIME_S
from pressroom.graph.traps import trap
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.published import LISTING_FIELDS, kind_of

if TYPE_CHECKING:
    from pressroom.client.client import Client

# Ids of media have more digits; the start of a post's id that is as long has a letter.
_SHORTEST_MEDIA_ID: Final = 15
# The clocks of Instagram and of this machine differ.
_BEFORE_A_SEND: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be deleted, as it was deleted before or would be. media: None where Instagram shows none."""

    client: "Client"
    deletion: Deletion
    media: Media | None


@dataclass(frozen=True, slots=True)
class Deletables:
    """Finds what can be deleted."""

    resources: Resources
    acting: Acting
    gate: Gate

    async def named(self, name: str) -> Target:
        """Return the target that an id of a post, or the start of it, or an id of a media means.

        Raises NotFound, and Refused for what cannot be deleted.
        """
        if name.isdigit() and len(name) >= _SHORTEST_MEDIA_ID:
            identity = await self.acting.identity()
            return await self.of((await identity.known()).id, MediaId(name))
        store = await self.resources.store()
        post = await store.run(store.posts.find, name)
        if post.state.went_live and post.media_id:
            return await self.of(post.account, post.media_id)
        ours = {"post": post.id}
        if post.state.went_live:
            why = "its id at Instagram is not known"
            fix = Fix.of("Find that, and name it: {}.", Remedy(RemedyKind.LIST_MEDIA))
        elif post.open_send or post.attention is Attention.OUTCOME_UNKNOWN:
            why = "nobody knows whether it is live"
            fix = Fix.of("Have Instagram asked first: {}.", Remedy(RemedyKind.RECONCILE_POST, ours))
        else:
            why = f"it is {post.state.replace('_', ' ')}, not live"
            fix = Fix.of("To call it off: {}.", Remedy(RemedyKind.CANCEL_POST, ours))
        raise Refused(
            f"Post {post.id} cannot be deleted at Instagram: {why}.",
            rule="state",
            value=post.state,
            limit="a live post whose id is known",
            fix=fix,
        )

    async def known(self, name: str) -> Deletion | None:
        """Return what the store has of a deletion; asks Instagram nothing. Raises NotFound."""
        store, account, media_id = await self.resources.store(), "", MediaId(name)
        if name.isdigit() and len(name) >= _SHORTEST_MEDIA_ID:
            account = (await self.acting.identity()).account
        else:
            post = await store.run(store.posts.find, name)
            account, media_id = post.account, post.media_id or media_id
        return await store.run(store.deletions.get, account, media_id)

    async def of(self, account: str, media_id: MediaId) -> Target:
        """Return the target that a media of an account is. Raises what `named` raises."""
        store, now = await self.resources.store(), self.resources.clock.now()
        post_id = await store.run(store.deletions.post_of, account, media_id)
        post = await store.run(store.posts.get, post_id) if post_id else None
        login = await (
            self.acting.account_of(post) if post else self.acting.account_known_as(AccountId(account))
        )
        client, deletion = (
            self.resources.client(login),
            await store.run(store.deletions.get, account, media_id),
        )
        if deletion and deletion.state is DeletionState.DONE:
            return Target(client, deletion, None)
        # The token of the environment goes before a stored one, and what it may do is not known.
        stored = await self.acting.login(account) if self.acting.own is None else None
        require_offered(login, stored, tries_reported=self.resources.settings.unified_deletes)
        media = await read_media(client, media_id)
        # One token may read the media of several accounts.
        is_another = media and media.owner and login.user_id not in (ME, media.owner.id)
        if is_another or (deletion is None and post is None and media is None):
            raise NotFound(
                f"Instagram shows no media {media_id} of this account.",
                fix=Fix.of(
                    "It may be deleted, of another account, or a comment. See what is published: {}.",
                    Remedy(RemedyKind.LIST_MEDIA),
                ),
            )
        deletion = deletion or Deletion(
            account=account,
            media_id=media_id,
            post_id=post_id,
            kind=post.kind if post else kind_of(media) if media else "other",
            caption=post.options.caption if post else media and media.caption,
            permalink=post.permalink if post else media and media.permalink,
            published_at=published_at(post) if post else None,
            actor=(await self.gate.actor()).id,
            asked_at=now,
        )
        if media and media.timestamp:
            deletion = replace(deletion, published_at=timestamp_of(media.timestamp))
        ends_at = deletion.published_at and deletion.published_at + timedelta(seconds=STORY_LIFETIME_S)
        if deletion.kind == PostKind.STORY and ends_at and now >= ends_at:
            raise Refused(
                f"Story {media_id} has ended: stories are shown for 24 hours.",
                rule="story_ended",
                value=ends_at.isoformat(timespec="seconds"),
                limit="a story of the last 24 hours",
                fix="Nothing: nobody sees it any more.",
            )
        if post is None:
            unsettled = PostQuery(
                states=(PostState.PUBLISHING, PostState.NEEDS_ATTENTION), account=account, limit=1000
            )
            posts = (await store.run(store.posts.list, unsettled)).posts
            for other in (*posts, *await store.run(store.posts.to_look_for, account, now)):
                require_another(deletion, other)
        return Target(client, deletion, media)


def require_offered(login: Account, stored: StoredAccount | None, *, tries_reported: bool) -> None:
    """Raise Refused for a login that cannot delete, and for one that lacks the permission.

    stored: whose permissions are known. tries_reported: what one project reported is tried, too.
    """
    deleting = words_of(Capability.DELETE_MEDIA)
    offered, label = offer(login.login_type, Capability.DELETE_MEDIA), login.login_type.label
    is_reported = offered.certainty is Certainty.THIRD_PARTY
    if offered.is_refused or (is_reported and not tries_reported):
        able = [each.label for each in logins_with(Capability.DELETE_MEDIA, is_documented=True)]
        by_setting = " To try it all the same, set PRESSROOM_UNIFIED_DELETES=1." if is_reported else ""
        raise Refused(
            f"Whether {label} can {deleting} is not documented."
            if is_reported
            else f"{label} cannot {deleting}; {' and '.join(able)} can.",
            rule="login",
            value=label,
            limit=able,
            fix=f"Delete it in the Instagram app. {trap('login-lacks').remedy}{by_setting}",
        )
    granted = stored.details.permissions if stored else None
    for permission in needs_of(Capability.DELETE_MEDIA):
        name = permission.name_under(login.login_type)
        if stored and granted is not None and name not in granted:
            raise Refused(
                f"The token of account {stored.name!r} has no permission {name}.",
                rule="permission",
                value=name,
                limit="a token with it",
                fix=Fix.of(
                    "Sign in again, and grant it: {}.",
                    Remedy(
                        RemedyKind.SIGN_IN_FOR,
                        {"account": stored.name, "permission": permission.name.lower()},
                    ),
                ),
            )


def require_another(deletion: Deletion, post: Post) -> None:
    """Raise Refused where a media may be a post that is looked for.

    Once deleted it would not be listed any more: the post would count as not live, and go out again.
    """
    is_in_doubt = post.open_send or post.may_be_live or post.attention is Attention.OUTCOME_UNKNOWN
    is_of_kind = (post.kind is PostKind.STORY) == (deletion.kind == PostKind.STORY)
    moments = [*(send.started_at for send in post.sends), *([post.look_back.since] if post.look_back else [])]
    since, at = min(moments, default=post.due_at), deletion.published_at
    if is_in_doubt and is_of_kind and (since is None or at is None or at >= since - _BEFORE_A_SEND):
        raise Refused(
            f"Media {deletion.media_id} may be post {post.id[:SHORT_ID]}, which may be live or not.",
            rule="in_doubt",
            value=post.id,
            limit="a media that no post in doubt may be",
            fix=Fix.of("Settle that first: {}.", Remedy(RemedyKind.RECONCILE_POST, {"post": post.id})),
        )


async def read_media(client: "Client", media_id: MediaId) -> Media | None:
    """Read a media; None where Instagram does not know it."""
    try:
        return await client.send(calls.media(media_id, fields=f"{LISTING_FIELDS},owner{{id}}"))
    except ObjectNotFound:
        return None
