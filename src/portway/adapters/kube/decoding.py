"""Objects of an API server into the core's values.

Knows what is dropped before anything is made of it, and that a list's items do not say their kind.
Must not know what a kind means. What the server has accepted may still break a rule of ours (its
CRDs may be older): then nothing is made of it.
"""

from typing import Any, Final

import msgspec

from portway.adapters.kube.discovery import Served
from portway.core import api

_LARGE: Final = ("managedFields", "ownerReferences", "finalizers")
# Changes with every status, ours among them: an object that is otherwise as it was is no other one,
# and what the proxy has refused of it is not to be tried again.
_REVISION: Final = "resourceVersion"
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def resource_of(raw: msgspec.Raw, served: Served) -> api.Resource:
    """The value. Raises api.InvalidResource."""
    document: dict[str, Any] = msgspec.json.decode(raw)
    document["apiVersion"], document["kind"] = served.api_version, served.kind
    metadata = document.get("metadata") or {}
    for name in (*_LARGE, _REVISION):
        metadata.pop(name, None)
    # A copy of the object in text, which nothing here reads.
    (metadata.get("annotations") or {}).pop(_LAST_APPLIED, None)
    return api.decode(document)
