"""Peer mode: the same product, with a cluster per rule and nothing but lists."""

import sys
from pathlib import Path

import msgspec
import pytest

from bench import arms, bare, folder
from bench.peer import a_cluster_per_rule, linear, with_lists
from bench.probe import shape_of
from portway.core import model

KEY = model.ClusterKey("Service", "default", "a", 80, model.Protocol.HTTP1)
ROUTE = model.ObjectKey("HTTPRoute", "default", "r")


def rules(name: str = "r") -> model.RouteRules:
    """Two rules with the same backend, one of them with a mirror and with a share of nobody."""
    mirror = model.Mirror(KEY)
    shares = (model.Share(1, KEY, (mirror,)), model.Share(1, None))
    return model.RouteRules(
        ROUTE._replace(name=name),
        "",
        (
            model.Rule(0, (), model.Forward((model.Share(1, KEY),))),
            model.Rule(1, (), model.Forward(shares), (mirror, model.Cors())),
        ),
        (KEY,),
    )


def test_every_rule_has_clusters_of_its_own() -> None:
    found = [a_cluster_per_rule(lambda each: each)(rules(name)) for name in ("r", "s")]
    clusters = [key for each in found for key in each.clusters]
    assert len(set(clusters)) == 4
    assert {key._replace(policy="") for key in clusters} == {KEY}
    first, second = found[0].rules
    own = second.action.shares[0].backend
    assert own in found[0].clusters
    assert first.action.shares[0].backend in found[0].clusters
    assert second.action.shares[1].backend is None
    assert second.filters == (model.Mirror(own), model.Cors())
    assert second.action.shares[0].filters == (model.Mirror(own),)


def test_the_same_rule_has_the_same_cluster_again() -> None:
    per_rule = a_cluster_per_rule(lambda each: each)
    assert per_rule(rules()) == per_rule(rules())


class Sizes(msgspec.Struct, frozen=True):
    scopes_from: int = 300
    tree_from: int = 4
    other: int = 7


def test_no_size_is_large_enough_for_another_shape() -> None:
    assert linear(Sizes()) == Sizes(sys.maxsize, sys.maxsize, 7)


def test_a_core_makes_lists_however_it_is_told_its_defaults() -> None:
    def core(schema: str, defaults: Sizes | None = None, strict: bool = False) -> object:
        return schema, defaults, strict

    made = with_lists(core, Sizes)
    lists = linear(Sizes())
    assert made("s") == made("s", None) == made("s", Sizes()) == ("s", lists, False)
    own = Sizes(other=8)
    assert made("s", strict=True, defaults=own) == ("s", linear(own), True)


def test_defaults_without_these_sizes_are_left_alone() -> None:
    plain = msgspec.defstruct("plain", [("other", int, 7)])
    assert linear(plain()) == plain()


@pytest.mark.envoy
async def test_it_serves_the_same_with_more_clusters(tmp_path: Path) -> None:
    shapes: dict[str, dict[str, int]] = {}
    async with bare.origin(tmp_path) as origin:
        for name in (arms.PORTWAY, arms.PEER):
            where = tmp_path / f"folder-{len(shapes)}"
            folder.site(where, f"{origin.target.address}:{origin.target.port}")
            folder.probe_routes(where, 100)
            async with arms.portway(tmp_path, where, name=name) as running:
                assert running.arm.name == name
                assert 0 < running.ready_seconds <= running.served_seconds
                shapes[name] = await shape_of(running)
    # The control plane's own, and the one Service; or one for each rule that leads anywhere.
    assert shapes[arms.PORTWAY]["clusters"] == 2
    assert shapes[arms.PEER] == {"clusters": 102, "scopes": 0}
