"""An instance whose objects are a cluster's.

Composition only: the way to the API server, a source of what it has, and the instance that
`portway run` is too. So the same manifests give the same routing from a cluster as from a folder.
"""

import asyncio
import os
import socket
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from portway.adapters.admin import log
from portway.adapters.kube.access import Access, AccessError
from portway.adapters.kube.client import Client
from portway.adapters.kube.extent import Extent
from portway.adapters.kube.in_cluster import in_cluster
from portway.adapters.kube.kubeconfig import default_path, from_kubeconfig
from portway.adapters.listening import authority, host_and_port
from portway.app import standalone
from portway.app.cluster import Candidate, Cluster, Remote
from portway.app.identity import Identity
from portway.app.settings import Settings
from portway.core import infra


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of the cluster.

    Attributes:
        kubeconfig: how to reach it; None: see `access_of`.
        context: of the kubeconfig.
        lease_namespace: where the lease is that lets one of several instances write statuses;
            empty: nothing is written.
        xds: where proxies of each Gateway are served; None: an Envoy of this machine is.
        xds_name: how those proxies call it, and at which port.
        image: of the proxies that are made for each Gateway; empty: none are.
        picker_role: the ClusterRole of pickers that are made for pools; empty: none are.
        namespaces: those that are read; none: all of them.
        gateway_class: name of a GatewayClass to be made where it is missing; empty: none is.
    """

    kubeconfig: Path | None = None
    context: str = ""
    lease_namespace: str = ""
    xds: tuple[str, int] | None = None
    xds_name: str = ""
    image: str = ""
    namespaces: tuple[str, ...] = ()
    gateway_class: str = ""
    picker_role: str = ""


def run(settings: Settings, asked: Asked) -> int:
    """Serve until a signal comes. Returns the exit status: 0, or 2 when it cannot run here."""
    log.set_up(settings.log_level, "json" if settings.log_format == "json" else "text")
    try:
        access = access_of(asked.kubeconfig, asked.context)
    except AccessError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    with standalone.explained() as failure:
        cluster = _cluster(access, asked, settings.controller)
        asyncio.run(standalone.serve(settings, cluster=cluster))
    return failure.status


def _cluster(access: Access, asked: Asked, controller: str) -> Cluster:
    client = Client(access)
    namespace = asked.lease_namespace
    candidate = Candidate(namespace, identity(), asked.gateway_class) if namespace else None
    extent = Extent(asked.namespaces)
    if asked.xds is None:
        return Cluster(client, candidate, None, controller, extent)
    host, port = host_and_port(asked.xds_name)
    made = None
    if asked.image:
        made = infra.Defaults(
            asked.image, authority(host, port), controller, picker_role=asked.picker_role
        )
    remote = Remote(Identity(client, namespace, host), asked.xds, made)
    return Cluster(client, candidate, remote, controller, extent)


def identity() -> str:
    """A name that no other process has: it must never take another's lease for its own."""
    return f"{socket.gethostname()}_{uuid.uuid4()}"


def access_of(
    kubeconfig: Path | None, context: str, environ: Mapping[str, str] = os.environ
) -> Access:
    """The way to the cluster: the file that is named; in a pod its service account, unless a file
    or a context is asked for; else the file that kubectl would use. Raises AccessError."""
    asked = kubeconfig or context or environ.get("KUBECONFIG")
    if not asked and environ.get("KUBERNETES_SERVICE_HOST"):
        return in_cluster(environ)
    path = kubeconfig or default_path(environ)
    return in_cluster(environ) if path is None else from_kubeconfig(path, context)
