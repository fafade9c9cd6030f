"""Pools as clusters: parts are localities, and what must be refused is one of them."""

from portway.core import model, render

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
KEY = model.L4Key(GATEWAY, 5432, "TCP")
ROUTE = model.ObjectKey("TCPRoute", "shop", "db")
ONE, OTHER = (model.ClusterKey("Service", "shop", name, 80, "tcp") for name in ("one", "other"))
ENDS = (model.Endpoint("10.0.0.1", 1), model.Endpoint("10.0.0.2", 1))
POOL = model.L4Pool(
    *(KEY, ROUTE, model.Discovery.LISTED),
    (model.EndpointGroup(70, (ONE,), ENDS[:1]), model.EndpointGroup(20, (ONE, OTHER), ENDS[1:])),
    10,
)


def test_each_part_is_a_locality_of_its_weight() -> None:
    made = render.l4_endpoints(POOL)
    assert made["cluster_name"] == "tcp/shop/web/5432"
    parts = [
        (each["locality"]["zone"], each["load_balancing_weight"]) for each in made["endpoints"]
    ]
    assert parts == [
        ("service/shop/one/80/tcp", 70),
        ("service/shop/one/80/tcp+service/shop/other/80/tcp", 20),
        ("refused", 10),
    ]
    (refused,) = made["endpoints"][-1]["lb_endpoints"]
    address = refused["endpoint"]["address"]["socket_address"]
    assert address == {"address": "255.255.255.255", "port_value": 9}


def test_endpoints_say_which_route_they_are_for() -> None:
    for part in render.l4_endpoints(POOL)["endpoints"]:
        for each in part["lb_endpoints"]:
            told = each["metadata"]["filter_metadata"]["portway.dev"]
            assert told == {"route": "tcproute/shop/db/0"}


def test_a_listed_cluster_does_not_depend_on_who_is_in_it() -> None:
    empty = model.L4Pool(KEY, None)
    made = render.l4_cluster(POOL)
    assert made == render.l4_cluster(empty)
    assert made["type"] == "EDS"
    assert made["common_lb_config"]["locality_weighted_lb_config"] == {}
    assert render.l4_endpoints(empty) == {"cluster_name": "tcp/shop/web/5432", "endpoints": []}


def test_names_are_resolved_by_the_cluster_itself() -> None:
    named = model.L4Pool(KEY, ROUTE, model.Discovery.NAMED, POOL.groups, POOL.refused)
    made = render.l4_cluster(named)
    assert made["load_assignment"] == render.l4_endpoints(named)
    config = made["cluster_type"]["typed_config"]
    assert config["dns_lookup_family"] == "V4_PREFERRED"


def test_one_name_alone_is_one_endpoint_with_all_its_addresses() -> None:
    group = model.EndpointGroup(1, (ONE,), (model.Endpoint("db.internal", 5432),))
    alone = model.L4Pool(KEY, ROUTE, model.Discovery.NAMED, (group,))
    config = render.l4_cluster(alone)["cluster_type"]["typed_config"]
    assert config["all_addresses_in_single_endpoint"]
