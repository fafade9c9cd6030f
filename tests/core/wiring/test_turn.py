"""What a settle is told as, in one piece and in two stages."""

import msgspec

from portway.core import delta, model
from portway.core.schema import Schema
from portway.core.wiring import Core
from portway.core.wiring.turn import NOTHING
from tests.core import site


def names(turn_resources: tuple[delta.Resource | delta.Removed, ...]) -> list[str]:
    return sorted(each.type_url.rsplit(".", 1)[1] for each in turn_resources)


def test_nothing_changed_is_nothing_to_tell(schema: Schema) -> None:
    core = site.core(schema, site.route("a"))
    assert core.settle() is NOTHING
    assert core.settle_configuration() is NOTHING
    assert core.settle_statuses() is NOTHING


def test_configuration_comes_without_statuses_and_statuses_come_after(schema: Schema) -> None:
    core = site.core(schema)
    core.apply([site.route("a")])
    first = core.settle_configuration()
    assert names(first.resources) == ["Cluster", "ClusterLoadAssignment", "RouteConfiguration"]
    assert (first.statuses, first.objects) == ({}, (site.key("HTTPRoute", "a"),))
    assert site.key("HTTPRoute", "a") not in core.statuses()
    second = core.settle_statuses()
    assert (second.resources, second.objects) == ((), ())
    assert set(second.statuses) == {site.key("HTTPRoute", "a"), site.key("Gateway", "web")}
    raw = second.statuses[site.key("HTTPRoute", "a")]
    assert raw is not None
    assert msgspec.json.decode(raw) == core.statuses()[site.key("HTTPRoute", "a")]


def test_statuses_never_run_ahead_of_configuration(schema: Schema) -> None:
    core = site.core(schema)
    core.apply([site.route("a")])
    assert core.settle_statuses() is NOTHING
    assert len(core.settle_configuration().resources) == 3


def test_statuses_come_some_at_a_time_and_all_in_the_end(schema: Schema) -> None:
    core = site.core(schema, *[site.route(f"r{number}") for number in range(20)])
    core.apply([site.service("app", "not an address")])
    core.settle_configuration()
    told: dict[model.ObjectKey, bytes | None] = {}
    while core.graph.stale:
        turn = core.settle_statuses(5)
        assert turn.recomputed <= 5
        told |= turn.statuses
    assert {key.name for key in told} == {f"r{number}" for number in range(20)}


def test_what_is_gone_is_told_as_gone(schema: Schema) -> None:
    core = site.core(schema, site.route("a"))
    core.apply([site.gone("HTTPRoute", "a")])
    turn = core.settle()
    removed = {each.name for each in turn.resources if isinstance(each, delta.Removed)}
    assert removed == {"service/default/app/80/http"}
    assert turn.statuses[site.key("HTTPRoute", "a")] is None


# -- the cost of a change is the size of the change ------------------------------------------


def large(schema: Schema, count: int) -> Core:
    """So many routes, each with a host, a Service and an EndpointSlice of its own, in scopes."""
    made = site.core(
        schema,
        *[site.sliced_service(f"s{number}") for number in range(count)],
        *[site.slice_of(f"s{number}") for number in range(count)],
        *[site.route(f"r{number}", f"s{number}") for number in range(count)],
    )
    made.reshape(quiet=True)
    made.settle()
    return made


CHANGES = (
    site.route("r7", "s7", path="/new"),
    site.route("r7", "s8"),
    site.slice_of("s9", "10.9.9.9"),
    site.route("more", "s9"),
    site.gone("HTTPRoute", "more"),
)


def costs(core: Core) -> list[tuple[list[str], int, int, int]]:
    """Of each change: the types of what is sent, the calls for it, statuses, calls for those."""
    found = []
    for each in CHANGES:
        core.apply([each])
        first = core.settle_configuration()
        second = core.settle_statuses()
        calls = (first.recomputed, len(second.statuses), second.recomputed)
        found.append((names(first.resources), *calls))
    return found


def test_what_a_change_touches_does_not_grow_with_the_site(schema: Schema) -> None:
    small, many = (costs(large(schema, count)) for count in (70, 500))
    assert small == many
    edit, move, flip, add, remove = many
    assert (edit[0], edit[2]) == (["ScopedRouteConfiguration"], 0)
    assert move[0] == ["Cluster", "ClusterLoadAssignment", "ScopedRouteConfiguration"]
    assert flip == (["ClusterLoadAssignment"], 3, 0, 0)
    for each in (add, remove):
        # The route itself, and the Gateway that counts it.
        assert (each[0], each[2]) == (["ScopedRouteConfiguration"], 2)
