"""Lists in order of time, paged by bisection: a page costs the same in a long list as in a short one."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
Key = tuple[float, int]
_AFTER_ALL = 1 << 62  # a number that no item of the same moment has


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The requested part of a list. `since` and `until` are unix seconds, both inclusive."""

    limit: int
    after: Key | None = None
    before: Key | None = None
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[ItemT]):
    """One page of a list, newest first, and whether there is more on either side."""

    items: list[ItemT]
    keys: list[Key]
    has_older: bool
    has_newer: bool


@dataclass(slots=True)
class Shelf(Generic[ItemT]):
    """A list in order of time, stored oldest first; pages are newest first."""

    # Beside the items, since bisect and insort search a list of keys without a function call per step.
    keys: list[Key] = field(default_factory=list[Key])
    items: list[ItemT] = field(default_factory=list[ItemT])

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[ItemT]:
        """Newest first."""
        return reversed(self.items)

    def add(self, key: Key, item: ItemT) -> None:
        """Insert an item at its place in time."""
        # Nearly everything arrives in order; posts by hand and restored states may not.
        if not self.keys or key > self.keys[-1]:
            self.keys.append(key)
            self.items.append(item)
            return
        insort(self.keys, key)
        self.items.insert(bisect_left(self.keys, key), item)

    def remove(self, key: Key) -> None:
        """Remove the item with this key, if it is there."""
        place = bisect_left(self.keys, key)
        if place < len(self.keys) and self.keys[place] == key:
            del self.keys[place], self.items[place]

    def made_by(self, until: float) -> int:
        """Count the items of a moment and before it."""
        return bisect_right(self.keys, (until, _AFTER_ALL))

    def where(self, is_wanted: Callable[[ItemT], bool]) -> "Shelf[ItemT]":
        """Give a shelf of the wanted items only. It walks the whole list: for short ones."""
        wanted = [place for place, item in enumerate(self.items) if is_wanted(item)]
        return Shelf([self.keys[place] for place in wanted], [self.items[place] for place in wanted])

    def cut(self, window: Window, *, deepest: int | None = None, newest: float | None = None) -> Slice[ItemT]:
        """Cut one page. `deepest`: how many items the list reaches back; `newest`: the latest time listed.

        A cursor stays valid when its own item is gone, since it is compared and not looked up.
        """
        low = 0 if deepest is None else max(0, len(self.keys) - deepest)
        high = len(self.keys)
        if window.since is not None:
            low = max(low, bisect_left(self.keys, (window.since, 0)))  # before every item of that moment
        end = min(x for x in (window.until, newest, float("inf")) if x is not None)
        if end != float("inf"):
            high = bisect_right(self.keys, (end, _AFTER_ALL))  # after every item of that moment
        return self._between(window, low, max(low, high))

    def _between(self, window: Window, low: int, high: int) -> Slice[ItemT]:
        start, stop = low, high
        # Pages run from new to old: `after` a cursor are the older items, to its left in the list.
        if window.after is not None:
            stop = max(low, min(high, bisect_left(self.keys, window.after)))
        if window.before is not None:
            start = min(stop, max(low, bisect_right(self.keys, window.before)))
            stop = min(stop, start + window.limit)
        start = max(start, stop - window.limit)
        return Slice(self.items[start:stop][::-1], self.keys[start:stop][::-1], start > low, stop < high)
