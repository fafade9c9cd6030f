"""The balancing of a pool with a picker: metadata only, and least requests without an answer."""

import json

from portway.core import model
from portway.core.render.cluster import cluster
from portway.core.render.picked import balancing
from portway.core.schema import Schema

CLUSTER = "envoy.config.cluster.v3.Cluster"
POOL = model.ClusterKey("InferencePool", "a", "llama", 0, "http")


def test_no_header_of_a_request_chooses_an_endpoint() -> None:
    (policy,) = balancing()["load_balancing_policy"]["policies"]
    config = policy["typed_extension_config"]["typed_config"]
    assert [set(each) for each in config["override_host_sources"]] == [{"metadata"}]
    assert "header" not in json.dumps(config["override_host_sources"])
    assert "least_request" in json.dumps(config["fallback_policy"])


def test_only_a_picked_pool_is_balanced_so(schema: Schema) -> None:
    plain, picked = cluster(model.Cluster(POOL)), cluster(model.Cluster(POOL, picked=True))
    assert "load_balancing_policy" not in plain
    assert "lb_policy" not in picked
    assert schema.violations(CLUSTER, schema.encode(CLUSTER, picked)) == ()


def test_a_picker_is_looked_after_and_asked_over_tls() -> None:
    key = model.ClusterKey("Service", "a", "epp", 9002, "picker")
    found = cluster(model.Cluster(key))
    assert found["health_checks"]
    assert "validation_context" not in json.dumps(found["transport_socket"])
    plain = cluster(model.Cluster(key._replace(protocol="picker-h2c")))
    assert plain["health_checks"]
    assert "transport_socket" not in plain
