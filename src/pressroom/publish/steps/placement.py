"""One file on its way to Instagram, and the ways that are left when the first one fails."""

from dataclasses import dataclass

from pressroom.core.assets import Rendition
from pressroom.core.protocols import Host
from pressroom.core.ways import Way
from pressroom.graph.limits import CONTAINER_LIFETIME_S, MB
from pressroom.publish.steps.containers import Hosted

# Subcodes of a file that could not be fetched: answers to making a container and, later, in its status.
_NOT_FETCHED = frozenset({2207003, 2207052, 2207076, 2207077})
# Said of clips that Instagram cannot process, and of large ones whose fetch broke off: another way may help.
_PROCESSING_FAILED = 2207082
_LARGE_BYTES = 50 * MB


@dataclass(slots=True)
class Placement:
    """A file as it is given to Instagram: a URL of the user's, or a rendition put up when it is needed.

    owner: the post it is for. ways: those left, best first; none for a URL of the user's.
    """

    host: Host
    file: Rendition | Hosted
    owner: str
    ways: tuple[Way, ...] = ()
    is_inspected: bool = False
    _hosted: Hosted | None = None

    @property
    def is_uploaded(self) -> bool:
        """Whether its bytes are sent rather than fetched."""
        return bool(self.ways) and self.ways[0] is Way.UPLOAD

    async def hosted(self) -> Hosted:
        """Give an address that Instagram can fetch. Raises HostFailed."""
        if isinstance(self.file, Hosted):
            return self.file
        if self.is_uploaded:
            return Hosted(None, self.file.media_type)
        if self._hosted is None:
            url = await self.host.put(
                self.file.path,
                content_type=self.file.content_type,
                lifetime_s=float(CONTAINER_LIFETIME_S),
                way=self.ways[0],
                owner=self.owner,
            )
            self._hosted = Hosted(url, self.file.media_type)
        return self._hosted

    def may_go_another_way(self, subcode: int | None) -> bool:
        """Tell whether what Instagram said means that it could not get the file, and there is another way."""
        return len(self.ways) > 1 and (subcode in _NOT_FETCHED or self._broke_off(subcode))

    def go_another_way(self) -> tuple[Way, Way]:
        """Give up the present way for the next one, and give both."""
        given_up, *left = self.ways
        self.ways, self._hosted, self.is_inspected = tuple(left), None, False
        return given_up, self.ways[0]

    def _broke_off(self, subcode: int | None) -> bool:
        is_large = isinstance(self.file, Rendition) and self.file.size_bytes >= _LARGE_BYTES
        return subcode == _PROCESSING_FAILED and is_large
