"""The balancing of a pool by prompts: what Envoy needs for it is kept and named apart."""

from portway.adapters.envoy.bootstrap import _STAT_PREFIXES
from portway.core import model, render
from portway.core.render import pooled
from portway.core.schema import Schema

KEY = model.ClusterKey("InferencePool", "shop", "llama", 0, model.Protocol.HTTP1)


def test_a_pool_has_statistics_and_no_other_backend_has(schema: Schema) -> None:
    found = render.cluster(model.Cluster(KEY, hashed=True))
    assert schema.violations("envoy.config.cluster.v3.Cluster", found) == ()
    assert found["lb_policy"] == "RING_HASH"
    assert f"cluster.{found['alt_stat_name']}".startswith(f"cluster.{pooled.STATISTICS}")
    assert f"cluster.{pooled.STATISTICS}" in _STAT_PREFIXES
    assert found["common_lb_config"]["healthy_panic_threshold"] == {"value": 0}
    other = render.cluster(model.Cluster(KEY, picked=True))
    assert "alt_stat_name" not in other
    assert "lb_policy" not in other


def test_two_pools_never_count_together() -> None:
    names = {
        str(pooled.balancing(KEY._replace(name=name, namespace=space))["alt_stat_name"])
        for name in ("a", "b")
        for space in ("x", "y")
    }
    assert len(names) == 4
