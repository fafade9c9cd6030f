"""Rules on references: backends need a port, parents must differ.

Knows the fields of a reference. Must not know whether a target exists.
"""

from collections.abc import Iterator
from typing import TypeAlias

from portway.core.api.reference import BackendObjectReference, ParentReference
from portway.core.api.route import CommonRouteSpec
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

Parent: TypeAlias = tuple[str, str, str, str]


@rule("service-port-required", "add the port of the Service")
def service_port(reference: BackendObjectReference) -> Violations:
    """A Service is reached at one of its ports; other kinds may know their own."""
    if reference.port is None and reference.kind == "Service" and reference.group == "":
        return (Violation(".port", "is missing in a reference to a Service"),)
    return ()


@rule(
    "parent-ref-distinguished",
    "give sectionName (or port) in all references to the same parent, or in none of them",
)
def parents_distinguished(spec: CommonRouteSpec) -> Iterator[Violation]:
    """References to one parent must select its sections by the same means."""
    if len(spec.parent_refs) < 2:
        return
    first: dict[Parent, tuple[bool, bool]] = {}
    for index, ref in enumerate(spec.parent_refs):
        means = (ref.section_name != "", ref.port is not None)
        if first.setdefault(_target(ref), means) != means:
            yield Violation(
                f".parentRefs[{index}]",
                "selects a section of its parent by other means than an earlier reference to it",
            )


@rule("parent-ref-unique", "remove the second reference, or give it another sectionName or port")
def parents_unique(spec: CommonRouteSpec) -> Violations:
    """Each reference must lead somewhere else."""
    if len(spec.parent_refs) < 2:
        return ()
    places = [(_target(ref), ref.section_name, ref.port) for ref in spec.parent_refs]
    return repeated(places, ".parentRefs")


def _target(ref: ParentReference) -> Parent:
    return (ref.group, ref.kind, ref.namespace, ref.name)


BACKEND_RULES = (service_port,)
PARENT_RULES = (parents_distinguished, parents_unique)
RULES = (*BACKEND_RULES, *PARENT_RULES)


def check_parents(spec: CommonRouteSpec, report: Report) -> None:
    """The rules every route kind has for its parents."""
    report.apply(PARENT_RULES, spec, "spec")
