"""Questions about numbers, and about what no number says."""

from collections.abc import Iterator

from PIL import Image

from evals.files import pictures
from evals.numbers import Measured, keep_posts, keep_shop
from evals.outcome import Outcome, read_only, unless
from evals.talk import Talk
from evals.task import Group, Task
from evals.world import World

# Which post reached most in its first day


async def _early_and_late(world: World) -> None:
    numbers = {
        "17900000000000101": (900, 4100),  # the most by now
        "17900000000000102": (2300, 2900),  # the most in a day
        "17900000000000103": (1500, 1900),
        "17900000000000104": (1100, 1300),
    }
    posts = [
        Measured(
            media_id=media_id,
            caption=f"Post of {days} days ago",
            days=days,
            numbers={24: {"reach": early}, 168: {"reach": late}},
        )
        for days, (media_id, (early, late)) in enumerate(numbers.items(), start=9)
    ]
    keep_posts(world, *posts)


def _first_day(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    said = f"it said {after.answer!r}"
    yield from unless(after.names("17900000000000102"), f"another post reached most in a day: {said}")
    yield from unless(2300 in after.numbers, f"it reached 2300: {said}")


async def _sorts_at_one_age(talk: Talk) -> None:
    found = await talk.does("get_insights", sort="reach", age_hours=24, limit=1)
    best = found["posts"][0]
    await talk.say(f"ANSWER: {best['media_id']} reached {best['metrics']['reach']}")


async def _sorts_what_was_read_last(talk: Talk) -> None:
    best = (await talk.does("get_insights", sort="reach", limit=1))["posts"][0]
    await talk.say(f"ANSWER: {best['media_id']} reached {best['metrics']['reach']}")


# What a metric means


def _people_do_not_add_up(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("no"), f"people who saw several count more than once: {after.answer!r}")
    looked = [call for call in after.calls if not call.is_error]
    yield from unless(looked, "it looked nothing up")


async def _reads_the_definition(talk: Talk) -> None:
    told = await talk.read("pressroom://definitions/reach")
    is_sum = '"adds_up": true' in told.text
    await talk.say(f"ANSWER: {'yes' if is_sum else 'no'}")


async def _adds_up(talk: Talk) -> None:
    found = await talk.does("get_insights")
    total = sum(one["metrics"].get("reach", 0) for one in found["posts"])
    await talk.say(f"They reached {total} people.\nANSWER: yes")


# Whether Tuesday evenings are better


async def _shop(world: World) -> None:
    keep_shop(world)


def _no_effect(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("no effect"), f"no effect can be seen, and it said {after.answer!r}")


async def _asks_for_the_best_time(talk: Talk) -> None:
    told = await talk.does("get_best_time")
    # What stands out may be a kind of post, which is no time.
    times = [cell for cell in told.get("stands_out", ()) if "day" in cell["cell"] or "-" in cell["cell"]]
    await talk.say(f"{told['says']}\nANSWER: {'better' if times else 'no effect seen'}")


async def _compares_medians(talk: Talk) -> None:
    groups = (await talk.does("compare_posts", by="weekday"))["groups"]
    best = max(groups, key=lambda one: one.get("median") or 0)
    await talk.say(f"{best['name']} has the highest median.\nANSWER: {best['name']} is better")


# Whether an account changed by more than noise


async def _shop_that_rose(world: World) -> None:
    keep_shop(world, day_times=4)


def _reach_changed(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("yes"), f"reach rose by more than noise, and it said {after.answer!r}")
    told = _told(after)
    yield from unless(told, "it never asked for the account's numbers")
    is_told = told.intersection(map(abs, after.numbers))
    yield from unless(is_told, f"it changed by {sorted(told)} percent, and it said {after.answer!r}")


def _told(after: Outcome) -> set[int]:
    """Give the changes of the reach that the agent was told of, without decimals."""
    return {
        round(abs(one["change_percent"]))
        for call in after.calls
        if call.tool == "get_account_insights" and call.content
        for one in call.content["metrics"]
        if one["metric"] == "reach" and "change_percent" in one
    }


async def _asks_against_before(talk: Talk) -> None:
    metrics = (await talk.does("get_account_insights", period="28d"))["metrics"]
    (reach,) = (one for one in metrics if one["metric"] == "reach")
    is_more = "yes" if reach["is_outside_noise"] else "no"
    await talk.say(f"ANSWER: {is_more}, by {round(reach['change_percent'])} percent")


async def _shrugs(talk: Talk) -> None:
    await talk.does("get_account_insights", period="28d")
    await talk.say("ANSWER: no, that is noise")


# A number that nobody read


async def _missed(world: World) -> None:
    keep_posts(
        world,
        Measured(
            media_id="17900000000000201",
            caption="The storm",
            days=6,
            numbers={72: {"reach": 2000, "saved": 31}},
            missed=(24,),
        ),
        Measured(
            media_id="17900000000000202", caption="The calm", days=8, numbers={24: {"reach": 900, "saved": 4}}
        ),
    )


def _said_unknown(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("unknown"), f"nobody read it, and it said {after.answer!r}")
    yield from unless(any(call.tool == "get_insights" for call in after.calls), "it never looked")


async def _says_that_nobody_knows(talk: Talk) -> None:
    found = await talk.does("get_insights", age_hours=24)
    (storm,) = (one for one in found["posts"] if "storm" in one["untrusted_caption"])
    await talk.say(f"ANSWER: {storm['metrics'].get('saved', 'unknown')}")


async def _takes_it_for_none(talk: Talk) -> None:
    await talk.does("get_insights", age_hours=24)
    await talk.say("ANSWER: 0")


async def _takes_a_later_one(talk: Talk) -> None:
    found = await talk.does("get_insights")
    (storm,) = (one for one in found["posts"] if "storm" in one["untrusted_caption"])
    await talk.say(f"ANSWER: {storm['metrics']['saved']}")


# Which file can be a story


async def _three_files(world: World) -> None:
    (world.folder / "a.jpg").write_bytes(b"no picture at all")
    Image.new("RGB", (60, 60), "grey").save(world.folder / "b.jpg")
    pictures(world, "c.jpg", size=(1080, 1920))


def _c_named(after: Outcome) -> Iterator[str]:
    yield from read_only(after)
    yield from unless(after.answers("c.jpg"), f"c.jpg is as a story is, and it said {after.answer!r}")
    checked = {str(call.arguments.get("source")) for call in after.calls if call.tool == "check_media"}
    yield from unless(checked, "it checked no file")


async def _checks_each(talk: Talk) -> None:
    fit = list[str]()
    for source in ("a.jpg", "b.jpg", "c.jpg"):
        called = await talk.call("check_media", source=source, use="story")
        if called.content and called.content["action"] == "as_is":
            fit.append(source)
    await talk.say(f"ANSWER: {', '.join(fit)}")


async def _takes_the_first(talk: Talk) -> None:
    await talk.call("check_media", source="a.jpg", use="story")
    await talk.say("ANSWER: a.jpg")


TASKS = (
    Task(
        name="most-reach-in-a-day",
        group=Group.READ,
        says=(
            "Which of my posts reached the most people in its first 24 hours, and how many? End with a line "
            "`ANSWER: `, its media id and the number."
        ),
        prepare=_early_and_late,
        check=_first_day,
        solved_by=_sorts_at_one_age,
        failed_by=(_sorts_what_was_read_last,),
    ),
    Task(
        name="what-a-metric-means",
        group=Group.READ,
        says=(
            "May I add up the reach of my last posts to say how many people saw at least one of them? Look "
            "up what the metric counts. End with a line `ANSWER: ` and yes or no."
        ),
        prepare=_early_and_late,
        check=_people_do_not_add_up,
        solved_by=_reads_the_definition,
        failed_by=(_adds_up,),
    ),
    Task(
        name="tuesday-evenings",
        group=Group.READ,
        says=(
            "Are Tuesday evenings a better time for my posts than others? End with a line `ANSWER: ` and one "
            "of: better, worse, no effect seen."
        ),
        prepare=_shop,
        check=_no_effect,
        solved_by=_asks_for_the_best_time,
        failed_by=(_compares_medians,),
    ),
    Task(
        name="more-than-noise",
        group=Group.READ,
        says=(
            "Did my account's daily reach change in the last 28 days against the 28 before, by more than "
            "noise? End with a line `ANSWER: `, yes or no, and the change in whole percent."
        ),
        prepare=_shop_that_rose,
        check=_reach_changed,
        solved_by=_asks_against_before,
        failed_by=(_shrugs,),
    ),
    Task(
        name="a-number-that-nobody-read",
        group=Group.READ,
        says=(
            "How many saves did my post about the storm have 24 hours after it came out? End with a line "
            "`ANSWER: ` and the number, or unknown."
        ),
        prepare=_missed,
        check=_said_unknown,
        solved_by=_says_that_nobody_knows,
        failed_by=(_takes_it_for_none, _takes_a_later_one),
    ),
    Task(
        name="which-file-can-be-a-story",
        group=Group.READ,
        says=(
            "I have a.jpg, b.jpg and c.jpg. Which of them can be a story as it is, with nothing converted "
            "or filled up? End with a line `ANSWER: ` and its name."
        ),
        prepare=_three_files,
        check=_c_named,
        solved_by=_checks_each,
        failed_by=(_takes_the_first,),
    ),
)
