"""Two sources of objects in one core: what counts when both have an object of one name.

The rule: what a file says counts. The API's object is kept and counts again when the file's goes;
what exists by itself counts only where neither has it. Knows names and which source said what.
Must not know kinds.
"""

from collections.abc import Iterable

from portway.core import api

Key = tuple[str, str, str]


class Layers:
    """The objects of each source by layer; the first layer that has an object counts."""

    FILES, API, ITSELF = range(3)

    def __init__(self) -> None:
        self._layers: tuple[dict[Key, api.Resource], ...] = ({}, {}, {})
        self.contested: list[Key] = []
        """What became or ceased to be an object of both sources since this was last emptied."""

    def take(self, layer: int, events: Iterable[api.Event]) -> tuple[api.Event, ...]:
        """The events of one source, as the core is to see them."""
        return tuple(found for event in events for found in self._one(layer, event))

    def in_file(self, key: Key) -> bool:
        """Whether a file has the object."""
        return key in self._layers[self.FILES]

    def _one(self, layer: int, event: api.Event) -> Iterable[api.Event]:
        key = (event.kind, event.namespace, event.name)
        counted = self._counting(key)
        both = self._in_both(key)
        if event.object is None:
            self._layers[layer].pop(key, None)
        else:
            self._layers[layer][key] = event.object
        if self._in_both(key) is not both:
            self.contested.append(key)
        counts = self._counting(key)
        if counts is not counted:
            yield api.Event(*key, counts)

    def _in_both(self, key: Key) -> bool:
        return key in self._layers[self.FILES] and key in self._layers[self.API]

    def _counting(self, key: Key) -> api.Resource | None:
        return next((each[key] for each in self._layers if key in each), None)
