"""Words remedies as requests of this API; what no request does is a person's, as a command."""

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from pressroom.api.operation import BASE
from pressroom.core.remedies import Remedy, RemedyKind, command_of

_K = RemedyKind
# `{name}` is an argument of the remedy.
_REQUESTS: Final[Mapping[RemedyKind, str]] = {
    _K.ADD_SLOTS: 'POST /accounts/{account}/slots with {{"slots": ["{slots}"]}}',
    _K.APPROVE_AT: 'POST /posts/{post}/release with {{"at": ...}}',
    _K.APPROVE_POST: "POST /posts/{post}/release",
    _K.ASK_BEST_TIME: "GET /insights/best-time",
    _K.CANCEL_POST: "POST /posts/{post}/cancel",
    _K.CUT_CLIP: '"end_s": {end_s}',
    _K.DELETE_MEDIA: "DELETE /posts/{media}",
    _K.EDIT_POST: "PATCH /posts/{post}",
    _K.KEEP_DRAFT: '"draft": true',
    _K.LIST_ACCOUNTS: "GET /accounts",
    _K.LIST_GRANTS: "GET /consents",
    _K.LIST_KEPT_MEDIA: "GET /insights/posts",
    _K.LIST_MEDIA: "GET /media",
    _K.SEARCH_AUDIO: "GET /audio",
    _K.LIST_POSTS: "GET /posts",
    _K.LIST_PROPOSALS: "GET /proposals",
    _K.LIST_SLOTS: "GET /accounts/{account}/slots",
    _K.MOVE_POST: "POST /posts/{post}/move",
    _K.OPEN_AS: '"account": "{account}"',
    _K.PLAN_AGAIN: '"again": true',
    _K.PLAN_LATE: '"late": true',
    _K.PUBLISH_AS: 'POST /posts with {{"kind": "{kind}"}}',
    _K.PULL_INSIGHTS: 'POST /insights/pull with {{"account": "{account}"}}',
    _K.RECONCILE_POST: "POST /posts/{post}/reconcile",
    _K.REPEAT_CLIP: '"loop": true',
    _K.RESCHEDULE_POST: "POST /posts/{post}/reschedule",
    _K.RESOLVE_POST: "POST /posts/{post}/resolve",
    _K.RETRY_AGAIN: 'POST /posts/{post}/retry with {{"again": true}}',
    _K.RETRY_POST: "POST /posts/{post}/retry",
    _K.SALVAGE_CLIP: '"salvage": true',
    _K.SET_CAPTION: '"caption": ...',
    _K.SET_FIT: '"fit": "{fit}"',
    _K.SET_TARGET: '"target": "{target}"',
    _K.SET_TIMEZONE: '"timezone": "{timezone}"',
    _K.SHOW_POST: "GET /posts/{post}",
    _K.SHOW_PROPOSAL: "GET /proposals/{proposal}",
}


class _Arguments(dict[str, str]):
    """The arguments that are known; any other stands as its name."""

    def __missing__(self, name: str) -> str:
        return name.upper()


def by_request(remedy: Remedy) -> str:
    """Word a remedy as a request, or as a member of a body; else as what a person runs."""
    request = _REQUESTS.get(remedy.kind)
    if request is None:
        return f"`{command_of(remedy)}` in a terminal"
    address, *body = request.split(" with ")
    # As each place has it: quoted in an address, and as a text of JSON in a body.
    in_address = _Arguments({name: quote(value, safe="@:") for name, value in remedy.arguments.items()})
    in_body = _Arguments({name: json.dumps(value)[1:-1] for name, value in remedy.arguments.items()})
    if address.startswith('"'):
        return f"`{address.format_map(in_body)}`"
    if remedy.kind is _K.PULL_INSIGHTS and "account" not in remedy.arguments:
        body = []  # without a body the default account is meant
    asked = address.format_map(in_address).replace(" /", f" {BASE}/", 1)
    return " with ".join(f"`{part}`" for part in (asked, *(part.format_map(in_body) for part in body)))
