"""The head of a table of virtual hosts.

Knows the settings that hold for all of a table's hosts. The hosts themselves are rendered and
encoded one by one and joined to the head on the wire.
"""

from typing import Any

from portway.core import model
from portway.core.render import names


def route_configuration(table: model.TableKey) -> dict[str, Any]:
    """An envoy.config.route.v3.RouteConfiguration without `virtual_hosts`."""
    return {
        "name": names.table(table),
        # The port in the Host header does not take part in matching (spec: hostnames), and the
        # header itself goes to the backend as it came.
        "ignore_port_in_host_matching": True,
        # A route may name a cluster that is not known (an invalid backend): that share answers
        # 500 and the rest of the table stays.
        "validate_clusters": False,
    }
