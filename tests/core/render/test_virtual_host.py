"""Virtual hosts."""

from portway.core import model, render
from portway.core.render.hardening import refusals
from tests.core.render.cases import host, prefix, route, share


def test_routes_stay_in_order() -> None:
    found = render.virtual_host(
        host(route(share("a"), match=prefix("/a")), route(share("b")), domain="*.x.com")
    )
    assert (found["name"], found["domains"]) == ("*.x.com", ["*.x.com"])
    *refused, first, second = found["routes"]
    assert refused == refusals("*.x.com")
    assert (first["match"], second["match"]) == (
        {"path_separated_prefix": "/a"},
        {"prefix": "/"},
    )


def test_only_wildcards_can_be_reached_by_two_hosts() -> None:
    names = [[each["name"] for each in refusals(domain)] for domain in ("x.com", "*.x.com", "*")]
    dots, hosts = "refused/dot-segment-with-parameters", "refused/two-hosts"
    assert names == [[dots], [dots, hosts], [dots, hosts]]


def test_no_routes_is_an_empty_host() -> None:
    assert render.virtual_host(host(domain="x.com"))["routes"] == []


def test_redirects_know_the_port_the_client_sees() -> None:
    redirect = route(redirect=model.Redirect(hostname="y.com"))
    (found,) = render.route_list(host(redirect, port=8080))
    assert found["redirect"]["port_redirect"] == 8080


def test_a_host_of_another_listener_is_misdirected() -> None:
    found = render.virtual_host(model.VirtualHost("x.com", 443, "https", misdirected=True))
    assert found["routes"] == [{"match": {"prefix": "/"}, "direct_response": {"status": 421}}]


def test_many_paths_become_a_tree_and_few_stay_a_list() -> None:
    paths = [route(share("a"), match=prefix(f"/{number}")) for number in range(4)]
    listed = render.virtual_host(host(*paths), tree_from=5)
    assert [each["name"] for each in listed["routes"][:1]] == [
        "refused/dot-segment-with-parameters"
    ]
    grown = render.virtual_host(host(*paths), tree_from=4)
    assert "routes" not in grown
    tree = grown["matcher"]["on_no_match"]["matcher"]["matcher_tree"]
    assert set(tree["prefix_match_map"]["map"]) == {"/", "/0", "/1", "/2", "/3"}


def test_many_routes_for_one_path_are_no_tree() -> None:
    headers = [
        route(share("a"), match=model.Match(headers=(model.HeaderMatch("x", str(number)),)))
        for number in range(9)
    ]
    assert "matcher" not in render.virtual_host(host(*headers), tree_from=2)
