"""Checks of this machine (program, disks, clock, files, key), of the store, and of the worker."""

from pressroom.core.errors import PressroomError
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.doctor.facts import ClockFacts, Disk, KeyPlace, MachineFacts, StoreFacts, StoreState
from pressroom.service.doctor.findings import Checks, Group, Judgement, Verdict, fail, ok, unknown, warn

MACHINE_CHECKS = Checks[MachineFacts]()
# Asked after those of the accounts, whose calls tell Instagram's time.
CLOCK_CHECKS = Checks[ClockFacts]()
STORE_CHECKS = Checks[StoreFacts]()

# As `requires-python` in pyproject.toml.
OLDEST_PYTHON = (3, 11)
_GB = 1_000_000_000
# A clip of 300 MB (the most Instagram takes) lies there as it came, as it is made and as our copy.
_NARROW_BYTES, _FULL_BYTES = 2 * _GB, 500_000_000
# From here on posts go out noticeably beside their times; beyond the other, an answer of Instagram's cannot
# be told from an earlier one, and addresses that are signed for it may have ended.
SKEWED_S, WRONG_S = 30.0, 300.0
_WRITES = 0o022
_TO_REPAIR = Fix.of(
    "Close them: {}. Where other things lie in the directory, close it yourself: chmod 700.",
    Remedy(RemedyKind.REPAIR),
)


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.FAIL)
def python(facts: MachineFacts) -> Judgement:
    """Whether Python is new enough."""
    seen = f"Python {'.'.join(map(str, facts.python))}"
    if facts.python >= OLDEST_PYTHON:
        return ok(seen)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return fail(
        seen,
        cause=f"Pressroom is written for Python {oldest} and newer.",
        consequence="Commands fail at places that nobody tried.",
        remedy=f"Install Pressroom with Python {oldest} or newer.",
    )


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.FAIL)
def settings(facts: MachineFacts) -> Judgement:
    """Whether the settings of the environment can be read."""
    if not facts.refused:
        return ok("those of the environment can be read")
    first, *more = facts.refused
    others = f"; {len(more)} more" if more else ""
    return fail(
        f"{first.message}{others}",
        cause=" ".join(error.message for error in more) or "A value of the environment is not of its form.",
        consequence="No other command runs, and this report is made without it.",
        remedy=first.advice,
    )


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.FAIL, Verdict.UNKNOWN)
def ffmpeg(facts: MachineFacts) -> Judgement:
    """Whether ffmpeg is there and runs."""
    line = facts.ffmpeg
    if isinstance(line, str):
        return ok(line)
    if line is None:
        return unknown(
            "ffmpeg gave no answer in time",
            cause="The machine is busy, or the program hangs.",
            consequence="Whether clips can be converted is not known.",
            remedy="Try again when the machine has less to do.",
        )
    return fail(
        "ffmpeg does not run",
        cause=line.message,
        consequence="No clip and no animation can be converted; what Instagram takes as it is still goes.",
        remedy=line.advice if line.advice.text else "Set FFMPEG_PATH to one that runs, or unset it.",
    )


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def data_disk(facts: MachineFacts) -> Judgement:
    """Whether the data directory has room."""
    return _room(facts.data, "Free some, or set PRESSROOM_HOME to a directory on another disk.")


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def temporary_disk(facts: MachineFacts) -> Judgement:
    """Whether the directory for temporary files has room."""
    return _room(facts.temporary, "Free some, or set TMPDIR to a directory on another disk.")


def _room(disk: Disk, remedy: str) -> Judgement:
    if disk.free_bytes is None:
        return unknown(
            f"how much is free in {disk.path} cannot be read",
            cause="The directory is not there, or this user may not look into it.",
            consequence="A full disk would be noticed by the first post that needs it.",
            remedy="Make the directory, and let this user write there.",
        )
    seen = f"{disk.free_bytes / _GB:,.1f} GB free in {disk.path}"
    if disk.free_bytes >= _NARROW_BYTES:
        return ok(seen)
    is_full = disk.free_bytes < _FULL_BYTES
    return (fail if is_full else warn)(
        seen,
        cause=f"Less than {(_FULL_BYTES if is_full else _NARROW_BYTES) / _GB:g} GB is free.",
        consequence="Large clips cannot be converted, and a full disk stops the store.",
        remedy=remedy,
    )


@CLOCK_CHECKS.check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def clock(facts: ClockFacts) -> Judgement:
    """Whether the clock goes as Instagram's does."""
    skew = facts.skew_s
    if skew is None:
        return unknown(
            "nothing to compare the clock with",
            cause="Instagram was not asked, or did not answer.",
            consequence="Whether posts go out at their times is not known.",
            remedy="Look again once an account is signed in and its calls are answered.",
        )
    spelled = f"{abs(skew):.0f} s" if abs(skew) < WRONG_S else f"{abs(skew) / 60:.0f} min"
    if abs(skew) <= SKEWED_S:
        return ok(f"within {max(1, round(abs(skew)))} s of Instagram's")
    return (fail if abs(skew) > WRONG_S else warn)(
        f"{spelled} {'ahead of' if skew > 0 else 'behind'} Instagram's",
        cause="This machine's clock is not set by a time server.",
        consequence="Posts go out beside their times, and the ends of tokens are misjudged.",
        remedy="Have the system set its clock by the network (timedatectl set-ntp true).",
    )


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.WARN, Verdict.FAIL)
def private_files(facts: MachineFacts) -> Judgement:
    """Whether the data directory is this user's alone."""
    loose = facts.open_paths
    if loose is None:
        return ok("there is no data directory of this user's yet")
    # Whoever cannot enter the directory reaches nothing in it.
    directory = next((entry for entry in loose if entry.path == facts.home), None)
    if directory is None:
        return ok(f"{facts.home} is this user's alone")
    files = [entry for entry in loose if entry is not directory]
    if directory.mode & _WRITES or files:
        names = ", ".join(str(entry.path.relative_to(facts.home)) for entry in files[:3])
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""  # noqa: PLR2004  # three are named
        too = ", and files in it are open, too" if files else ""
        what = f"others may use {names}{more}" if files else "others may write"
        return fail(
            f"{what} in {facts.home}",
            cause=f"The directory has mode {directory.mode:04o}{too}.",
            consequence="Other users of this machine may read posts and keys, or replace them.",
            remedy=_TO_REPAIR,
        )
    return warn(
        f"others may list {facts.home}",
        cause=f"The directory has mode {directory.mode:04o}; the files in it are closed.",
        consequence="Other users of this machine see the files' names and sizes.",
        remedy=_TO_REPAIR,
    )


@MACHINE_CHECKS.check(Group.MACHINE, Verdict.WARN, Verdict.FAIL)
def sealing_key(facts: MachineFacts) -> Judgement | None:
    """Where the key is that seals tokens.

    A file beside the store is no warning: it is what Pressroom makes by itself where there is no keyring, and
    as closed as the store. It is one where other machines share the store and cannot have the file.
    """
    place = facts.key
    if place is None:
        return None
    if isinstance(place, PressroomError):
        return fail(
            "the key that seals tokens cannot be read",
            cause=place.message,
            consequence="No stored token can be used, so that nothing is published by one.",
            remedy=place.advice,
        )
    # Each machine would make a key of its own, and read no token of the others.
    if place is KeyPlace.FILE and facts.is_store_shared:
        return warn(
            "in a file of this machine, and the store is for several",
            cause="PRESSROOM_KEY is not set, so that each machine makes a key of its own.",
            consequence="Another machine cannot read the tokens that are stored from here.",
            remedy="Set PRESSROOM_KEY to the same key on every machine, and sign in again.",
        )
    return ok(_PLACES[place])


_PLACES = {
    KeyPlace.ENVIRONMENT: "in PRESSROOM_KEY",
    KeyPlace.KEYRING: "in the system's keyring",
    KeyPlace.FILE: "in a file beside the store: a copy of the directory has both",
    KeyPlace.NONE: "none yet: the first sign-in makes one",
}


_UPGRADE, _START = Remedy(RemedyKind.UPGRADE_STORE), Remedy(RemedyKind.START_WORKER)
_LIST = Remedy(RemedyKind.LIST_POSTS)


@STORE_CHECKS.check(Group.STORE, Verdict.FAIL)
def store_opens(facts: StoreFacts) -> Judgement:
    """Whether the store can be opened."""
    if facts.state is StoreState.CLOSED and facts.error is not None:
        return fail(
            f"{facts.where} cannot be opened",
            cause=facts.error.message,
            consequence="Nothing that is planned goes out, and stored accounts cannot be used.",
            remedy=facts.error.advice,
        )
    # A new user has none, which is no fault.
    if facts.state is StoreState.NONE:
        return ok("none yet: what is first stored makes one")
    return ok(facts.where)


@STORE_CHECKS.check(Group.STORE, Verdict.WARN, Verdict.FAIL)
def store_revision(facts: StoreFacts) -> Judgement | None:
    """Whether this program's revision made the store."""
    if facts.state is StoreState.OPEN:
        return ok("of this program's revision")
    if facts.state is not StoreState.BEHIND:
        return None
    # Workers of other machines may still run the earlier program: a person decides when.
    if facts.is_server:
        return fail(
            "of an earlier program's revision",
            cause="Pressroom was upgraded, and the store on the server was not.",
            consequence="No command works on it, and no worker starts.",
            remedy=Fix.of("Stop the workers, then run {}.", _UPGRADE),
        )
    return warn(
        "of an earlier program's revision",
        cause="Pressroom was upgraded, and nothing has opened the store since.",
        consequence="The next command upgrades it and keeps the file as it was; till then it is not read.",
        remedy=Fix.of("Upgrade it now: {}.", _UPGRADE),
    )


@STORE_CHECKS.check(Group.STORE, Verdict.FAIL, Verdict.UNKNOWN)
def store_sound(facts: StoreFacts) -> Judgement | None:
    """Whether what is in the store can be read."""
    damage = facts.damage
    if damage is None:
        return None
    if isinstance(damage, PressroomError):
        return unknown(
            "it could not be looked through",
            cause=damage.message,
            consequence="Whether it is damaged is not known.",
            remedy=Fix.of("Try alone: {}.", Remedy(RemedyKind.CHECK_STORE)),
        )
    if not damage:
        return ok("sound")
    return fail(
        f"{len(damage)} thing{'' if len(damage) == 1 else 's'} wrong in it",
        cause=damage[0],
        consequence="Posts in it may be lost, or never looked at again.",
        remedy=Fix.of("See all: {}. Then put a backup in its place, or ask.", Remedy(RemedyKind.CHECK_STORE)),
    )


@STORE_CHECKS.check(Group.STORE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def worker(facts: StoreFacts) -> Judgement | None:
    """Whether a worker runs, where there is anything for one to do."""
    if facts.state is StoreState.NONE:
        return ok("nothing is planned, so none is needed")
    if facts.is_worker_running is None:
        return unknown(
            "whether one runs is not known",
            cause="The store could not be asked.",
            consequence="What is planned may not go out.",
            remedy="Mend the store first.",
        )
    if facts.is_worker_running:
        return ok("runs")
    if not facts.planned:
        return ok("none runs, and nothing is planned")
    # Until a post is past its time, nothing is lost.
    return (fail if facts.overdue else warn)(
        f"none runs, and {_posts(facts.planned)} planned",
        cause="No worker drives this store.",
        consequence="Nothing that is planned goes out, and no token is renewed.",
        remedy=Fix.of("Start one: {}.", _START),
    )


@STORE_CHECKS.check(Group.STORE, Verdict.FAIL)
def send_log(facts: StoreFacts) -> Judgement | None:
    """Whether the send log can be written, without which no post is sent."""
    if facts.state is not StoreState.OPEN:
        return None
    failure = facts.send_log_failure
    if failure is None:
        return ok("it can be written")
    return fail(
        "it cannot be written",
        cause=failure.message,
        consequence="Nothing is published until it can: a send that is not logged could be repeated.",
        remedy=failure.advice,
    )


@STORE_CHECKS.check(Group.STORE, Verdict.FAIL)
def overdue(facts: StoreFacts) -> Judgement | None:
    """Whether posts are past their time."""
    if facts.overdue is None:
        return None
    if not facts.overdue:
        return ok("no post is past its time")
    return fail(
        f"{_posts(facts.overdue)} past the time",
        cause="No worker runs, or one is stuck at them: a pause, a token, a file.",
        consequence="Each follows its rule for late posts: published late, or never.",
        remedy=Fix.of("See which: {}. Without a worker: {}.", _LIST, _START),
    )


@STORE_CHECKS.check(Group.STORE, Verdict.FAIL)
def in_doubt(facts: StoreFacts) -> Judgement | None:
    """Whether there are posts of which nobody knows if they are live."""
    if facts.in_doubt is None:
        return None
    if not facts.in_doubt:
        return ok("no post is in doubt")
    # Sent again, a post could be live twice: whoever has looked settles it.
    return fail(
        f"{_posts(facts.in_doubt)} in doubt: perhaps live, perhaps not",
        cause="The answer to the publish call was lost, and looking did not tell.",
        consequence="Nothing is sent again until a person says how it was.",
        remedy=Fix.of(
            "Ask Instagram once more: {}; or look at the profile, and say so: {}.",
            Remedy(RemedyKind.RECONCILE_POST),
            Remedy(RemedyKind.RESOLVE_POST),
        ),
    )


def _posts(count: int) -> str:
    return "1 post is" if count == 1 else f"{count:,} posts are"
