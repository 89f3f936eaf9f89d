"""The table of all operations, in the order in which the reference lists them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from pressroom.api import (
    accounts,
    changes,
    consent,
    insights,
    journal,
    media,
    posts,
    reports,
    system,
    uploads,
)
from pressroom.api.operation import Method, Operation

OPERATIONS: Final = (
    *posts.OPERATIONS,
    *changes.OPERATIONS,
    *uploads.OPERATIONS,
    *media.OPERATIONS,
    *accounts.OPERATIONS,
    *consent.OPERATIONS,
    *insights.OPERATIONS,
    *reports.OPERATIONS,
    *journal.OPERATIONS,
    *system.OPERATIONS,
)

TAGS: Final[Mapping[str, str]] = {
    "posts": "Plan posts, change them, and see what became of them.",
    "media": "Send files for posts, have them checked, and see what is published.",
    "accounts": "See how accounts stand, and keep their weekly slots.",
    "consent": "See what a program asked for, and what it may do without asking.",
    "insights": "The numbers of what is published, as they are kept, and reports of them.",
    "journal": "Read what was done, and follow what happens.",
    "system": "See how the server stands.",
}
"""What the groups of operations are about."""


def by_path() -> Mapping[str, Mapping[Method, Operation]]:
    """Return the operations of each path, by method."""
    paths = defaultdict[str, dict[Method, Operation]](dict)
    for operation in OPERATIONS:
        paths[operation.path][operation.method] = operation
    return paths
