"""Remedies: what a person can do about an error, as data that each face words in its own way.

The command line names a command, a program a method, a page a button. An error holds a `Fix`: the text for
the command line, and the remedies it names, so that `Fix.by` can replace the commands in it.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pressroom.core.secret import redact_text


class RemedyKind(StrEnum):
    """The kinds of remedy. Stores and programs keep these words: none may be renamed or removed."""

    ADD_KEY = "add_key"
    ADD_SLOTS = "add_slots"
    ADD_METRIC_NOTE = "add_metric_note"
    ADOPT_STORE = "adopt_store"
    AGENT_SHELLS = "agent_shells"
    APPROVE = "approve"
    APPROVE_AT = "approve_at"
    APPROVE_POST = "approve_post"
    ASK_BEST_TIME = "ask_best_time"
    CANCEL_POST = "cancel_post"
    CHECK_STORE = "check_store"
    CONVERT_FILE = "convert_file"
    CUT_CLIP = "cut_clip"
    DECLINE = "decline"
    DELETE_MEDIA = "delete_media"
    DETACH_SANDBOX = "detach_sandbox"
    EDIT_POST = "edit_post"
    EXPORT_FOR_EXCEL = "export_for_excel"
    EXPORT_POSTS = "export_posts"
    EXPORT_STATE = "export_state"
    INSTALL_EXTRA = "install_extra"
    INSTALL_EXTRA_BY_UV = "install_extra_by_uv"
    KEEP_DRAFT = "keep_draft"
    LIST_ACCOUNTS = "list_accounts"
    LIST_GRANTS = "list_grants"
    LIST_KEYS = "list_keys"
    LIST_KEPT_MEDIA = "list_kept_media"
    LIST_MEDIA = "list_media"
    LIST_METRIC_NOTES = "list_metric_notes"
    LIST_POSTS = "list_posts"
    LIST_PROPOSALS = "list_proposals"
    LIST_SLOTS = "list_slots"
    MOVE_POST = "move_post"
    NAME_COLUMN = "name_column"
    NAME_KIND = "name_kind"
    OPEN_AS = "open_as"
    OVERWRITE_FILE = "overwrite_file"
    OVERWRITE_HELPERS = "overwrite_helpers"
    OVERWRITE_SKILL = "overwrite_skill"
    PLAN_AGAIN = "plan_again"
    PLAN_LATE = "plan_late"
    PUBLISH_AS = "publish_as"
    PUBLISH_CONTAINER = "publish_container"
    PULL_INSIGHTS = "pull_insights"
    READ_CONTAINER = "read_container"
    RECONCILE_POST = "reconcile_post"
    RECORD_CALLS = "record_calls"
    REMOVE_METRIC_NOTE = "remove_metric_note"
    REPAIR = "repair"
    REPEAT_CLIP = "repeat_clip"
    REQUIRE_TERMINAL = "require_terminal"
    RESOLVE_NOT_PUBLISHED = "resolve_not_published"
    RESOLVE_POST = "resolve_post"
    RESOLVE_PUBLISHED = "resolve_published"
    RESOLVE_UNCHECKED = "resolve_unchecked"
    RESUME_ACCOUNT = "resume_account"
    RESCHEDULE_POST = "reschedule_post"
    RETRY_AGAIN = "retry_again"
    RETRY_POST = "retry_post"
    REVOKE_KEY = "revoke_key"
    SALVAGE_CLIP = "salvage_clip"
    SEARCH_AUDIO = "search_audio"
    SERVE_PAGE = "serve_page"
    SET_CAPTION = "set_caption"
    SET_FIT = "set_fit"
    SET_TARGET = "set_target"
    SET_TIMEZONE = "set_timezone"
    SHOW_POST = "show_post"
    SHOW_PROPOSAL = "show_proposal"
    SIGN_IN = "sign_in"
    SIGN_IN_FOR = "sign_in_for"
    SIGN_IN_FROM_FILE = "sign_in_from_file"
    SIGN_IN_TO_PAGE = "sign_in_to_page"
    START_EXPERIMENT = "start_experiment"
    START_SANDBOX = "start_sandbox"
    START_WORKER = "start_worker"
    STOP_EXPERIMENT = "stop_experiment"
    STOP_SANDBOX = "stop_sandbox"
    TRY_DEMO = "try_demo"
    UPGRADE = "upgrade"
    UPGRADE_STORE = "upgrade_store"


class Worded(NamedTuple):
    """A remedy's wording as a command and as Python; if one is missing, the other is used for both.

    One that starts with `--` is an option of the command that failed, and a parameter of the method. cell:
    what does the same in a row of a table, where it is a column there.
    `{name}` is replaced by an argument; text in `[]` is left out unless its arguments are known.
    """

    command: str | None
    method: str | None = None
    cell: str | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments."""
        return tuple(_PLACE.findall(self.command or self.method or ""))


_PLACE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\[([^]]*)\]")

WORDED: Mapping[RemedyKind, Worded] = {
    RemedyKind.ADD_KEY: Worded(
        "pressroom keys add {name}[ --scope {scope}]", "await pressroom.keys.add({name})"
    ),
    RemedyKind.ADD_SLOTS: Worded(
        "pressroom schedule slots add {slots}[ --account {account}]",
        "await pressroom.posts.slots.add(parse_slots({slots}))",
    ),
    RemedyKind.ADD_METRIC_NOTE: Worded(
        "pressroom insights note add {metric} {text}[ --on {day}][ --account {account}]",
        "await pressroom.insights.add_metric_note({metric}, {text}, {day})",
    ),
    RemedyKind.ADOPT_STORE: Worded("pressroom db adopt", "await pressroom.work.adopt()"),
    RemedyKind.AGENT_SHELLS: Worded(
        "pressroom approve agent-shells on", "await pressroom.approvals.agent_shells(are_programs=True)"
    ),
    RemedyKind.APPROVE: Worded(
        "pressroom approve {proposal}", "await pressroom.approvals.approve({proposal})"
    ),
    RemedyKind.APPROVE_AT: Worded(
        "pressroom schedule approve {post} --at {when}", "await pressroom.posts.release({post}, at={when})"
    ),
    RemedyKind.APPROVE_POST: Worded(
        "pressroom schedule approve {post}", "await pressroom.posts.approve({post})"
    ),
    RemedyKind.ASK_BEST_TIME: Worded("pressroom insights best-time", "await pressroom.insights.best_time()"),
    RemedyKind.CANCEL_POST: Worded(
        "pressroom schedule cancel {post}", "await pressroom.posts.cancel({post})"
    ),
    RemedyKind.CHECK_STORE: Worded("pressroom db check", "await pressroom.work.check()"),
    RemedyKind.CONVERT_FILE: Worded(
        "pressroom media convert {file}", "await pressroom.media.convert(Path({file}), wish)"
    ),
    RemedyKind.CUT_CLIP: Worded("--end {end_s}", "edits=Edits(end_s={end_s})", "end_s = {end_s}"),
    RemedyKind.DECLINE: Worded(
        "pressroom approve decline {proposal}", "await pressroom.approvals.decline({proposal})"
    ),
    RemedyKind.DELETE_MEDIA: Worded(
        "pressroom media delete {media}", "await pressroom.media.delete({media})"
    ),
    RemedyKind.DETACH_SANDBOX: Worded("pressroom sandbox serve --detach"),
    RemedyKind.EDIT_POST: Worded(
        "pressroom schedule edit {post} --caption {text}",
        "await pressroom.posts.edit({post}, caption={text})",
    ),
    RemedyKind.EXPORT_FOR_EXCEL: Worded("pressroom schedule export --excel"),
    RemedyKind.EXPORT_POSTS: Worded("pressroom schedule export"),
    RemedyKind.EXPORT_STATE: Worded("pressroom sandbox state export {file}"),
    RemedyKind.INSTALL_EXTRA: Worded("{python} -m pip install[ --editable {folder}][ {requirement}]"),
    RemedyKind.INSTALL_EXTRA_BY_UV: Worded(
        "uv pip install --python {python}[ --editable {folder}][ {requirement}]"
    ),
    RemedyKind.KEEP_DRAFT: Worded("--draft", "state=PostState.DRAFT"),
    RemedyKind.LIST_ACCOUNTS: Worded("pressroom auth status", "await pressroom.accounts.standings()"),
    RemedyKind.LIST_GRANTS: Worded("pressroom approve allowed", "await pressroom.approvals.allowed()"),
    RemedyKind.LIST_KEYS: Worded("pressroom keys list", "await pressroom.keys.list()"),
    RemedyKind.LIST_KEPT_MEDIA: Worded("pressroom insights media", "await pressroom.insights.media()"),
    RemedyKind.LIST_MEDIA: Worded("pressroom media list", "pressroom.media.list()"),
    RemedyKind.LIST_METRIC_NOTES: Worded(
        "pressroom insights note list[ --account {account}]", "await pressroom.insights.metric_notes()"
    ),
    RemedyKind.LIST_POSTS: Worded("pressroom schedule list", "await pressroom.posts.list()"),
    RemedyKind.LIST_PROPOSALS: Worded("pressroom approve list", "await pressroom.approvals.list()"),
    RemedyKind.LIST_SLOTS: Worded(
        "pressroom schedule slots list --account {account}", "await pressroom.posts.slots.week({account})"
    ),
    RemedyKind.MOVE_POST: Worded(
        "pressroom schedule move {post} --at {when}", "await pressroom.posts.move({post}, at={when})"
    ),
    RemedyKind.NAME_COLUMN: Worded("--column {head}={column}", "columns=[({head}, {column})]"),
    RemedyKind.NAME_KIND: Worded("--kind {kind}", "kind={kind}"),
    RemedyKind.OPEN_AS: Worded(None, "Pressroom(account_name={account})"),
    RemedyKind.OVERWRITE_FILE: Worded("--overwrite", "overwrite=True"),
    RemedyKind.OVERWRITE_HELPERS: Worded("pressroom init --force"),
    RemedyKind.OVERWRITE_SKILL: Worded("pressroom skill install[ --dir {directory}] --force"),
    RemedyKind.PLAN_AGAIN: Worded("--again", "is_again=True"),
    RemedyKind.PLAN_LATE: Worded("--late", "is_late=True"),
    RemedyKind.PUBLISH_AS: Worded(
        "pressroom publish {kind}", "await pressroom.publish(new_post({kind}, files))"
    ),
    RemedyKind.PUBLISH_CONTAINER: Worded(
        "pressroom api POST {user}/media_publish -f creation_id={container}"
    ),
    RemedyKind.PULL_INSIGHTS: Worded(
        "pressroom insights pull[ --account {account}]",
        "await pressroom[.acting_for({account})].insights.pull()",
    ),
    RemedyKind.READ_CONTAINER: Worded(
        "pressroom api GET {container} -f fields={fields}",
        "await pressroom.accounts.call('GET', {container}, dict(fields={fields}))",
    ),
    RemedyKind.RECONCILE_POST: Worded(
        "pressroom queue reconcile {post}", "await pressroom.posts.reconcile({post})"
    ),
    RemedyKind.RECORD_CALLS: Worded("pressroom sandbox serve --record {file}"),
    RemedyKind.REMOVE_METRIC_NOTE: Worded(
        "pressroom insights note remove {metric} {day}[ --account {account}]",
        "await pressroom.insights.remove_metric_note({metric}, {day})",
    ),
    RemedyKind.REPAIR: Worded("pressroom doctor --repair", "await pressroom.accounts.doctor(repairs=True)"),
    RemedyKind.REPEAT_CLIP: Worded("--loop", "edits=Edits(repeat=True)", "loop = true"),
    RemedyKind.REQUIRE_TERMINAL: Worded(
        "pressroom approve require-terminal on",
        "await pressroom.approvals.require_terminal(is_required=True)",
    ),
    RemedyKind.RESCHEDULE_POST: Worded(
        "pressroom schedule reschedule {post} --at {when}",
        "await pressroom.posts.reschedule({post}, at={when})",
    ),
    RemedyKind.RESOLVE_NOT_PUBLISHED: Worded(
        "pressroom queue resolve {post} --not-published",
        "await pressroom.posts.require_not_live({post}); "
        "await pressroom.posts.resolve({post}, media_id=None)",
    ),
    RemedyKind.RESOLVE_POST: Worded(
        "pressroom queue resolve {post}", "await pressroom.posts.resolve({post}, media_id=media_id)"
    ),
    RemedyKind.RESOLVE_PUBLISHED: Worded(
        "pressroom queue resolve {post} --published {id}",
        "await pressroom.posts.resolve({post}, media_id={id})",
    ),
    RemedyKind.RESOLVE_UNCHECKED: Worded(
        "pressroom queue resolve {post} --not-published --unchecked",
        "await pressroom.posts.resolve({post}, media_id=None, is_unchecked=True)",
    ),
    RemedyKind.RESUME_ACCOUNT: Worded(
        "pressroom queue resume {account}", "await pressroom.accounts.resume({account})"
    ),
    RemedyKind.RETRY_AGAIN: Worded(
        "pressroom queue retry {post} --again", "await pressroom.posts.retry({post}, is_again=True)"
    ),
    RemedyKind.RETRY_POST: Worded("pressroom queue retry {post}", "await pressroom.posts.retry({post})"),
    RemedyKind.REVOKE_KEY: Worded("pressroom keys revoke {name}", "await pressroom.keys.revoke({name})"),
    RemedyKind.SALVAGE_CLIP: Worded("--salvage", "edits=Edits(salvage=True)", "salvage = true"),
    RemedyKind.SEARCH_AUDIO: Worded("pressroom media audio", "await pressroom.media.search_audio()"),
    RemedyKind.SERVE_PAGE: Worded("pressroom serve"),
    RemedyKind.SET_CAPTION: Worded("--caption {text}", "caption={text}", "caption = {text}"),
    RemedyKind.SET_FIT: Worded("--fit {fit}", "fit={fit}", "fit = {fit}"),
    RemedyKind.SET_TARGET: Worded("--target {target}", "target={target}", "target = {target}"),
    RemedyKind.SET_TIMEZONE: Worded("--tz {timezone}", "timezone={timezone}"),
    RemedyKind.SHOW_POST: Worded("pressroom schedule show {post}", "await pressroom.posts.show({post})"),
    RemedyKind.SHOW_PROPOSAL: Worded(
        "pressroom approve show {proposal}", "await pressroom.approvals.show({proposal})"
    ),
    RemedyKind.SIGN_IN: Worded(
        "pressroom auth login[ --account {account}][ --tz {timezone}]",
        "await pressroom.accounts.sign_in({account}, Account(token=Secret(token)), "
        "timezone={timezone}, is_default=False)",
    ),
    RemedyKind.SIGN_IN_FOR: Worded("pressroom auth login --account {account} --permission {permission}"),
    RemedyKind.SIGN_IN_FROM_FILE: Worded("pressroom auth login --token-stdin < {file}"),
    RemedyKind.SIGN_IN_TO_PAGE: Worded("pressroom serve link", "await pressroom.pages.link()"),
    RemedyKind.START_EXPERIMENT: Worded(
        "pressroom insights experiment start {first} {second}",
        "await pressroom.insights.start_experiment({first}, {second})",
    ),
    RemedyKind.START_SANDBOX: Worded("pressroom sandbox serve"),
    RemedyKind.START_WORKER: Worded("pressroom worker", "Pressroom(works=True)"),
    RemedyKind.STOP_EXPERIMENT: Worded(
        "pressroom insights experiment stop", "await pressroom.insights.stop_experiment()"
    ),
    RemedyKind.STOP_SANDBOX: Worded("pressroom sandbox stop"),
    RemedyKind.TRY_DEMO: Worded("pressroom demo"),
    RemedyKind.UPGRADE: Worded("{python} -m pip install --upgrade pressroom"),
    RemedyKind.UPGRADE_STORE: Worded("pressroom db upgrade", "await pressroom.work.upgrade()"),
}


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do. arguments: those that `WORDED` names for its kind, as far as they are known."""

    kind: RemedyKind
    # A dict has no hash; kind alone is enough for one.
    arguments: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)

    def redacted(self) -> "Remedy":
        """Copy it without secrets."""
        return Remedy(self.kind, {name: redact_text(value) for name, value in self.arguments.items()})


# Words a remedy for use inside a sentence, code in backticks.
Wording = Callable[[Remedy], str]


def by_command(remedy: Remedy) -> str:
    """Word a remedy as a command; an unknown argument appears as its name in capitals."""
    return f"`{command_of(remedy)}`"


def command_of(remedy: Remedy) -> str:
    """Return a remedy's command as typed; Python where only the library can do it."""
    worded = WORDED[remedy.kind]
    return _as_command(worded, remedy) or _as_python(worded, remedy)


def by_method(remedy: Remedy) -> str:
    """Word a remedy as Python, or as a command where the library has no method for it."""
    worded = WORDED[remedy.kind]
    return f"`{_as_python(worded, remedy) or _as_command(worded, remedy)}`"


def by_parameter(remedy: Remedy) -> str:
    """Word an option as the parameter that it stands for, and anything else as a command.

    For texts that may be read anywhere: a program has no options, and a command can be run by anybody.
    """
    is_option = (WORDED[remedy.kind].command or "").startswith("--")
    return by_method(remedy) if is_option else by_command(remedy)


def by_cell(remedy: Remedy) -> str:
    """Word an option as the column of a table that stands for it, and anything else as a command."""
    worded = WORDED[remedy.kind]
    return f"`{_filled(worded.cell, remedy.arguments, str)}`" if worded.cell else by_command(remedy)


def _as_command(worded: Worded, remedy: Remedy) -> str:
    # Quoted for a shell: people paste these commands, and ids and file names come from outside.
    quoted = {name: shlex.quote(value) for name, value in remedy.arguments.items()}
    return _filled(worded.command or "", quoted, str.upper)


def _as_python(worded: Worded, remedy: Remedy) -> str:
    # What has a unit in its name is a number.
    values = {name: value if name.endswith("_s") else repr(value) for name, value in remedy.arguments.items()}
    return _filled(worded.method or "", values, str)


def _filled(template: str, values: Mapping[str, str], unknown: Callable[[str], str]) -> str:
    def kept_if_known(part: re.Match[str]) -> str:
        return part[1] if values.keys() >= set(_PLACE.findall(part[1])) else ""

    text = _OPTIONAL.sub(kept_if_known, template)
    return _PLACE.sub(lambda place: values.get(place[1], unknown(place[1])), text)


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about an error. text: for the command line. remedies: those the text names, in order."""

    text: str
    remedies: tuple[Remedy, ...] = ()

    @classmethod
    def of(cls, words: str, *parts: "Remedy | Fix") -> "Fix":
        """Insert remedies, or other fixes with theirs, at the `{}` of a text.

        words: a literal of ours; others' text must come as a `Fix`, since it may contain braces.
        Raises ValueError unless there are as many `{}` as parts.
        """
        fixes = [Fix(by_command(part), (part,)) if isinstance(part, Remedy) else part for part in parts]
        first, *rest = words.split("{}")
        if len(rest) != len(fixes):
            raise ValueError(words)
        text = first + "".join(fix.text + after for fix, after in zip(fixes, rest, strict=True))
        return cls(text, tuple(remedy for fix in fixes for remedy in fix.remedies))

    def __str__(self) -> str:
        return self.text

    def by(self, wording: Wording) -> str:
        """Return the text with its remedies worded in another way."""
        worded, left = "", self.text
        # From left to right, each searched behind the one before: two remedies may be worded alike.
        for remedy in self.remedies:
            before, command, after = left.partition(by_command(remedy))
            if command:
                worded, left = worded + before + wording(remedy), after
        return worded + left

    def redacted(self) -> "Fix":
        """Copy it without secrets."""
        return Fix(redact_text(self.text), tuple(remedy.redacted() for remedy in self.remedies))
