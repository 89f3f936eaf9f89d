"""Checks of this machine: program, disks, clock, files, key."""

from pressroom.accounts.keyplace import KeyPlace
from pressroom.core.errors import PressroomError
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.doctor.judge_facts import ClockFacts, Disk, MachineFacts
from pressroom.service.doctor.judge_findings import Group, Judgement, Verdict, check, fail, ok, unknown, warn

OLDEST_PYTHON = (3, 11)
_GB = 1_000_000_000
# A clip of 300 MB (the most Instagram takes) lies there as it came, as it is made and as our copy.
_NARROW_BYTES, _FULL_BYTES = 2 * _GB, 500_000_000
# From here on posts go out noticeably beside their times; beyond the other, an answer of Instagram's cannot
# be told from an earlier one, and addresses that are signed for it may have ended.
SKEWED_S, WRONG_S = 30.0, 300.0
_WRITES, _SHOWS = 0o022, 0o077
_TO_REPAIR = Fix.of(
    "Close them: {}. Where other things lie in the directory, close it yourself: chmod 700.",
    Remedy(RemedyKind.REPAIR),
)


@check(Group.MACHINE, Verdict.FAIL)
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


@check(Group.MACHINE, Verdict.FAIL, Verdict.UNKNOWN)
def ffmpeg(facts: MachineFacts) -> Judgement:
    """Whether ffmpeg is there and runs."""
    found = facts.ffmpeg
    if isinstance(found, str):
        return ok(found)
    if found is None:
        return unknown(
            "ffmpeg gave no answer in time",
            cause="The machine is busy, or the program hangs.",
            consequence="Whether clips can be converted is not known.",
            remedy="Try again when the machine has less to do.",
        )
    return fail(
        "ffmpeg does not run",
        cause=found.message,
        consequence="No clip and no animation can be converted; what Instagram takes as it is still goes.",
        remedy=found.advice if found.advice.text else "Set FFMPEG_PATH to one that runs, or unset it.",
    )


@check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def data_disk(facts: MachineFacts) -> Judgement:
    """Whether the data directory has room."""
    return _room(facts.data, "Free some, or set PRESSROOM_HOME to a directory on another disk.")


@check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
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


@check(Group.MACHINE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
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
    if abs(skew) <= SKEWED_S:
        return ok(f"within {max(1, round(abs(skew)))} s of Instagram's")
    return (fail if abs(skew) > WRONG_S else warn)(
        f"{_spell(abs(skew))} {'ahead of' if skew > 0 else 'behind'} Instagram's",
        cause="This machine's clock is not set by a time server.",
        consequence="Posts go out beside their times, and the ends of tokens are misjudged.",
        remedy="Have the system set its clock by the network (timedatectl set-ntp true).",
    )


def _spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < WRONG_S else f"{seconds / 60:.0f} min"


@check(Group.MACHINE, Verdict.WARN, Verdict.FAIL)
def private_files(facts: MachineFacts) -> Judgement:
    """Whether the data directory is this user's alone."""
    loose = facts.open_paths
    if loose is None:
        return ok("there is no data directory of this user's yet")
    # Whoever cannot enter the directory reaches nothing in it.
    directory = next((one for one in loose if one.path == facts.home), None)
    if directory is None:
        return ok(f"{facts.home} is this user's alone")
    files = [one for one in loose if one is not directory]
    if directory.mode & _WRITES or files:
        names = ", ".join(str(one.path.relative_to(facts.home)) for one in files[:3])
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


@check(Group.MACHINE, Verdict.WARN, Verdict.FAIL)
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

CHECKS = (
    python,
    ffmpeg,
    data_disk,
    temporary_disk,
    private_files,
    sealing_key,
)
