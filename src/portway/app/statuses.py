"""The statuses of all objects, with the times at which their conditions changed.

The core compares statuses without time; here `lastTransitionTime` is added, and kept for as long
as a condition's status stays the same (Kubernetes API conventions, typical status properties).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portway.core import model

Status = dict[str, Any]


class Statuses:
    """All current statuses. `now` gives RFC 3339 text in UTC."""

    def __init__(self, now: Callable[[], str]) -> None:
        self._now = now
        self._held: dict[model.ObjectKey, Status] = {}

    def update(self, changed: Mapping[model.ObjectKey, Status | None]) -> int:
        """Take over changed statuses; returns how many really differ from what was held."""
        written = 0
        for key, status in changed.items():
            if status is None:
                written += self._held.pop(key, None) is not None
                continue
            timed = _with_times(status, self._held.get(key), self._now())
            if timed != self._held.get(key):
                self._held[key] = timed
                written += 1
        return written

    def get(self, key: model.ObjectKey) -> Status | None:
        return self._held.get(key)

    def items(self) -> Iterator[tuple[model.ObjectKey, Status]]:
        return iter(sorted(self._held.items()))


def _with_times(value: Any, before: Any, now: str) -> Any:
    """`value` with a time in every condition, taken from `before` where the status is equal."""
    if isinstance(value, list):
        return [_with_times(v, _twin(v, before, i), now) for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if "type" in value and "reason" in value and "status" in value:
        same = isinstance(before, dict) and before.get("status") == value["status"]
        time = before.get("lastTransitionTime", now) if same else now
        return {**value, "lastTransitionTime": time}
    old = before if isinstance(before, dict) else {}
    return {name: _with_times(v, old.get(name), now) for name, v in value.items()}


def _twin(value: Any, before: Any, index: int) -> Any:
    """The entry of the old list that speaks of the same thing: same type, name or parentRef."""
    if not isinstance(before, list):
        return None
    if isinstance(value, dict):
        for mark in ("type", "name", "parentRef"):
            if mark in value:
                return next(
                    (b for b in before if isinstance(b, dict) and b.get(mark) == value[mark]),
                    None,
                )
    return before[index] if index < len(before) else None
