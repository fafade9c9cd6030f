"""Files to findings: the mistakes of published guides are named, with file and line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from portway.app import offline
from portway.app.offline import Found

NOW = datetime(2026, 6, 1, tzinfo=UTC)

# What a guide for one platform prints, with its placeholders filled in.
GUIDE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: runai-gateway, namespace: runai}
spec:
  gatewayClassName: portway
  listeners:
  - name: https-cluster-domain
    hostname: runai.mycorp.local
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{name: inference-tls}]}
  - name: https-inference
    hostname: "*.runai-inference.runai.mycorp.local"
    port: 443
    protocol: HTTPS
    tls: {certificateRefs: [{name: inference-tls}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: knative-serving-httproute, namespace: knative-serving}
spec:
  parentRefs: [{name: runai-gateway, namespace: runai}]
  hostnames: ["*.runai-inference.mycorp.local"]
  rules: [{backendRefs: [{name: kourier, port: 80}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: inference-tls, namespace: knative-serving}
type: kubernetes.io/tls
data: {tls.crt: "", tls.key: ""}
"""


def findings(folder: Path, text: str) -> dict[str, list[Found]]:
    (folder / "site.yaml").write_text(text)
    found: dict[str, list[Found]] = {}
    for each in offline.load((str(folder),)).findings(NOW):
        found.setdefault(each.issue.code, []).append(each)
    return found


def test_routes_of_other_namespaces_are_let_in(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, GUIDE)["PW012"]
    assert str(found.place) == f"{tmp_path}/site.yaml:18"
    assert "routes of the Gateway's namespace runai only" in found.issue.message
    assert found.issue.message.endswith("the route is in knative-serving")
    assert "{kubernetes.io/metadata.name: knative-serving}" in found.issue.cure


def test_a_gateway_with_errors_is_not_called_missing(tmp_path: Path) -> None:
    found = findings(tmp_path, GUIDE.replace('"*.runai-inference.runai.', '"*.<INFERENCE>.'))
    (placeholder,) = found["PW001"]
    assert "<INFERENCE>" in placeholder.issue.cure
    (parent,) = found["PW010"]
    assert "which is written, but has errors" in parent.issue.message
    assert parent.issue.cure == "correct Gateway runai/runai-gateway first"


def test_both_hostnames_of_a_mismatch_are_named(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, GUIDE)["PW013"]
    assert "*.runai-inference.mycorp.local fit no listener" in found.issue.message
    assert "https-inference has *.runai-inference.runai.mycorp.local" in found.issue.message


def test_a_secret_in_the_other_namespace_is_found(tmp_path: Path) -> None:
    for found in findings(tmp_path, GUIDE)["PW040"]:
        assert "inference-tls is in namespace knative-serving: copy it to runai" in found.issue.cure


def test_the_curl_form_that_sends_sni_is_printed(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, GUIDE)["PW060"]
    assert found.issue.cure == (
        "curl --resolve runai.mycorp.local:443:ADDRESS https://runai.mycorp.local/"
    )


def test_the_forgotten_wildcard_is_among_the_dns_records(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, GUIDE)["PW061"]
    assert "no other record covers *.runai-inference.mycorp.local" in found.issue.message


def test_a_missing_backend_is_an_error_of_its_route(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, GUIDE)["PW020"]
    assert "kourier" in found.issue.message


SITE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web}
spec:
  gatewayClassName: portway
  listeners: [{name: http, port: 8080, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: web}]
  rules: [{backendRefs: [{name: a, port: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: a, annotations: {portway.dev/endpoints: "127.0.0.1:3000"}}
spec: {ports: [{port: 80}]}
"""


def test_a_good_site_has_nothing_to_say(tmp_path: Path) -> None:
    assert findings(tmp_path, SITE) == {}


def test_equal_routes_name_the_loser(tmp_path: Path) -> None:
    route = SITE.split("---")[1].replace("name: a}", "name: b}")
    (found,) = findings(tmp_path, SITE + "---" + route)["PW051"]
    assert (found.issue.object.name, found.issue.severity) == ("b", "warning")


def test_a_broken_file_and_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [\n")
    (found,) = findings(tmp_path, SITE)["PW001"]
    assert found.place is not None
    assert found.place.path.endswith("broken.yaml")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("port: 8080,", "port: 8080, hostnmae: x,", "PW003"),
        ("kind: Service", "kind: Serivce", "PW002"),
        ("port: 8080,", "port: 80,", "PW062"),
        ("gatewayClassName: portway", "gatewayClassName: kgateway", "PW030"),
        ("parentRefs: [{name: web}]", "parentRefs: [{name: wbe}]", "PW010"),
        ("parentRefs: [{name: web}]", "parentRefs: [{name: web, sectionName: x}]", "PW011"),
        ("[{port: 80}]", "[{port: 81}]", "PW020"),
        (', annotations: {portway.dev/endpoints: "127.0.0.1:3000"}', "", "PW023"),
    ],
)
def test_one_mistake_each(tmp_path: Path, old: str, new: str, code: str) -> None:
    assert old in SITE
    assert code in findings(tmp_path, SITE.replace(old, new))


def test_a_class_of_ones_own_called_portway_is_not_replaced(tmp_path: Path) -> None:
    other = (
        SITE
        + """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: portway}
spec: {controllerName: example.com/other}
"""
    )
    assert "PW031" in findings(tmp_path, other)
