"""Rules on ClusterTrustBundle.

Knows how name and signer go together. Must not know certificates: an unreadable bundle is told in
the status of whoever refers to it (GEP-5075).
"""

from portway.core.api.cluster_trust_bundle import ClusterTrustBundle
from portway.core.api.validate.rule import Report, Violation, Violations, rule


@rule(
    "trust-bundle-name",
    "begin the name with the signer's, a colon for each slash and one after it, as "
    "example.com:signer:v1 for example.com/signer; without signerName use no colon",
)
def name_of_signer(bundle: ClusterTrustBundle) -> Violations:
    """Who may write a name is decided by its beginning, so that must not lie."""
    signer = bundle.spec.signer_name
    prefix = f"{signer.replace('/', ':')}:"
    if signer and not bundle.name.startswith(prefix):
        return (Violation("metadata.name", f"does not begin with {prefix}"),)
    if not signer and ":" in bundle.name:
        return (Violation("metadata.name", "has a colon, and the bundle has no signerName"),)
    return ()


CLUSTER_TRUST_BUNDLE_RULES = (name_of_signer,)
RULES = CLUSTER_TRUST_BUNDLE_RULES


def check_cluster_trust_bundle(bundle: ClusterTrustBundle, version: str, report: Report) -> None:
    """Every rule of a ClusterTrustBundle."""
    report.apply(CLUSTER_TRUST_BUNDLE_RULES, bundle, "")
