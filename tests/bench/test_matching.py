"""Hosts with many paths: every path once, and each lane where it says it is."""

from itertools import chain

import yaml

from bench.arms import Arm
from bench.loads import Target
from bench.matching import BARE, BARE_NONE, Site, _lanes, paths_of

ARM = Arm("portway", Target("127.0.0.1", 1, "a.example"), (1,))


def test_every_path_is_in_one_rule_of_one_route() -> None:
    routes = [yaml.safe_load(each) for each in paths_of("many.example.com", "Exact", 100)]
    assert len({route["metadata"]["name"] for route in routes}) == len(routes) == 7
    assert max(len(route["spec"]["rules"]) for route in routes) == 16
    rules = chain.from_iterable(route["spec"]["rules"] for route in routes)
    paths = [rule["matches"][0]["path"] for rule in rules]
    assert [each["value"] for each in paths] == [f"/p/{number:05}" for number in range(100)]
    assert {each["type"] for each in paths} == {"Exact"}


def test_lanes_are_the_first_the_middle_the_last_and_none() -> None:
    lanes = _lanes(ARM, Site(prefix=(1000,)), "")
    assert [(lane.arm.target.path, lane.arm.target.status, lane.base) for lane in lanes] == [
        ("/p/00000", 200, BARE),
        ("/p/00500", 200, BARE),
        ("/p/00999", 200, BARE),
        ("/none", 404, BARE_NONE),
    ]
    assert {lane.arm.target.host for lane in lanes} == {"pathprefix-1000.example.com"}


def test_peer_mode_shows_the_last_only() -> None:
    (lane,) = _lanes(ARM, Site(prefix=(1000,)), "peer mode, ")
    assert lane.name == "peer mode, 1,000 prefixes, last"
    assert lane.arm.target.path == "/p/00999"


def test_sizes_add_up() -> None:
    assert Site(prefix=(1, 10), exact=(5,), hosts=100).routes == 116
