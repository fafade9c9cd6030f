"""What is made for a Gateway: whose it is, how it is found, which ports it has."""

from typing import Any

from portway.core import api, infra, model

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
UID = "0e4f"


def spec(**infrastructure: Any) -> api.Gateway:
    document: dict[str, Any] = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "gatewayClassName": "portway",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
        },
    }
    if infrastructure:
        document["spec"]["infrastructure"] = infrastructure
    found = api.decode(document)
    assert isinstance(found, api.Gateway)
    return found


def port(number: int, protocol: str, bound: int | None = None) -> model.Port:
    transport = "UDP" if protocol == "UDP" else "TCP"
    key = model.PortKey(GATEWAY, number, transport)
    return model.Port(key, protocol, ("127.80.0.1",), bound or number, ())


def test_both_are_found_by_labels_and_go_with_their_gateway() -> None:
    account, service = infra.objects(spec(), UID, [port(80, "HTTP")])
    assert [account["kind"], service["kind"]] == ["ServiceAccount", "Service"]
    for each in (account, service):
        meta = each["metadata"]
        assert (meta["namespace"], meta["name"]) == ("shop", "web-portway")
        assert meta["labels"] == {infra.GATEWAY_LABEL: "web", infra.CLASS_LABEL: "portway"}
        (owner,) = meta["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["uid"]) == ("Gateway", "web", UID)
        assert owner["controller"]


def test_what_is_asked_for_is_on_both_and_never_in_the_place_of_ours() -> None:
    labels = {"team": "a", infra.GATEWAY_LABEL: "other"}
    asked = spec(labels=labels, annotations={"note": "b"})
    for each in infra.objects(asked, UID, [port(80, "HTTP")]):
        assert each["metadata"]["labels"]["team"] == "a"
        assert each["metadata"]["labels"][infra.GATEWAY_LABEL] == "web"
        assert each["metadata"]["annotations"] == {"note": "b"}


def test_the_first_ports_of_http_and_https_have_the_names_that_are_looked_for() -> None:
    ports = [
        port(8443, "HTTPS"),
        port(80, "HTTP", 10080),
        port(8080, "HTTP"),
        port(9443, "HTTPS"),
        port(53, "TCP"),
        port(53, "UDP"),
    ]
    service = infra.objects(spec(), UID, ports)[1]
    assert [(each["name"], each["port"]) for each in service["spec"]["ports"]] == [
        ("tcp-53", 53),
        ("udp-53", 53),
        ("http2", 80),
        ("http-8080", 8080),
        ("https", 8443),
        ("https-9443", 9443),
    ]
    by_name = {each["name"]: each for each in service["spec"]["ports"]}
    assert (by_name["http2"]["targetPort"], by_name["udp-53"]["protocol"]) == (10080, "UDP")
    assert service["status"]["loadBalancer"]["ingress"] == [{"ip": "127.80.0.1"}]


def test_secrets_are_found_and_go_like_everything_else() -> None:
    found = (infra.credentials(spec(), UID), infra.snapshot(spec(), UID))
    assert [each["name"] for each in found] == ["web-portway-xds", "web-portway-snapshot"]
    for each in found:
        assert each["namespace"] == "shop"
        assert each["labels"][infra.GATEWAY_LABEL] == "web"
        assert each["ownerReferences"][0]["uid"] == UID


def test_a_gateway_that_is_served_nowhere_has_nothing() -> None:
    assert infra.objects(spec(), UID, []) == ()
