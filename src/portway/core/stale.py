"""Which refusals tell nothing new: of versions that were there when an earlier one was acted on.

When a refusal is acted on, whoever is suspected is held, and a version without them follows. But
the version that was current until then may be on its way already (an edit beside the bad one), and
another proxy may yet refuse the first. Both answers come when no suspect is left in what is served:
blamed on that, they would take down what works. Knows resources and versions only.
"""

from collections.abc import Mapping
from typing import Final

from portway.core.delta import Key

_MOST: Final = 1024
"""Versions that are remembered; an answer is late by a few."""


class Stale:
    """The versions that refusals were acted on with."""

    def __init__(self) -> None:
        self._known: dict[tuple[Key, str], None] = {}

    def news(
        self, refused: Mapping[Key, str], current: Mapping[Key, str | None]
    ) -> tuple[Key, ...]:
        """Those of the refused resources that somebody is to blame for now. ``current``: the
        version each has now, None for one that is gone; what is returned is taken for acted on."""
        found = tuple(
            key
            for key, version in refused.items()
            if current[key] == version or (key, version) not in self._known
        )
        for key in found:
            for version in (refused[key], current[key]):
                if version is not None:
                    self._known.pop((key, version), None)
                    self._known[key, version] = None
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return found
