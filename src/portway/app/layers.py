"""Two sources of objects in one core: what counts when both have an object of one name.

The rule: what a file says counts. The API's object is kept and counts again when the file's goes;
what exists by itself counts only where neither has it. Knows names and which source said what.
Must not know kinds, and keeps no object of a file: most objects are in files, and whoever follows
them knows which.
"""

from collections.abc import Callable, Iterable

from portway.core import api

Key = tuple[str, str, str]


class Layers:
    """What the core is told of what the sources say."""

    API, ITSELF = range(2)

    def __init__(self, in_file: Callable[[Key], bool]) -> None:
        """``in_file``: whether a file has the object. It may say so before the file's event is
        taken, or no more before its removal is."""
        self.in_file = in_file
        self._layers: tuple[dict[Key, api.Resource], ...] = ({}, {})
        self._both: set[Key] = set()
        self.contested: list[Key] = []
        """What became or ceased to be an object of both sources since this was last emptied."""

    def files(self, events: Iterable[api.Event]) -> tuple[api.Event, ...]:
        """The events of the files, as the core is to see them."""
        return tuple(self._of_file(event) for event in events)

    def take(self, layer: int, events: Iterable[api.Event]) -> tuple[api.Event, ...]:
        """The events of another source, as the core is to see them."""
        return tuple(found for event in events for found in self._one(layer, event))

    def _of_file(self, event: api.Event) -> api.Event:
        key = (event.kind, event.namespace, event.name)
        if event.object is not None:
            self._contest(key, key in self._layers[self.API])
            return event
        self._contest(key, False)
        return api.Event(*key, self._counting(key))

    def _one(self, layer: int, event: api.Event) -> Iterable[api.Event]:
        key = (event.kind, event.namespace, event.name)
        counted = self._counting(key)
        if event.object is None:
            self._layers[layer].pop(key, None)
        else:
            self._layers[layer][key] = event.object
        if self.in_file(key):
            self._contest(key, key in self._layers[self.API])
            return
        counts = self._counting(key)
        if counts is not counted:
            yield api.Event(*key, counts)

    def _contest(self, key: Key, both: bool) -> None:
        if both is not (key in self._both):
            self._both ^= {key}
            self.contested.append(key)

    def _counting(self, key: Key) -> api.Resource | None:
        """What counts of what is in no file."""
        return next((each[key] for each in self._layers if key in each), None)
