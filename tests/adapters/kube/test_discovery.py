"""Which kinds there are, and in which version they are read."""

import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.discovery import Found, discover
from portway.adapters.kube.failure import ApiFailure
from tests.adapters.kube.cluster import GATEWAY, Cluster
from tests.adapters.kube.test_reflector import ACCESS, QUICK


async def found(cluster: Cluster) -> Found:
    client = Client(ACCESS, QUICK, cluster)
    try:
        return await discover(client)
    finally:
        await client.close()


async def test_the_first_of_our_versions_that_is_served_is_read() -> None:
    cluster = Cluster()
    cluster.kinds[GATEWAY, "v1alpha2"] = ["grpcroutes", "referencegrants", "others"]
    cluster.kinds[GATEWAY, "v1beta1"] = ["httproutes", "referencegrants"]
    served = {each.kind: each for each in (await found(cluster)).served}
    assert served["HTTPRoute"].path == f"/apis/{GATEWAY}/v1/httproutes"
    assert served["ReferenceGrant"].api_version == f"{GATEWAY}/v1beta1"
    assert served["GRPCRoute"].api_version == f"{GATEWAY}/v1alpha2"
    assert served["Secret"] == ("Secret", "v1", "/api/v1/secrets", True)
    assert "TCPRoute" not in served


async def test_versions_that_we_cannot_read_are_told() -> None:
    cluster = Cluster()
    cluster.kinds[GATEWAY, "v1"].remove("httproutes")
    cluster.kinds[GATEWAY, "v3"] = ["httproutes"]
    cluster.kinds["example.com", "v1"] = ["httproutes"]
    answer = await found(cluster)
    assert answer.unreadable == {"HTTPRoute": ("v3",)}
    assert "HTTPRoute" not in {each.kind for each in answer.served}


async def test_without_an_answer_nothing_is_known() -> None:
    cluster = Cluster()
    cluster.broken = True
    with pytest.raises(ApiFailure):
        await found(cluster)
