"""The statuses of all objects, with the times at which their conditions changed.

The core compares statuses without time; here `lastTransitionTime` is added, and kept for as long
as a condition's status stays the same (Kubernetes API conventions, typical status properties).
A status is kept as the bytes that the core has anyway, and its times beside them: thousands of
documents would be most of what the collector of garbage walks through.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from portway.core import model
from portway.core.controller_name import CONTROLLER
from portway.core.status.condition import TYPES

Status = dict[str, Any]
Held = tuple[bytes, tuple[str, ...]]
"""A status without times, and the times of its conditions in the order they stand there."""

_TIME = "lastTransitionTime"
SHARED = ("parents", "ancestors")
"""Lists in which every controller has entries of its own."""
KINDS = frozenset(
    {
        "GatewayClass",
        "Gateway",
        "ListenerSet",
        "HTTPRoute",
        "GRPCRoute",
        "TLSRoute",
        "TCPRoute",
        "UDPRoute",
        "BackendTLSPolicy",
        "XBackend",
        "XBackendTrafficPolicy",
        "InferencePool",
    }
)
"""The kinds that anything is said of. No role needs more of the others than to read their lists."""


class Statuses:
    """All current statuses. `now` gives RFC 3339 text in UTC."""

    def __init__(self, now: Callable[[], str]) -> None:
        self._now = now
        self._held: dict[model.ObjectKey, Held] = {}
        self._alike: tuple[str, ...] = ()
        self.changed: Callable[[Iterable[model.ObjectKey]], None] = lambda _: None
        """Called with the objects whose statuses changed."""

    def update(self, changed: Mapping[model.ObjectKey, bytes | None]) -> int:
        """Take over changed statuses (JSON without times); returns how many really differ from
        what was held."""
        written: list[model.ObjectKey] = []
        now = self._now() if changed else ""
        for key, status in changed.items():
            held = self._held.get(key)
            if status is None:
                if self._held.pop(key, None) is not None:
                    written.append(key)
            elif held is None or held[0] != status:
                self._held[key] = (status, self._times(status, held, now))
                written.append(key)
        if written:
            self.changed(written)
        return len(written)

    def get(self, key: model.ObjectKey) -> Status | None:
        held = self._held.get(key)
        return None if held is None else _document(held)

    def items(self) -> Iterator[tuple[model.ObjectKey, Status]]:
        return ((key, _document(held)) for key, held in sorted(self._held.items()))

    def _times(self, status: bytes, held: Held | None, now: str) -> tuple[str, ...]:
        before = None if held is None else _document(held)
        timed = _with_times(msgspec.json.decode(status), before, now)
        times = tuple(each[_TIME] for each in _conditions(timed))
        # Most statuses of a moment share their times, so they share the tuple.
        if times != self._alike:
            self._alike = times
        return self._alike


def _document(held: Held) -> Status:
    document: Status = msgspec.json.decode(held[0])
    for each, time in zip(_conditions(document), held[1], strict=True):
        each[_TIME] = time
    return document


def _conditions(value: Any) -> Iterator[Status]:
    """Every condition of a document, in the order in which they stand there."""
    if isinstance(value, list):
        for each in value:
            yield from _conditions(each)
    elif isinstance(value, dict):
        if _is_condition(value):
            yield value
        else:
            for each in value.values():
                yield from _conditions(each)


def _is_condition(value: Status) -> bool:
    return "type" in value and "reason" in value and "status" in value


def with_times_of(status: Status, before: Status) -> Status:
    """A status with the times of an earlier one, in every condition whose status is equal."""
    found: Status = _with_times(status, before, None)
    return found


def merged(status: Status | None, before: Status, controller: str = CONTROLLER) -> Status:
    """What should stand in an object of which we say this, or nothing any more, given what stands
    there: entries and conditions of others stay, ours that we say no more go, and a condition that
    is as it was keeps its time (a control plane that was started again has forgotten since when;
    the object has not). ``controller`` is our name in entries."""
    if status is None:
        # Of what is shared our part goes. The rest is of kinds that we never say anything of, Pods
        # and Services, whose status is somebody else's.
        status = {name: [] for name in SHARED if name in before}
        if not status:
            return before
    for name in SHARED:
        others = [each for each in before.get(name, ()) if not _is_of(each, controller)]
        if others and name in status:
            status = {**status, name: [*others, *status[name]]}
    return with_foreign_of(with_times_of(status, before), before)


def applied(
    status: Status | None, before: Status, controller: str = CONTROLLER
) -> tuple[Status, Status]:
    """`merged`, and what has to be applied for it by server-side apply: lists of parents and
    ancestors whole, since they are atomic, and of anything else what is ours alone. Conditions of
    others would be ours as well if we applied them, and stay when their owner takes them away."""
    found = merged(status, before, controller)
    if status is None or any(name in found for name in SHARED):
        return found, found
    return found, with_times_of(status, before)


def _is_of(entry: object, controller: str) -> bool:
    return isinstance(entry, dict) and entry.get("controllerName") == controller


def with_foreign_of(status: Status, before: Status) -> Status:
    """A status with the conditions of an earlier one that are of no type of ours, on the object
    and on its listeners: whoever wrote them has to take them away (spec: `status.conditions`)."""
    found = _with_foreign(status, before)
    if "listeners" not in found:
        return found
    old = {each.get("name"): each for each in before.get("listeners", ())}
    listeners = [_with_foreign(each, old.get(each["name"], {})) for each in found["listeners"]]
    return {**found, "listeners": listeners}


def _with_foreign(value: Status, before: Status) -> Status:
    foreign = [each for each in before.get("conditions", ()) if each["type"] not in TYPES]
    if not foreign or "conditions" not in value:
        return value
    return {**value, "conditions": [*value["conditions"], *foreign]}


def _with_times(value: Any, before: Any, now: str | None) -> Any:
    """`value` with a time in every condition, taken from `before` where the status is equal;
    without `now` a condition that changed keeps its own."""
    if isinstance(value, list):
        return [_with_times(v, _twin(v, before, i), now) for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if _is_condition(value):
        same = isinstance(before, dict) and before.get("status") == value["status"]
        changed = value.get(_TIME, "") if now is None else now
        return {**value, _TIME: before.get(_TIME, changed) if same else changed}
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
