"""Access from inside a pod: the service account that Kubernetes mounts into it.

Knows the paths and variables of that contract (Kubernetes: "Accessing the API from a Pod"). Must
not know sockets.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from portway.adapters.kube.access import Access, AccessError, Token, context

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def in_cluster(environ: Mapping[str, str] = os.environ, account: Path = ACCOUNT) -> Access:
    """The API server of the cluster this process runs in. Raises AccessError outside of one."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port:
        raise AccessError(
            "this is no pod (KUBERNETES_SERVICE_HOST is not set); name a file with --kubeconfig"
        )
    if not (account / "token").exists():
        raise AccessError(
            f"there is no token in {account}; the pod needs a service account "
            "(automountServiceAccountToken)"
        )
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    trust = context(authority_file=account / "ca.crt")
    return Access(server, trust, Token(path=account / "token"))
