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
from pathlib import Path

from portway.adapters.admin import log
from portway.adapters.kube.access import Access, AccessError
from portway.adapters.kube.client import Client
from portway.adapters.kube.in_cluster import in_cluster
from portway.adapters.kube.kubeconfig import default_path, from_kubeconfig
from portway.app import standalone
from portway.app.cluster import Candidate, Cluster
from portway.app.settings import Settings


def run(
    settings: Settings, kubeconfig: Path | None, context: str, lease_namespace: str = ""
) -> int:
    """Serve until a signal comes. Returns the exit status: 0, or 2 when it cannot run here.

    ``lease_namespace``: where the lease is that lets one of several instances write statuses;
    empty: nothing is written.
    """
    log.set_up(settings.log_level, "json" if settings.log_format == "json" else "text")
    try:
        access = access_of(kubeconfig, context)
    except AccessError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    with standalone.explained() as failure:
        candidate = Candidate(lease_namespace, identity()) if lease_namespace else None
        asyncio.run(standalone.serve(settings, cluster=Cluster(Client(access), candidate)))
    return failure.status


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
