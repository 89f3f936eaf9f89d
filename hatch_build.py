"""Metadata that a release alone knows: where the project lives, and a README whose links work away from it.

A build reads the address from PRESSROOM_REPOSITORY, as `make release` sets it; without it the links stay as
they are, and the package names no address.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# `[text](target)` and `![text](target)`, where the target is a file of the tree.
_LINK = re.compile(r"(?P<is_picture>!?)\[(?P<text>[^\]]*)\]\((?!https?://|#)(?P<target>[^)\s]+)\)")


def absolute(readme: str, repository: str, version: str) -> str:
    """Return a README whose links and pictures lead to a version of a repository, laid out as GitHub does."""

    def at(link: re.Match[str]) -> str:
        kind = "raw" if link["is_picture"] else "blob"
        return f"{link['is_picture']}[{link['text']}]({repository}/{kind}/v{version}/{link['target']})"

    return _LINK.sub(at, readme).replace("<this repository>", repository)


def urls(repository: str, version: str) -> dict[str, str]:
    """Return the addresses that an index shows beside a package."""
    return {
        "Source": repository,
        "Documentation": f"{repository}/blob/v{version}/docs/README.md",
        "Changelog": f"{repository}/blob/v{version}/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


class ReleaseMetadata(MetadataHookInterface):
    """Adds both to the metadata of pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set `readme` and `urls`, which pyproject.toml declares as dynamic."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = os.environ.get("PRESSROOM_REPOSITORY", "").rstrip("/")
        if repository:
            text = absolute(text, repository, metadata["version"])
            metadata["urls"] = urls(repository, metadata["version"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
