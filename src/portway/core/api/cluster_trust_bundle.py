"""ClusterTrustBundle: CA certificates for a whole cluster, in no namespace (KEP-3257, GEP-5075).

Knows the shape of certificates.k8s.io. Must not know X.509: a text that holds no certificates is a
matter for the status of whoever refers to it.
"""

from typing import ClassVar

from portway.core.api.fields import TrustBundleName
from portway.core.api.meta import ObjectMeta, Resource, Value

CERTIFICATES_GROUP = "certificates.k8s.io"


class TrustBundleMeta(ObjectMeta, frozen=True, kw_only=True):
    """Metadata whose name may have colons: that of a bundle begins with its signer's."""

    name: TrustBundleName


class ClusterTrustBundleSpec(Value, frozen=True, kw_only=True):
    """``trust_bundle`` is PEM text; without a ``signer_name`` anybody may have written it."""

    signer_name: str = ""
    trust_bundle: str = ""


class ClusterTrustBundle(Resource, frozen=True, kw_only=True):
    """Trust anchors that any namespace may refer to."""

    api_version: ClassVar[str] = "certificates.k8s.io/v1"
    kind: ClassVar[str] = "ClusterTrustBundle"

    metadata: TrustBundleMeta
    spec: ClusterTrustBundleSpec
