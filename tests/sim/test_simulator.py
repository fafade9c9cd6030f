"""The simulator by itself: each rule it claims to know, on hand-written resources."""

from fractions import Fraction
from typing import Any

import pytest

from tests.sim import hosts, paths
from tests.sim.requests import Call, matches
from tests.sim.simulator import REFUSED, Answer, Simulator

Json = dict[str, Any]
HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."


def manager(table: str) -> Json:
    config = {"@type": f"{HCM}HttpConnectionManager", "rds": {"route_config_name": table}}
    return {"name": "hcm", "typed_config": config}


def closing() -> Json:
    return {"name": "tcp", "typed_config": {"@type": "x/envoy.TcpProxy", "cluster": "none"}}


def address(ip: str, port: int) -> Json:
    return {"socket_address": {"address": ip, "port_value": port}}


def tls_chain(name: str, table: str) -> Json:
    found: Json = {"filters": [manager(table)], "transport_socket": {}}
    return {**found, "filter_chain_match": {"server_names": [name]}} if name else found


def simulator(chains: list[Json], tables: dict[str, list[Json]]) -> Simulator:
    listener = {"address": address("127.0.0.1", 443), "filter_chains": chains}
    routes = [
        {"name": name, "virtual_hosts": [{"domains": ["*"], "routes": found}]}
        for name, found in tables.items()
    ]
    return Simulator([listener], routes, [{"name": "up"}])


def status(code: int) -> Json:
    return {"match": {"prefix": "/"}, "direct_response": {"status": code}}


@pytest.mark.parametrize(
    ("sni", "answer"),
    [
        ("a.com", Answer(status=201)),
        ("A.com", Answer(status=201)),
        ("x.a.com", Answer(status=202)),
        ("y.x.a.com", Answer(status=202)),
        ("closed.a.com", REFUSED),
        ("b.com", REFUSED),
        ("", REFUSED),
        (None, REFUSED),
    ],
)
def test_the_most_specific_server_name_gets_the_connection(sni: str | None, answer: Answer) -> None:
    closed = {"filters": [closing()], "filter_chain_match": {"server_names": ["closed.a.com"]}}
    simulated = simulator(
        [tls_chain("a.com", "one"), tls_chain("*.a.com", "two"), closed],
        {"one": [status(201)], "two": [status(202)]},
    )
    assert simulated.ask(Call(443, "a.com", sni=sni)) == {answer: Fraction(1)}


def test_a_chain_without_names_takes_what_is_left() -> None:
    simulated = simulator([tls_chain("", "one")], {"one": [status(201)]})
    assert simulated.ask(Call(443, "a.com", sni="")) == {Answer(status=201): Fraction(1)}


def test_no_listener_on_the_port_refuses() -> None:
    assert simulator([], {}).ask(Call(80, "a.com")) == {REFUSED: Fraction(1)}


def test_fractions_share_one_random_number() -> None:
    def part(millionths: int, code: int) -> Json:
        fraction = {"default_value": {"numerator": millionths, "denominator": "MILLION"}}
        return {**status(code), "match": {"prefix": "/", "runtime_fraction": fraction}}

    simulated = simulator(
        [{"filters": [manager("t")]}],
        {"t": [part(250_000, 201), part(100_000, 202), part(750_000, 203)]},
    )
    assert simulated.ask(Call(443, "a.com")) == {
        Answer(status=201): Fraction(1, 4),
        Answer(status=203): Fraction(1, 2),
        Answer(status=404): Fraction(1, 4),
    }


def test_weights_and_a_cluster_that_does_not_exist() -> None:
    clusters = [{"name": "up", "weight": 1}, {"name": "gone", "weight": 3}]
    action = {
        "weighted_clusters": {"clusters": clusters},
        "cluster_not_found_response_code": "INTERNAL_SERVER_ERROR",
    }
    route = {"match": {"prefix": "/"}, "route": action}
    answers = simulator([{"filters": [manager("t")]}], {"t": [route]}).ask(Call(443, "a.com"))
    assert answers == {
        Answer(cluster="up", path="/", host="a.com"): Fraction(1, 4),
        Answer(status=500): Fraction(3, 4),
    }


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.com", "a.com"),
        ("A.COM:80", "a.com"),
        ("x.a.com", "*.a.com"),
        ("y.x.a.com", "*.x.a.com"),
        ("b.com", "*"),
    ],
)
def test_domains_go_from_exact_to_any(host: str, domain: str) -> None:
    known = [{"domains": [each]} for each in ("*", "*.a.com", "a.com", "*.x.a.com")]
    assert hosts.choose(known, host) == {"domains": [domain]}


@pytest.mark.parametrize(
    ("match", "path", "expected"),
    [
        ({"path_separated_prefix": "/foo"}, "/foo", True),
        ({"path_separated_prefix": "/foo"}, "/foo/x?q", True),
        ({"path_separated_prefix": "/foo"}, "/foox", False),
        ({"path": "/foo"}, "/foo?q=1", True),
        ({"path": "/foo"}, "/foo/", False),
        ({"safe_regex": {"regex": "/f.o"}}, "/foo?x", True),
        ({"safe_regex": {"regex": "/f.o"}}, "/foo/x", False),
    ],
)
def test_paths_match_without_the_query(match: Json, path: str, expected: bool) -> None:
    assert matches(match, Call(80, "a.com", path)) is expected


def test_a_matcher_without_a_rule_is_refused() -> None:
    with pytest.raises(AssertionError, match="cookies"):
        matches({"prefix": "/", "cookies": []}, Call(80, "a.com"))


@pytest.mark.parametrize(
    ("asked", "path", "moved"),
    [
        ("/a/../b", "/b", False),
        ("/a/..", "/", False),
        ("/a/.", "/a/", False),
        ("//a//b/", "/a/b/", False),
        ("/a//../b", "/a/b", False),
        ("/%61", "/a", False),
        ("/a%20b?x=%2f", "/a%20b?x=%2f", False),
        ("/a%2fb", "/a/b", True),
    ],
)
def test_paths_are_normalised(asked: str, path: str, moved: bool) -> None:
    assert paths.normalise(asked) == (path, moved)
