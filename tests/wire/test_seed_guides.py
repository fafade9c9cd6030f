"""Our own guides in docs/guide do what they say, with the manifests that are printed there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.wire import seeds
from tests.wire.harness import http
from tests.wire.harness.certificates import Authority
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway

GUIDE = seeds.EXAMPLES.parent / "docs" / "guide"
HOST = "files.example.com"


def printed(guide: str) -> list[list[Any]]:
    """The YAML blocks of a guide, each as its documents."""
    blocks = re.findall(r"```yaml\n(.*?)```", (GUIDE / guide).read_text(), re.DOTALL)
    return [list(yaml.safe_load_all(block)) for block in blocks]


@pytest.mark.envoy
async def test_the_laptop_guides_site_and_its_https(tmp_path: Path, authority: Authority) -> None:
    """The site answers; with the HTTPS listener and the redirect of the TLS guide it answers
    there, and sends plain HTTP on."""
    (site,) = printed("laptop.md")
    (listener,), _, (redirect,), *_ = printed("tls.md")
    async with Origin("files") as files, Portway(tmp_path) as portway:
        seeds.put(site, "files", files.endpoint)
        portway.write("site", site)
        await seeds.serving(portway, ["default/web"], ["default/files"])
        address = await portway.address("web")
        assert (await seeds.get(f"http://{address}:8080/", host=HOST)).status == 200
        seeds.pick(site, "Gateway")["spec"]["listeners"] += listener
        seeds.pick(site, "HTTPRoute")["spec"]["parentRefs"][0]["sectionName"] = "https"
        secret = authority.certificate(HOST).secret("files-tls")
        portway.write("site", [*site, redirect, secret])
        await seeds.until_listener(portway, "default/web", "https", Programmed="True")
        plain = f"http://{address}:8080/a?b=1"
        await seeds.until_reply(portway, lambda: seeds.get(plain, host=HOST), 301)
        tls = authority.client_context()
        async with http.client(address, tls=tls, follow_redirects=True) as client:
            answer = await client.get(f"http://{HOST}:8080/a?b=1")
            assert str(answer.url) == f"https://{HOST}:8443/a?b=1"
            assert answer.json()["service"] == "files"


def test_the_secret_by_hand_has_the_fields_of_a_secret() -> None:
    (secret,) = printed("tls.md")[1]
    assert (secret["kind"], secret["type"]) == ("Secret", "kubernetes.io/tls")
    assert set(secret["stringData"]) == {"tls.crt", "tls.key"}


@pytest.mark.envoy
async def test_a_clusters_manifests_are_served_with_two_additions(tmp_path: Path) -> None:
    """A List as `kubectl get -o yaml` prints it, a class by its name, and an EndpointSlice."""
    (ours,), (endpoints,) = printed("from-a-cluster.md")
    traces = {"resourceVersion": "7", "managedFields": [{"manager": "kubectl"}], "uid": "a-b"}
    listener = {"name": "http", "port": 8080, "protocol": "HTTP"}
    listener["allowedRoutes"] = {"namespaces": {"from": "All"}}
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "infra", **traces},
        "spec": {"gatewayClassName": "istio", "listeners": [listener]},
        "status": {"addresses": [{"type": "IPAddress", "value": "10.1.2.3"}]},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "app", "namespace": "shop"},
        "spec": {"clusterIP": "10.96.0.1", "selector": {"a": "b"}, "ports": [{"port": 80}]},
    }
    route = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "app", "namespace": "shop"},
        "spec": {
            "parentRefs": [{"name": "web", "namespace": "infra"}],
            "rules": [{"backendRefs": [{"name": "app", "port": 80}]}],
        },
    }
    cluster = {"apiVersion": "v1", "kind": "List", "items": [gateway, service, route]}
    async with Origin("app") as app, Portway(tmp_path) as portway:
        portway.write("cluster", [cluster])
        portway.write("class", [ours])
        await seeds.serving(portway, ["infra/web"], ["shop/app"])
        url = f"http://{await portway.address('web', 'infra')}:8080/"
        await seeds.until_reply(portway, lambda: seeds.get(url), 503)
        seeds.put([endpoints], "app", app.endpoint)
        portway.write("slice", [endpoints])
        await seeds.until_reply(portway, lambda: seeds.get(url), 200, "app")
