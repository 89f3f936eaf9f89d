"""A program that knows the code tries to let something out: random sequences of what it can do.

Now and then a person looks, approves or declines what it saw a while ago, and a worker drives what is due.
Files, copies and what addresses show change under everybody's hands.
"""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pressroom.core.consent import Proposal, ProposalId
from pressroom.core.errors import PressroomError
from pressroom.core.post import PostId, PostState
from pressroom.graph.answers import MediaId
from pressroom.service import PostKeywords
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.approvals import ApprovalService, Waiting
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.consent.rules import NEW
from pressroom.service.posts.published import DELETE_MEDIA
from pressroom.service.posts.storing import Schedule, Storing
from tests.attack.by_http import asks_by_http
from tests.attack.judging import RAW, call_of, judge
from tests.attack.newsroom import Content, a_newsroom
from tests.attack.sequence import ADDRESSES, Run, Step, for_a_moment, forged, noted

MEDIA = "17900000000000009"
SEQUENCES_A_ROOM = 20


async def submits(run: Run) -> None:
    who, now = run.who(), run.room.clock.now()
    state = run.room.chance.choice((PostState.SCHEDULED, PostState.SCHEDULED, *PostState))
    wanted = forged(run, run.new())
    call = run.room.programs[who].posts.submit(
        wanted, at=now + run.when(), state=state, idempotency_key=run.key(), is_late=True
    )
    await noted(run, call)


async def publishes(run: Run) -> None:
    await noted(run, run.program().posts.accept(run.new(), idempotency_key=run.key(), is_left=True))


async def publishes_and_waits(run: Run) -> None:
    """A command that is ended while it waits."""
    posts = run.program().posts
    await noted(run, posts.accept(forged(run, run.new()), idempotency_key=run.key()))
    await for_a_moment(run, posts.see_through(PostId(run.posts[-1])))


async def stores_by_itself(run: Run) -> None:
    ours, gate = run.resources()
    storing = Storing(ours, Acting(ours, run.room.road.account), gate)
    account = run.room.store.accounts.get("ana").account
    wanted = forged(run, replace(run.new(), account=account, login="ana"))
    schedule = Schedule(
        due_at=run.room.clock.now() + run.when(), state=run.room.chance.choice(tuple(PostState))
    )
    await noted(run, storing.add(wanted, schedule))


async def edits(run: Run) -> None:
    found = await run.room.store.run(run.room.store.posts.get, PostId(run.post()))
    number = run.room.next()
    other, same = PostKeywords(caption=f"edited {number}"), PostKeywords(caption=found.options.caption)
    changes: PostKeywords = run.room.chance.choice((other, same, PostKeywords(convert=None)))
    sources = run.room.chance.choice((None, [run.room.chance.choice((*ADDRESSES, run.file()))]))
    await run.program().posts.edit(found.id, sources=sources, **changes)


async def edits_what_was_seen(run: Run) -> None:
    """Change a post between the look and the approval."""
    seen = run.room.chance.choice(run.looks)
    await run.program().posts.edit(seen.summary["post_id"], caption=f"edited {run.room.next()}")


async def edits_to_the_same(run: Run) -> None:
    """Change what an address shows, and edit its post to what it is already."""
    found = await run.room.store.run(run.room.store.posts.get, PostId(run.post()))
    run.room.shown[found.assets[0].source] = f"other {run.room.next()}".encode()
    await run.program().posts.edit(found.id, sources=found.assets[0].source)


async def repeats_a_forged_draft(run: Run) -> None:
    """Keep what says that it was interrupted, and take it up by its key."""
    posts, wanted, key = run.program().posts, run.new(), f"forged {run.room.next()}"
    draft = forged(run, wanted)
    made = await posts.submit(draft, at=run.room.clock.now(), state=PostState.DRAFT, idempotency_key=key)
    run.keep(made.post)
    await noted(run, posts.accept(replace(wanted, id=PostId(f"{run.room.next():032x}")), idempotency_key=key))


async def moves(run: Run) -> None:
    await run.program().posts.move(run.post(), run.room.clock.now() + run.when(), is_late=True)


async def repairs(run: Run) -> None:
    posts, chance = run.program().posts, run.room.chance
    await chance.choice((posts.cancel, posts.approve, posts.retry, posts.reconcile))(run.post())


async def resolves(run: Run) -> None:
    media = run.room.chance.choice((None, MediaId(MEDIA)))
    await run.program().posts.resolve(run.post(), media_id=media)


async def sees_through(run: Run) -> None:
    await for_a_moment(run, run.program().posts.see_through(PostId(run.post())))


async def changes_by_itself(run: Run) -> None:
    ours, gate = run.resources()
    chance, now = run.room.chance, run.room.clock.now()
    loose = {"source": run.file(), "copy": chance.choice((None, run.file(), f"/x/{'0' * 64}.jpg"))}
    arguments = {
        "due_at": (now + run.when()).isoformat(),
        "timezone": "UTC",
        "media_id": chance.choice((None, MEDIA)),
        "options": {"caption": f"loose {run.room.next()}"},
        "assets": [loose],
    }
    change = Change(chance.choice(tuple(Verb)), arguments)
    await Changes(ours, gate).make(run.post(), change)


async def interrupts(run: Run) -> None:
    ours, gate = run.resources()
    changes, post = Changes(ours, gate), run.post()
    await changes.make(post, Change(Verb.INTERRUPT))
    await changes.make(post, Change(Verb.TAKE_UP))


async def approves_by_itself(run: Run) -> None:
    """Forge a proposal, or take a real one, and let it be by the parts that a person's session uses."""
    ours, gate = run.resources()
    waiting = await run.room.store.run(run.room.store.consents.list)
    real = run.room.chance.choice(waiting)
    account, forge = real.account, replace(real, id=ProposalId("0" * 32), actor=run.room.actors[0].id)
    call = replace(
        forge,
        verb="call",
        subject_kind=None,
        account=account,
        arguments={"method": "DELETE", "path": MEDIA, "params": {"why": f"{RAW}{run.room.next()}"}},
    )
    proposal: Proposal = run.room.chance.choice((real, forge, call))
    if run.room.chance.random() < 0.5:
        await Changes(ours, gate).approve(proposal, Change(Verb.APPROVE, proposal.arguments))
    await run.program().accounts.carriers["call"](call)


async def decides(run: Run) -> None:
    """Approve by any id that it knows, or by the start of one."""
    chance, store = run.room.chance, run.room.store
    asked = await store.run(store.consents.list)
    found = chance.choice([run.post(), "0", "", *(one.id for one in asked), *run.grants])
    found = found[: chance.choice((1, 4, 8, 32))]
    approvals: ApprovalService = run.program().approvals
    await chance.choice((approvals.approve, approvals.decline, approvals.withdraw))(found)


async def allows(run: Run) -> None:
    approvals = run.program().approvals
    await approvals.allow(run.room.actors[0].id, verbs=["publish"], accounts=["ana"], per_day=9)


async def calls(run: Run) -> None:
    chance, text = run.room.chance, f"{RAW}{run.room.next()}"
    containers = [one.id for post in run.posts for one in run.room.store.posts.get(PostId(post)).containers]
    wanted: Sequence[tuple[Any, str, dict[str, str]]] = (
        ("POST", f"{MEDIA}/comments", {"message": text}),
        ("DELETE", MEDIA, {"why": text}),
        ("GET", f"{MEDIA}/comments", {"message": text, "method": "post"}),
        ("POST", "me/media_publish", {"creation_id": chance.choice(containers or ["17"])}),
    )
    await run.program().accounts.call(*chance.choice(wanted))


async def shows_something_else(run: Run) -> None:
    """Change what an address shows, a file of its own, or one of our copies."""
    chance, content = run.room.chance, f"bytes {run.room.next()}".encode()
    run.room.shown[chance.choice(ADDRESSES)] = content
    copies = sorted(run.room.road.settings.assets.glob("*.jpg"))
    path = chance.choice([Path(run.file()), *copies])
    old = path.read_bytes() if path.exists() else b""
    await asyncio.to_thread(path.write_bytes, content.ljust(len(old)))
    os.utime(path, (0, 0))


async def steals_a_post(run: Run) -> None:
    """Name a new post as a proposal begins."""
    asked = await run.room.store.run(run.room.store.consents.list)
    start = run.room.chance.choice(asked).id[: run.room.chance.choice((4, 8))]
    twin = replace(run.new(), id=PostId(f"{start}{run.room.next()}"))
    await noted(run, run.program().posts.submit(twin, at="+1h", state=PostState.DRAFT))


async def person_submits(run: Run) -> None:
    now = run.room.clock.now()
    done = await run.room.person.posts.submit(run.new(), at=now + run.when(), is_late=True)
    run.keep(done.post)
    if not done.is_replay:
        run.room.book.let_go(done.post.id, run.room.content(done.post), done.post.due_at or now)


async def person_looks(run: Run) -> None:
    approvals = run.room.person.approvals
    run.looks += (await approvals.list())[: run.room.chance.randint(1, 9)]
    run.looks.append(await approvals.show(run.post()))


async def person_approves(run: Run) -> None:
    """Approve what was seen, perhaps a while ago: by the proposal, or by the post that it names."""
    if not run.looks:
        await person_looks(run)
    seen = run.room.chance.choice(run.looks)
    proposal = seen.proposal
    is_publishing = proposal and proposal.verb == "call" and "media_publish" in proposal.arguments["path"]
    if is_publishing or (proposal and proposal.verb == DELETE_MEDIA):
        await run.room.person.approvals.decline(seen.id)
        return
    is_all_of_it = proposal is None or proposal.verb == NEW
    post = seen.summary.get("post_id") if is_all_of_it else None
    found = run.room.chance.choice((seen.id, seen.id[:8], post or seen.id))
    if proposal and proposal.verb == "call":
        asked = proposal.arguments
        run.room.book.calls[call_of(asked["method"], asked["path"], asked["params"])] += 1
    done = await run.room.person.approvals.approve(found)
    if done.post:
        run.keep(done.post)
        due = datetime.fromisoformat(seen.summary["due_at"])
        run.room.book.let_go(done.post.id, shown(seen), due)


def shown(seen: Waiting) -> Content:
    summary = seen.summary
    files = tuple(one["sha256"] or Path(one["source"]).stem for one in summary["files"])
    return Content(summary["caption"], summary["first_comment"], files)


async def person_declines(run: Run) -> None:
    if not run.looks:
        await person_looks(run)
    await run.room.person.approvals.decline(run.room.chance.choice(run.looks).id)


async def person_allows(run: Run) -> None:
    """A standing consent for a while; the book counts it for each day that it touches."""
    chance, now = run.room.chance, run.room.clock.now()
    per_day, days = chance.randint(1, 2), chance.choice((0, 1))
    grant = await run.room.person.approvals.allow(
        chance.choice(run.room.actors).id,
        verbs=["publish"],
        accounts=["ana"],
        per_day=per_day,
        ends_at=now + timedelta(days=days, hours=1),
    )
    run.grants.append(grant.id)
    for day in {f"{now + timedelta(hours=hours):%Y-%m-%d}" for hours in range(24 * days + 2)}:
        run.room.book.standing[day] += per_day


async def person_withdraws(run: Run) -> None:
    await run.room.person.approvals.withdraw(run.grants.pop())


async def worker_drives(run: Run) -> None:
    await run.room.drive()


async def time_passes(run: Run) -> None:
    run.room.clock.advance(run.room.chance.choice((1, 600, 3600, 20_000)))
    await run.room.drive()


STEPS: tuple[Step, ...] = (
    *(submits, submits, publishes, publishes_and_waits, stores_by_itself, edits, edits, moves),
    *(
        edits_what_was_seen,
        edits_what_was_seen,
        edits_to_the_same,
        edits_to_the_same,
        repeats_a_forged_draft,
        moves,
    ),
    *(repairs, resolves, sees_through, changes_by_itself, changes_by_itself, interrupts, decides, decides),
    *(asks_by_http,) * 8,
    *(approves_by_itself, allows, calls, calls, shows_something_else, steals_a_post),
    *(person_submits, person_looks, person_looks, person_approves, person_approves, person_approves),
    *(person_declines, person_allows, person_withdraws, worker_drives, time_passes, time_passes),
)


async def attacked(home: Path, empty: Path, seed: int, sequences: int) -> Counter[str]:
    """Run sequences in one newsroom, and judge after each. Gives what was counted."""
    async with a_newsroom(home, empty, seed) as room:
        found = Counter[str]()
        for _ in range(sequences):
            run = Run(room)
            await run.go(STEPS)
            found = judge(room)
            for grant in run.grants:
                with contextlib.suppress(PressroomError):
                    await room.person.approvals.withdraw(grant)
        return found + room.answers + Counter(sequences=sequences)
