"""The official Python client and lightkube against the API.

    python -m tests.clients.python_clients

Installs both into a temporary folder of their own and drives them: typed objects, custom objects,
watches, conflicts, server-side apply, a namespace that drains. Exits with 1 at the first step that
gives something else than it should.
"""

import importlib
import importlib.metadata
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.clients.served import served

GATEWAY = ("gateway.networking.k8s.io", "v1")
ROUTE = {
    "apiVersion": "/".join(GATEWAY),
    "kind": "HTTPRoute",
    "metadata": {"name": "r"},
    "spec": {"rules": [{"backendRefs": [{"name": "svc", "port": 80}]}]},
}


def step(what: str, good: bool) -> None:
    """Say how a step went; end at a bad one."""
    print(f"  {'ok  ' if good else 'FAIL'} {what}", flush=True)
    if not good:
        sys.exit(1)


def until(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true within five seconds."""
    for _ in range(50):
        if condition():
            return True
        time.sleep(0.1)
    return False


def official(kubeconfig: str) -> None:
    """The package `kubernetes`."""
    kubernetes: Any = importlib.import_module("kubernetes")
    client = kubernetes.client
    print(f"kubernetes {kubernetes.__version__}")
    kubernetes.config.load_kube_config(kubeconfig)
    core, custom = client.CoreV1Api(), client.CustomObjectsApi()
    meta = client.V1ObjectMeta
    core.create_namespace(client.V1Namespace(metadata=meta(name="py")))
    secret = client.V1Secret(metadata=meta(name="s"), string_data={"a": "b"})
    core.create_namespaced_secret("py", secret)
    step("a secret", core.read_namespaced_secret("s", "py").data == {"a": "Yg=="})
    spec = client.V1ServiceSpec(ports=[client.V1ServicePort(port=80)])
    service = client.V1Service(metadata=meta(name="svc"), spec=spec)
    service = core.create_namespaced_service("py", service)
    service.spec.ports[0].port = 81
    service = core.replace_namespaced_service("svc", "py", service)
    service = core.patch_namespaced_service("svc", "py", {"metadata": {"labels": {"a": "b"}}})
    step(
        "replace and patch",
        service.metadata.labels == {"a": "b"} and service.spec.ports[0].port == 81,
    )
    place = (*GATEWAY, "py", "httproutes")
    seen: list[tuple[str, str]] = []

    def watch() -> None:
        stream = kubernetes.watch.Watch().stream(
            custom.list_namespaced_custom_object, *place, timeout_seconds=3
        )
        seen.extend((event["object"]["metadata"]["name"], event["type"]) for event in stream)

    watching = threading.Thread(target=watch)
    watching.start()
    time.sleep(1)
    custom.create_namespaced_custom_object(*place, ROUTE)
    custom.patch_namespaced_custom_object(*place, "r", {"metadata": {"labels": {"x": "y"}}})
    route = custom.get_namespaced_custom_object(*place, "r")
    route["metadata"]["resourceVersion"] = "1"
    try:
        custom.replace_namespaced_custom_object(*place, "r", route)
        step("an old version is a conflict", False)
    except client.ApiException as error:
        step("an old version is a conflict", error.status == 409)
    dynamic = kubernetes.dynamic.DynamicClient(client.ApiClient())
    routes = dynamic.resources.get(api_version="/".join(GATEWAY), kind="HTTPRoute")
    applied = {**ROUTE, "metadata": {"name": "ssa"}}
    found = routes.server_side_apply(body=applied, namespace="py", name="ssa", field_manager="me")
    step("server-side apply", found.metadata.name == "ssa")
    custom.delete_namespaced_custom_object(*place, "r")
    watching.join()
    # The gateway writes statuses in between.
    first = [what for name, what in seen if name == "r"]
    step("a watch", (first[0], first[-1]) == ("ADDED", "DELETED") and "MODIFIED" in first[1:-1])
    step("of both", ("ssa", "ADDED") in seen)
    core.delete_namespace("py")

    def names() -> list[str]:
        return [each.metadata.name for each in core.list_namespace().items]

    step("a namespace drains", until(lambda: "py" not in names()))


def light(kubeconfig: str) -> None:
    """The package `lightkube`."""
    lightkube: Any = importlib.import_module("lightkube")
    core: Any = importlib.import_module("lightkube.resources.core_v1")
    generic: Any = importlib.import_module("lightkube.generic_resource")
    meta: Any = importlib.import_module("lightkube.models.meta_v1").ObjectMeta
    print(f"lightkube {importlib.metadata.version('lightkube')}")
    config = lightkube.KubeConfig.from_file(kubeconfig)
    client = lightkube.Client(config=config, field_manager="light")
    client.create(core.Namespace(metadata=meta(name="light")))
    client.create(core.ConfigMap(metadata=meta(name="c", namespace="light"), data={"a": "1"}))
    client.patch(core.ConfigMap, "c", {"data": {"b": "2"}}, namespace="light")
    data = client.get(core.ConfigMap, "c", namespace="light").data
    step("create and patch", data == {"a": "1", "b": "2"})
    kind = generic.create_namespaced_resource(*GATEWAY, "HTTPRoute", "httproutes")
    made = client.create(kind(metadata=meta(name="r", namespace="light"), spec={"rules": [{}]}))
    step("defaults", made.spec["rules"][0]["matches"][0]["path"]["value"] == "/")
    place = meta(name="applied", namespace="light")
    client.apply(kind(metadata=place, spec={"hostnames": ["a.example.com"]}))
    status = client.apply(
        kind.Status(metadata=place, status={"parents": []}), field_manager="status", force=True
    )
    step("apply, and a status", status.status == {"parents": []})
    operation, found = next(iter(client.watch(core.ConfigMap, namespace="light")))
    step("a watch", (operation, found.metadata.name) == ("ADDED", "c"))
    client.delete(core.Namespace, "light")

    def names() -> list[str]:
        return [each.metadata.name for each in client.list(core.Namespace)]

    step("a namespace drains", until(lambda: "light" not in names()))


def main() -> None:
    """Install and drive both."""
    with tempfile.TemporaryDirectory() as packages:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", packages]
        subprocess.run([*command, "kubernetes", "lightkube"], check=True)
        sys.path.insert(0, packages)
        with served(alone=False) as (kubeconfig, _):
            official(str(kubeconfig))
            light(str(kubeconfig))


if __name__ == "__main__":
    main()
