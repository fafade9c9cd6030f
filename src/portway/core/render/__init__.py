"""From the model to Envoy: plain JSON-form dicts, exactly what an Envoy YAML file accepts.

Knows Envoy 1.40 and nothing of Kubernetes or of the spec's precedence: what comes in is resolved
and in order. Every function is pure and returns fresh dicts that are never changed afterwards.
Names are a contract (`names`).
"""

from portway.core.render import names
from portway.core.render.cluster import cluster
from portway.core.render.endpoints import endpoints
from portway.core.render.hardening import Defaults, refusals
from portway.core.render.l4_chain import tls_chain
from portway.core.render.l4_cluster import l4_cluster, l4_endpoints
from portway.core.render.listener import listener
from portway.core.render.named import reading, readings, turned_on
from portway.core.render.route import routes
from portway.core.render.route_configuration import route_configuration
from portway.core.render.scope import known_host, scope, scope_configuration
from portway.core.render.secret import secret, trust
from portway.core.render.virtual_host import is_tree, route_list, virtual_host

__all__ = [
    "Defaults",
    "cluster",
    "endpoints",
    "is_tree",
    "known_host",
    "l4_cluster",
    "l4_endpoints",
    "listener",
    "names",
    "reading",
    "readings",
    "refusals",
    "route_configuration",
    "route_list",
    "routes",
    "scope",
    "scope_configuration",
    "secret",
    "tls_chain",
    "trust",
    "turned_on",
    "virtual_host",
]
