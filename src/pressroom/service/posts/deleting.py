"""`Deleting`: deletes published media at Instagram, and finds out what became of a deletion.

A deletion is stored before Instagram is called (`core.deletion`). Where the answer is lost, or proves
nothing, the media is looked for: it counts as deleted once it was missing for `SETTLES_AFTER`, neither read
by its id nor listed. Until then nobody claims anything. A second call would be harmless, since nothing would
be left to delete; all the same a repeat looks first. Why: docs/decisions/0037-deletions.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from pressroom.core.account import AccountId, shown_account
from pressroom.core.consent import Proposal
from pressroom.core.deletion import SETTLES_AFTER, Deletion, DeletionState
from pressroom.core.errors import (
    Conflict,
    GraphError,
    NotSent,
    OutcomeUnknown,
    PressroomError,
    TransportError,
)
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.post import PostId, PostKind
from pressroom.core.readings import Batch, MediaQuery
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostSave
from pressroom.graph import calls
from pressroom.graph.answers import MediaId
from pressroom.graph.error_table import find
from pressroom.publish.machine.operations import mark_deleted
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate, Outcome
from pressroom.service.consent.rules import Request
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.deletable import Deletables, Target, read_media
from pressroom.service.posts.published import DELETE_MEDIA

if TYPE_CHECKING:
    from pressroom.client.client import Client, ExchangeRecord

# A settle time apart. Two that find the media there end it, since the call may be repeated; it may also take
# effect late, so that one does not.
_MOST_LOOKS: Final = 3
# A worker may save the post in between, as when it has written the first comment.
_TRIES: Final = 5
_REFUSALS: Final = range(400, 500)
# When it went out may be known by this machine's clock alone, which may be wrong.
_LISTED_AROUND: Final = timedelta(days=1)


class Deleting:
    """Deletes published media of a session's accounts."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self._resources = resources
        self._gate = gate
        self.deletables: Final = Deletables(resources, acting, gate)

    async def delete(self, name: str) -> Deletion:
        """Delete a post that is live, or a media; what is deleted already stays so.

        name: as `Deletables.named` takes it. Raises what that raises, GraphError where Instagram refuses,
        TransportError where it was not asked, OutcomeUnknown where nobody knows, NeedsApproval for a program.
        """
        return await self._delete(await self.deletables.named(name))

    async def delete_on_record(self, post_id: PostId) -> Deletion:
        """Do as `delete` with a post; why Instagram was not asked stands in its history, too."""
        try:
            target = await self.deletables.named(post_id)
        except PressroomError as error:
            store = await self._resources.store()
            event = JournalEvent(
                subject_id=post_id,
                at=self._resources.clock.now(),
                step="deletion_not_asked",
                text=f"It was not deleted: Instagram was not asked. {error.message}",
                actor=(await self._gate.actor()).id,
            )
            await store.run(store.events.append, event)
            raise
        return await self._delete(target)

    async def _delete(self, target: Target) -> Deletion:
        if target.deletion.state is DeletionState.DONE:
            return target.deletion
        if target.media is None:
            return await self._look(target)
        if await self._gate.is_program():
            deletion, words = target.deletion, " ".join((target.deletion.caption or "").split())
            asks = f"delete {deletion.kind} {deletion.media_id}{f': {words}' if words else ''}"
            names = {"media_id": deletion.media_id, "post_id": deletion.post_id}
            shown = {
                "account": shown_account(deletion.account),
                "asks": asks,
                "permalink": deletion.permalink,
            }
            request = Request(
                verb=DELETE_MEDIA, arguments=names, summary={**shown, **names}, account=deletion.account
            )
            # What a person approved was called once: its repeat only looks.
            if await self._gate.find_outcome_or_allow(request) is not None:
                return await self._look(target)
        return await self._call(target)

    async def rehearse(self, name: str) -> Deletion:
        """Return what `delete` would delete. Raises what it raises before it deletes; stores nothing."""
        return (await self.deletables.named(name)).deletion

    async def carry(self, proposal: Proposal) -> Outcome:
        """Carry out an approved proposal; the outcome is the deletion's state."""
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        media_id = MediaId(proposal.arguments["media_id"])
        target = await self.deletables.of(AccountId(proposal.account or ""), media_id)
        if target.deletion.state is DeletionState.DONE:
            return {"state": DeletionState.DONE}
        try:
            # Nobody waits at a page until a doubt is settled: the program's repeat looks again.
            proceed = self._call if target.media else self._look
            return {"state": (await proceed(target, is_patient=False)).state}
        except OutcomeUnknown:
            return {"state": DeletionState.OPEN}

    async def _call(self, target: Target, *, is_patient: bool = True) -> Deletion:
        """Store the intent, call Instagram, and store what came of it."""
        intent = replace(
            target.deletion,
            state=DeletionState.OPEN,
            actor=(await self._gate.actor()).id,
            asked_at=self._resources.clock.now(),
            calls=target.deletion.calls + 1,
            missing_since=None,
            ended_at=None,
        )
        await self._put(intent, "deletion_asked", "Instagram is asked to delete it.")
        sent = list["ExchangeRecord"]()
        try:
            answer = await target.client.heard_by(sent.append).send(calls.delete_media(intent.media_id))
        except (GraphError, TransportError) as error:
            code = error.code if isinstance(error.code, int) else None
            answered = replace(intent, problem=error.message, code=code, subcode=error.subcode)
            if is_refusal(error):
                over = replace(answered, state=DeletionState.REFUSED, ended_at=self._resources.clock.now())
                await self._put(over, "deletion_refused", f"It was not deleted. {error.message}", sent=sent)
                raise
        else:
            if answer.success and answer.deleted_id in (None, intent.media_id):
                return await self._finish(intent, "It was deleted at Instagram.", sent)
            answered = replace(intent, problem="Instagram answered without saying that it was deleted.")
        text = f"Whether it was deleted is open. {answered.problem}"
        await self._put(answered, "deletion_in_doubt", text, sent=sent)
        return await self._look(replace(target, deletion=answered), is_patient=is_patient)

    async def _look(self, target: Target, *, is_patient: bool = True) -> Deletion:
        """Find out whether a media is gone. is_patient: for two minutes at most; else by one look.

        Raises OutcomeUnknown where that does not settle it.
        """
        deletion, times_there = target.deletion, 0
        for number in range(_MOST_LOOKS if is_patient else 1):
            if number:
                await self._resources.clock.sleep(SETTLES_AFTER.total_seconds())
            if await is_missing(target.client, deletion):
                now = self._resources.clock.now()
                since = deletion.missing_since or now
                deletion = replace(deletion, missing_since=since)
                if now - since >= SETTLES_AFTER:
                    where = "at Instagram" if deletion.calls else "by somebody else"
                    return await self._finish(deletion, f"It was deleted {where}: it is not there any more.")
            else:
                deletion, times_there = replace(deletion, missing_since=None), times_there + 1
                if times_there > 1:
                    break
        # The next look goes on from here.
        store = await self._resources.store()
        await store.run(store.deletions.put, deletion)
        seen = "It is not found now" if deletion.missing_since else "It was found, or could not be looked for"
        raise OutcomeUnknown(
            f"Whether media {deletion.media_id} is deleted is not known. {deletion.problem or ''}".rstrip()
            + f" {seen}.",
            container_id=None,
            fix=Fix.of(
                "Ask again after a minute, which looks before it asks Instagram anew: {}.",
                Remedy(RemedyKind.DELETE_MEDIA, {"media": deletion.media_id}),
            ),
        )

    async def _put(
        self,
        deletion: Deletion,
        step: str,
        text: str,
        save: PostSave | None = None,
        *,
        sent: Sequence["ExchangeRecord"] = (),
    ) -> None:
        """Store a deletion with its event, and with the post that it changes. sent: the calls of the step."""
        store, of_post = await self._resources.store(), deletion.post_id is not None
        change = save and FieldChange(name="state", before=save.was.state, after=save.post.state)
        event = JournalEvent(
            subject_id=deletion.post_id or deletion.account,
            subject_kind=SubjectKind.POST if of_post else SubjectKind.ACCOUNT,
            at=self._resources.clock.now(),
            step=step,
            text=text if of_post else f"Media {deletion.media_id}: {text}",
            actor=deletion.actor,
            media_id=deletion.media_id,
            code=deletion.code,
            subcode=deletion.subcode,
            changes=(change,) if change else (),
            calls=tuple(map(str, sent)),
        )
        await store.run(store.deletions.put, deletion, [event], save)

    async def _finish(self, deletion: Deletion, text: str, sent: Sequence["ExchangeRecord"] = ()) -> Deletion:
        """Store that a media is deleted, with the post that it was, and stop reading its numbers."""
        store, now = await self._resources.store(), self._resources.clock.now()
        done = replace(
            deletion, state=DeletionState.DONE, ended_at=now, problem=None, code=None, subcode=None
        )
        for tries_left in range(_TRIES - 1, -1, -1):
            post = await store.run(store.posts.get, done.post_id) if done.post_id else None
            after = mark_deleted(post, now) if post else None
            save = PostSave(after, post) if post and after and after is not post else None
            try:
                await self._put(done, "deleted", text, save, sent=sent)
                break
            except Conflict:
                if not tries_left:
                    raise
        # Apart from that commit: what is lost here the next look of the collecting finds out.
        query = MediaQuery(ids=(done.media_id,))
        for kept in await store.run(store.readings.media, done.account, query):
            gone = msgspec.structs.replace(
                kept, vanished_at=kept.vanished_at or now, is_deleted=True, planned=None, pending=None
            )
            readings = [kept.pending] if kept.pending else []
            await store.run(store.readings.keep, done.account, Batch(media=[gone], readings=readings))
        return done


async def is_missing(client: "Client", deletion: Deletion) -> bool:
    """Tell whether a media is neither read by its id nor listed; False where that could not be read."""
    user, at = client.account.user, deletion.published_at
    if deletion.kind == PostKind.STORY:
        listing = calls.stories(user, fields="id")
    else:
        since, until = (
            int((at + span).timestamp()) if at else None for span in (-_LISTED_AROUND, _LISTED_AROUND)
        )
        listing = calls.media_list(user, fields="id", since=since, until=until)
    try:
        if await read_media(client, deletion.media_id):
            return False
        # For weeks reads answered 100/33 of media that stood there: the list has to agree.
        async for media in client.pages(listing):
            if media.id == deletion.media_id:
                return False
    except (GraphError, TransportError):
        return False
    return True


def is_refusal(error: GraphError | TransportError) -> bool:
    """Tell whether an error proves that a media was not deleted."""
    if not isinstance(error, GraphError):
        return isinstance(error, NotSent)
    row = find(error.body.code, error.body.error_subcode)
    # As documented: exactly these numbers, a 4xx, and nothing transient (docs/decisions/0010).
    is_exact = row is not None and row.matches(error.body.code, error.body.error_subcode)
    is_documented = error.http_status in _REFUSALS and not error.body.is_transient
    return row is not None and row.refuses_deletion and is_exact and is_documented
