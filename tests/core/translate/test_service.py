"""The side of a Service that references see."""

from portway.core import api, translate


def service(endpoints: str, revision: str = "1") -> api.Service:
    found = api.decode(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": "app",
                "namespace": "shop",
                "resourceVersion": revision,
                "annotations": {"portway.dev/endpoints": endpoints},
            },
            "spec": {"ports": [{"port": 80, "appProtocol": "kubernetes.io/h2c"}]},
        }
    )
    assert isinstance(found, api.Service)
    return found


def test_endpoints_and_revisions_are_no_part_of_it() -> None:
    one, other = service("127.0.0.1:1"), service("127.0.0.1:2,127.0.0.1:3", "2")
    assert one != other
    assert translate.referred(one) == translate.referred(other)
    assert translate.referred(one).ports[0].app_protocol == "kubernetes.io/h2c"


def test_endpoints_that_cannot_be_read_are() -> None:
    assert translate.referred(service("127.0.0.1:1")).endpoints_problem == ""
    assert translate.referred(service("nowhere")).endpoints_problem != ""
