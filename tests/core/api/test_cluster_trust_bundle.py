"""A ClusterTrustBundle: in no namespace, and with colons in its name."""

import pytest

from portway.core import api


def decoded(name: str, version: str = "v1") -> api.Resource:
    return api.decode(
        {
            "apiVersion": f"certificates.k8s.io/{version}",
            "kind": "ClusterTrustBundle",
            "metadata": {"name": name},
            "spec": {"signerName": "example.com/signer", "trustBundle": "PEM"},
        }
    )


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_every_version_is_read(version: str) -> None:
    found = decoded("example.com:signer:v1", version)
    assert isinstance(found, api.ClusterTrustBundle)
    assert found.spec == api.ClusterTrustBundleSpec(
        signer_name="example.com/signer", trust_bundle="PEM"
    )
    assert (found.namespace, found.api_version) == ("", "certificates.k8s.io/v1")


@pytest.mark.parametrize("name", ["example.com:signer:V1", "example.com:signer:", "a::b", "a b"])
def test_names_are_subdomains_with_colons_between(name: str) -> None:
    with pytest.raises(api.InvalidResource):
        decoded(name)
