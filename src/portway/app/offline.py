"""Files to a settled core and back to the files' lines, without a proxy and without a clock.

Composition only: the folder adapter reads, the core settles, analyze judges. What `check`,
`translate` and `explain -f` show is what a running instance would serve, since it is the same
path; only addresses are not assigned.
"""

import os
from dataclasses import dataclass
from datetime import datetime

import msgspec

from portway.adapters.envoy import authorities, binary, descriptors
from portway.adapters.folder.look import Looker
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.store import FolderState
from portway.app.default_class import DEFAULT_CLASS, default_class
from portway.core import api, model
from portway.core.analyze import Issue, analyze, issue
from portway.core.schema import Schema
from portway.core.wiring import Core, CoreView


class Place(msgspec.Struct, frozen=True):
    """Where something is written. `line` counts from 1; 0 is the file as a whole."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Found(msgspec.Struct, frozen=True):
    """An issue and where its object is written; None for an object that is in no file."""

    issue: Issue
    place: Place | None


@dataclass(frozen=True, slots=True)
class Offline:
    """A settled core and what it was made from.

    Attributes:
        core: settled; nothing was acknowledged by a proxy, so nothing counts as programmed.
        schema: Envoy's schema, to decode what the core encoded.
        objects: every valid object, without the GatewayClass that exists by itself.
        places: where each object is written.
        problems: what cannot be used in the files.
        notices: what is ignored in the files.
        unknown: fields that no kind has.
        invalid: objects that are written but cannot be used; `problems` says why.
    """

    core: Core
    schema: Schema
    objects: tuple[api.Resource, ...]
    places: dict[model.ObjectKey, Place]
    problems: tuple[FileProblem, ...]
    notices: tuple[FileProblem, ...]
    unknown: tuple[Issue, ...]
    invalid: frozenset[model.ObjectKey]

    @property
    def view(self) -> CoreView:
        """For explain and analyze."""
        return CoreView(self.core)

    def findings(self, now: datetime | None) -> tuple[Found, ...]:
        """Everything worth telling, objects first; `now` is for certificate dates."""
        issues = (*self.unknown, *analyze(self.view, self.objects, now, self.invalid))
        ordered = sorted(issues, key=Issue.order)
        return (
            *(_of_file("PW001", each) for each in self.problems),
            *(Found(each, self.places.get(each.object)) for each in ordered),
            *(_of_file("PW002", each) for each in self.notices),
        )


def load(paths: tuple[str, ...]) -> Offline:
    """Reads files and folders once and settles a core with them.

    Raises BinaryError or DescriptorError when Envoy's schema cannot be had; never for what is in
    the files.
    """
    state = FolderState()
    looker = Looker(paths, state, None)
    events = looker.look(frozenset())
    schema = Schema(descriptors.load(binary.locate()))
    core = Core(schema, system_authorities=str(authorities.find(os.environ) or ""))
    core.apply(events)
    if not any((each.kind, each.name) == ("GatewayClass", DEFAULT_CLASS) for each in events):
        core.apply([default_class()])
    core.settle()
    _place(core)
    places: dict[model.ObjectKey, Place] = {}
    unknown: list[Issue] = []
    for path, manifest in state.manifests():
        key = model.ObjectKey(*manifest.key)
        places.setdefault(key, Place(path, manifest.line))
        unknown += _unknown_fields(key, manifest.unknown)
    return Offline(
        core=core,
        schema=schema,
        objects=state.objects(),
        places=places,
        problems=(*looker.listing.problems, *state.problems),
        notices=state.notices,
        unknown=tuple(unknown),
        invalid=frozenset(model.ObjectKey(*each) for each in state.invalid),
    )


def _place(core: Core) -> None:
    """Every Gateway where its spec asks to be, else at every address: ports exist, addresses are
    a matter of the machine that will serve them."""
    for _, gateway in list(core.gateways.items()):
        addresses = gateway.wanted_addresses or ("0.0.0.0",)
        core.inputs.placements.set(gateway.key, model.Placement(addresses))
    core.settle()
    if core.reshape(quiet=True):
        core.settle()


def _unknown_fields(key: model.ObjectKey, fields: tuple[str, ...]) -> list[Issue]:
    return [
        issue("PW003", key, field, f"{field} is not a field of {key.kind}: it has no effect")
        for field in fields
    ]


def _of_file(code: str, problem: FileProblem) -> Found:
    about = model.ObjectKey("", "", problem.path)
    place = Place(problem.path, problem.line or 0)
    return Found(issue(code, about, "", problem.message, problem.cure), place)
