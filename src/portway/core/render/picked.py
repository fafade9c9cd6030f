"""The balancing of a pool that has an endpoint picker.

Knows that the picker's answer is in the request's dynamic metadata, where no client can write.
Must not know who the picker is. Of several endpoints the first that is one of the cluster's is
taken, the next when a try is repeated; without any, it is the one with the fewest requests.
"""

from typing import Any, TypeAlias

from portway.core.filters.endpoint_picker import DESTINATION, METADATA, SERVED

Json: TypeAlias = dict[str, Any]

_TYPE = "type.googleapis.com/envoy.extensions.load_balancing_policies."
_NAME = "envoy.load_balancing_policies."


def balancing() -> Json:
    """The Cluster fields that take the place of `lb_policy`."""
    override = {
        "@type": f"{_TYPE}override_host.v3.OverrideHost",
        "override_host_sources": [{"metadata": _key(DESTINATION)}],
        "selected_host_key": _key(SERVED),
        "fallback_policy": _policy("least_request", {"@type": _least("LeastRequest")}),
    }
    return {"load_balancing_policy": _policy("override_host", override)}


def _least(name: str) -> str:
    return f"{_TYPE}least_request.v3.{name}"


def _key(name: str) -> Json:
    return {"key": METADATA, "path": [{"key": name}]}


def _policy(name: str, config: Json) -> Json:
    extension = {"name": f"{_NAME}{name}", "typed_config": config}
    return {"policies": [{"typed_extension_config": extension}]}
