"""The balancing of a pool that decides by itself: equal prompts together, none with too much to do.

Knows Envoy's consistent hashing with a bound on the load. Must not know what is hashed
(`filters.prompt`). An endpoint that has a quarter more requests under way than its share is passed
over for the next one on the ring, the same one for equal prompts. Requests without a prompt go
anywhere on the ring, within the same bound.
"""

from typing import Any, Final, TypeAlias

from portway.core import model

Json: TypeAlias = dict[str, Any]

STATISTICS: Final = "pool."
"""How the names of the statistics of such clusters begin, behind `cluster.`"""

MOST: Final = 125
"""Per cent of its share that an endpoint may have under way before it is passed over."""


def balancing(key: model.ClusterKey) -> Json:
    """The Cluster fields that take the place of `lb_policy` and add to `common_lb_config`.

    What all endpoints together have under way Envoy reads from a statistic of the cluster, and
    takes for none where it is not kept: so those of pools have a name by which they are
    (`STATISTICS`).
    """
    return {
        "lb_policy": "RING_HASH",
        "common_lb_config": {"consistent_hashing_lb_config": {"hash_balance_factor": MOST}},
        "alt_stat_name": f"{STATISTICS}{key.namespace}.{key.name}.{key.protocol}",
    }
