"""Differences between readings, per change."""

import pytest
import yaml

from bench.footprint import Reading, _gateway, _growth, _routes, cost, samples


def test_a_change_costs_what_was_spent_by_their_number() -> None:
    before = Reading(100.0, 1.0, 2.0, 1000.0, 10.0, 5)
    after = Reading(110.0, 1.5, 2.2, 3000.0, 30.0, 15)
    found = cost(before, after, idle=0.01)
    assert found.changes == 10
    assert found.cpu == pytest.approx(0.05)
    assert found.net_cpu == pytest.approx(0.04)
    assert found.proxy_cpu == pytest.approx(0.02)
    assert (found.wire, found.resources) == (200.0, 2.0)


def test_nothing_is_never_less_than_nothing() -> None:
    reading = Reading(0.0, 1.0, 1.0, 1.0, 1.0, 0)
    later = Reading(10.0, 1.0, 1.0, 1.0, 1.0, 0)
    found = cost(reading, later, idle=0.5)
    assert (found.changes, found.net_cpu, found.wire) == (0, 0.0, 0.0)


def test_samples_are_lines_that_are_not_comments() -> None:
    assert samples('# TYPE a counter\na{b="c"} 1\n\na_bucket{le="1"} 2\n') == 2


def test_growth_is_that_of_the_second_half() -> None:
    filling = [(float(second), 1000 * second) for second in range(10)]
    flat = [(float(second), 10_000) for second in range(10, 20)]
    assert _growth([*filling, *flat]) == pytest.approx(0.0)
    rising = [(float(second), 5 * second) for second in range(20)]
    assert _growth(rising) == pytest.approx(300.0)


def test_gateways_have_all_listeners_between_them() -> None:
    gateways = [yaml.safe_load(_gateway(number, 70)) for number in range(2)]
    listeners = [each["spec"]["listeners"] for each in gateways]
    assert [len(each) for each in listeners] == [63, 7]
    assert len({each["hostname"] for group in listeners for each in group}) == 70
    # One address for all of them: a port for each Gateway.
    assert len({each["port"] for group in listeners for each in group}) == 2


def test_every_listener_has_its_routes() -> None:
    routes = [yaml.safe_load(each) for each in _routes(64, 2)]
    assert len({route["metadata"]["name"] for route in routes}) == 128
    last = routes[-1]["spec"]
    assert last["parentRefs"][0]["name"] == "hosts-1"
    assert last["hostnames"] == ["l63.hosts.example.com"]
