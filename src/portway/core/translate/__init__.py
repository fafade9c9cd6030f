"""The spec's semantics: from resources to the model, one pure function per question.

Knows attachment, references, grants, conflicts, isolation and precedence. Must not know the
proxy, the clock or where resources come from: whatever a function needs beside its object it asks
its `World`, and what is wrong comes back as findings.
"""

from portway.core.translate.attach import Route, attach, hostnames
from portway.core.translate.authority import Authorities, read_authorities, trust
from portway.core.translate.backend_tls import tls_policy, tls_policy_findings
from portway.core.translate.certificate import certificate, read_certificate
from portway.core.translate.client_certificate import backends, backends_of_listeners
from portway.core.translate.cluster import cluster, endpoints
from portway.core.translate.external import external
from portway.core.translate.gateway import gateway
from portway.core.translate.gateway_class import gateway_class
from portway.core.translate.hostname import exact
from portway.core.translate.l4_place import (
    base_places,
    claims,
    in_charge,
    l4_findings,
    l4_place,
    l4_waiting,
)
from portway.core.translate.l4_pool import l4_pool
from portway.core.translate.l4_route import l4_route
from portway.core.translate.listener_set import parent_of
from portway.core.translate.model_list import listing
from portway.core.translate.parameters import access_log, parameter_fault, proxy_parameters
from portway.core.translate.pool import (
    ReadyPod,
    pool_findings,
    ready_pod,
    selector,
    selects,
)
from portway.core.translate.pool_uses import PoolUse, pool_uses, pools_named
from portway.core.translate.port import base_hosts, neighbours, ports, scheme, table
from portway.core.translate.reference import Referrer, Target, Unresolved, resolve_ref
from portway.core.translate.referred_pool import ReferredPool, referred_pool, wants_process
from portway.core.translate.route_rules import Ruled, route_rules
from portway.core.translate.service import Referred, referred
from portway.core.translate.session_pool import session_endpoints, session_pools
from portway.core.translate.traffic import traffic_findings, traffic_policy
from portway.core.translate.uses import uses
from portway.core.translate.virtual_host import Rank, contributions, ranked, virtual_host
from portway.core.translate.world import Refused, World

__all__ = [
    "Authorities",
    "PoolUse",
    "Rank",
    "ReadyPod",
    "Referred",
    "ReferredPool",
    "Referrer",
    "Refused",
    "Route",
    "Ruled",
    "Target",
    "Unresolved",
    "World",
    "access_log",
    "attach",
    "backends",
    "backends_of_listeners",
    "base_hosts",
    "base_places",
    "certificate",
    "claims",
    "cluster",
    "contributions",
    "endpoints",
    "exact",
    "external",
    "gateway",
    "gateway_class",
    "hostnames",
    "in_charge",
    "l4_findings",
    "l4_place",
    "l4_pool",
    "l4_route",
    "l4_waiting",
    "listing",
    "neighbours",
    "parameter_fault",
    "parent_of",
    "pool_findings",
    "pool_uses",
    "pools_named",
    "ports",
    "proxy_parameters",
    "ranked",
    "read_authorities",
    "read_certificate",
    "ready_pod",
    "referred",
    "referred_pool",
    "resolve_ref",
    "route_rules",
    "scheme",
    "selector",
    "selects",
    "session_endpoints",
    "session_pools",
    "table",
    "tls_policy",
    "tls_policy_findings",
    "traffic_findings",
    "traffic_policy",
    "trust",
    "uses",
    "virtual_host",
    "wants_process",
]
