"""kubectl against `portway run`: everything a user of gateways does, each step's result checked.

    python -m tests.clients.kubectl [--alone] [--kubectl PATH] [--versions v0.37.2,v0.20.15]

Without ``--kubectl`` it builds kubectl from its Go module, the newest and an old version; without
Go it says so in one line and does nothing. Exits with 1 if a step gave something else than it
should.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.clients.build_kubectl import build
from tests.clients.served import served
from tests.clients.stepping import Client

GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: portway
  listeners:
  - {name: http, port: 80, protocol: HTTP}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: shop, labels: {app: web}}
spec:
  parentRefs: [{name: web}]
  hostnames: [app.example.com]
  rules:
  - backendRefs: [{name: app, port: 80}]
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: app, namespace: shop}
spec:
  ports:
  - {name: http, port: 80}
"""
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1}
              colour:
                type: string
                default: red
                x-kubernetes-validations: [{rule: "self == oldSelf", message: it stays as it is}]
"""
WIDGET = """
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
spec: {size: 3}
"""


def reading(kubectl: Client) -> None:
    """get in all its forms, describe, explain, events, api-resources."""
    step = kubectl.step
    step("api-resources", "api-resources", has=("httproutes", "gateway.networking.k8s.io/v1"))
    step("api-versions", "api-versions", has="gateway.networking.k8s.io/v1")
    step("get, columns", "get httproutes -n shop", has=("HOSTNAMES", "app.example.com"))
    step("get -o wide", "get gtw -n shop -o wide", has=("CLASS", "portway"))
    step("get -A", "get httproutes -A", has=("NAMESPACE", "shop"))
    step("get -o yaml", "get httproute app -n shop -o yaml", has="kind: HTTPRoute")
    step(
        "get -o json, defaults",
        "get httproute app -n shop -o json",
        check=lambda out: json.loads(out)["spec"]["rules"][0]["backendRefs"][0]["weight"] == 1,
    )
    step(
        "get -o jsonpath",
        "get httproute app -n shop -o 'jsonpath={.spec.hostnames[0]}'",
        check=lambda out: out == "app.example.com",
    )
    step("get -o name", "get httproutes -n shop -o name", has="/app")
    step("get -l", "get httproutes -n shop -l app=web", has="app.example.com")
    step("get -l, none", "get httproutes -n shop -l 'app in (other)'", has="No resources")
    step(
        "get --field-selector",
        "get httproutes -A --field-selector metadata.name=app",
        has="app.example.com",
    )
    step("get --sort-by", "get ns --sort-by .metadata.name", has="default")
    step("get --show-labels", "get httproutes -n shop --show-labels", has="app=web")
    step(
        "get, an older version",
        "get httproutes.v1beta1.gateway.networking.k8s.io -n shop -o yaml",
        has="gateway.networking.k8s.io/v1beta1",
    )
    step("get all", "get all -n shop", has="service/app")
    step("get --raw", "get --raw /readyz", has="ok")
    step("get, not there", "get httproute no -n shop", code=1, has="(NotFound)")
    step("describe httproute", "describe httproute app -n shop", has="app.example.com")
    step("describe service", "describe service app -n shop", has="80/TCP")
    step("describe namespace", "describe ns shop", has="Active")
    step("explain", "explain httproute.spec.rules.matches", has=("FIELDS", "queryParams"))
    step("explain a core kind", "explain service.spec.ports", has="targetPort")
    step("get events", "get events -A", has="No resources")
    if kubectl.minor >= 23:
        step("events", "events -n shop", has="No events found")


def writing(kubectl: Client, folder: Path) -> None:
    """apply, diff, create, replace, edit, patch, label, annotate, wait."""
    step = kubectl.step
    step(
        "apply --dry-run=server",
        "apply --dry-run=server -f -",
        stdin=ROUTE,
        has="created (server dry run)",
    )
    step("a dry run writes nothing", "get httproute app -n shop", code=1)
    step(
        "apply",
        "apply -f -",
        stdin=f"{GATEWAY}---{ROUTE}---{SERVICE}",
        has=("web created", "app created"),
    )
    # kubectl replaces the lists of custom kinds, which have defaults inside: it sends a patch that
    # changes nothing, says "configured" all the same, and the revision tells the truth.
    revision = step(
        "its revision", "get httproute app -n shop -o 'jsonpath={.metadata.resourceVersion}'"
    )
    step("apply again", "apply -f -", stdin=f"{GATEWAY}---{ROUTE}---{SERVICE}", has="app unchanged")
    step(
        "nothing changed",
        "get httproute app -n shop -o 'jsonpath={.metadata.resourceVersion}'",
        check=lambda out: out == revision,
    )
    changed = ROUTE.replace("app.example.com", "new.example.com")
    step("diff", "diff -f -", stdin=changed, code=1, has="new.example.com")
    step("diff, none", "diff -f -", stdin=ROUTE, code=0)
    step("apply a change", "apply -f -", stdin=changed, has="app configured")
    step(
        "generation counts it",
        "get httproute app -n shop -o 'jsonpath={.metadata.generation}'",
        check=lambda out: out == "2",
    )
    step("apply it back", "apply -f -", stdin=ROUTE, has="app configured")
    step(
        "apply a core kind",
        "apply -f -",
        stdin=SERVICE.replace("port: 80", "port: 81"),
        has="app configured",
    )
    step(
        "it is merged",
        "get svc app -n shop -o 'jsonpath={.spec.ports[*].port}'",
        check=lambda out: out == "81",
    )
    step("and back", "apply -f -", stdin=SERVICE, has="app configured")
    wrong = ROUTE.replace("hostnames", "hostname")
    step("an unknown field", "apply -f -", stdin=wrong, code=1, has="hostname")
    invalid = ROUTE.replace("app.example.com", "not_a_host")
    step("an invalid field", "apply -f -", stdin=invalid, code=1, has="spec.hostnames[0]")
    server_side(kubectl)
    patching(kubectl)
    step("label", "label httproute app -n shop tier=one", has="labeled")
    step("label, taken", "label httproute app -n shop tier=two", code=1)
    step("label -", "label httproute app -n shop tier-", check=lambda out: "labeled" in out)
    step("annotate", "annotate httproute app -n shop note=x", has="annotate")
    step(
        "edit",
        "edit httproute app -n shop",
        has="edited",
        EDITOR="sed -i s/app.example.com/edited.example.com/",
        KUBE_EDITOR="",
    )
    step("it is edited", "get httproute app -n shop", has="edited.example.com")
    replaced = folder / "replace.yaml"
    replaced.write_text(ROUTE)
    step("replace", "replace -f", str(replaced), has="replaced")
    step("replace --force", "replace --force -f", str(replaced), has="replaced")
    if kubectl.minor >= 23:
        step(
            "wait for jsonpath",
            "wait '--for=jsonpath={.spec.type}=ClusterIP' svc/app -n shop --timeout=5s",
        )
    status = json.dumps({"status": {"parents": [], "conditions": []}})
    if kubectl.minor >= 24:
        step(
            "patch --subresource",
            "patch httproute app -n shop --type=merge --subresource=status -p",
            status,
            has="patched",
        )


def server_side(kubectl: Client) -> None:
    """apply --server-side: ownership, conflicts, force."""
    step = kubectl.step
    mine = ROUTE.replace("name: app", "name: ssa", 1)
    step("apply --server-side", "apply --server-side -f -", stdin=mine, has="serverside-applied")
    theirs = mine.replace("app.example.com", "their.example.com")
    step(
        "a conflict",
        "apply --server-side --field-manager=other -f -",
        stdin=theirs,
        code=1,
        has='conflict with "kubectl"',
    )
    step(
        "forced",
        "apply --server-side --field-manager=other --force-conflicts -f -",
        stdin=theirs,
        has="serverside-applied",
    )
    show = ("--show-managed-fields",) if kubectl.minor >= 21 else ()
    step(
        "managedFields",
        "get httproute ssa -n shop -o yaml",
        *show,
        has=("manager: other", "operation: Apply"),
    )
    step(
        "diff --server-side",
        "diff --server-side --force-conflicts -f -",
        stdin=mine,
        code=1,
        has="their.example.com",
    )
    step(
        "client side to server side",
        "apply --server-side --force-conflicts -f -",
        stdin=ROUTE,
        has="serverside-applied",
    )
    step("delete it", "delete httproute ssa -n shop", has="deleted")


def patching(kubectl: Client) -> None:
    """The three types of patch."""
    step = kubectl.step
    merge = json.dumps({"metadata": {"labels": {"by": "merge"}}})
    step("patch merge", "patch httproute app -n shop --type=merge -p", merge, has="patched")
    operations = json.dumps([{"op": "add", "path": "/spec/hostnames/-", "value": "b.example.com"}])
    step("patch json", "patch httproute app -n shop --type=json -p", operations, has="patched")
    step(
        "both are there",
        "get httproute app -n shop --show-labels",
        has=("b.example.com", "by=merge"),
    )
    strategic = json.dumps({"spec": {"ports": [{"port": 443, "name": "https"}]}})
    step("patch strategic", "patch svc app -n shop -p", strategic, has="patched")
    step(
        "items are merged",
        "get svc app -n shop -o 'jsonpath={.spec.ports[*].port}'",
        check=lambda out: sorted(out.split()) == ["443", "80"],
    )
    step(
        "strategic is for core kinds",
        "patch httproute app -n shop --type=strategic -p",
        merge,
        code=1,
    )
    bad = json.dumps([{"op": "test", "path": "/spec/hostnames/0", "value": "no"}])
    step("a test fails", "patch httproute app -n shop --type=json -p", bad, code=1)


def creating(kubectl: Client) -> None:
    """create, whose newer versions send protobuf for core kinds."""
    step = kubectl.step
    step("create ns", "create ns shop", has="created")
    step("create ns, taken", "create ns shop", code=1, has="(AlreadyExists)")
    step("create secret", "create secret generic key -n shop --from-literal=a=b", has="created")
    step(
        "its data",
        "get secret key -n shop -o 'jsonpath={.data.a}'",
        check=lambda out: out == "Yg==",
    )
    step("create configmap", "create cm conf -n shop --from-literal=a=b", has="created")
    step("create service", "create svc clusterip made -n shop --tcp=80:8080", has="created")
    step("create sa", "create sa robot -n shop", has="created")
    step("create deployment", "create deployment dep -n shop --image=x", has="created")
    step("set image", "set image deployment/dep -n shop x=y", has="updated")
    step("create into nothing", "create cm conf -n nowhere", code=1, has="not found")
    step(
        "create -f",
        "create -f - -n shop",
        stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: some-}\n",
        has="/some-",
    )


def deleting(kubectl: Client) -> None:
    """Definitions of kinds, deletes, finalizers, owners, a namespace that drains."""
    step = kubectl.step
    step("apply a definition", "apply -f -", stdin=CRD, has="created")
    step(
        "wait for it",
        "wait --for=condition=Established crd/widgets.example.com --timeout=5s",
        has="condition met",
    )
    step("apply its kind", "apply -f -", stdin=WIDGET, has="created")
    step("its columns", "get widgets -n shop", has=("SIZE", "3"))
    step(
        "its default",
        "get wd one -n shop -o 'jsonpath={.spec.colour}'",
        check=lambda out: out == "red",
    )
    step("its rules", "apply -f -", stdin=WIDGET.replace("3", "0"), code=1, has="spec.size")
    colour = json.dumps({"spec": {"colour": "blue"}})
    step(
        "its rules in CEL",
        "patch wd one -n shop --type=merge -p",
        colour,
        code=1,
        has=("spec.colour", "it stays as it is"),
    )
    step("explain it", "explain widget.spec", has="colour")
    stray = json.dumps({"spec": {"stray": 1}})
    step("what it does not know", "patch wd one -n shop --type=merge -p", stray)
    step(
        "is pruned",
        "get wd one -n shop -o json",
        check=lambda out: "stray" not in json.loads(out)["spec"],
    )
    lost = CRD.replace("self == oldSelf", "nonsense(self)")
    step("a rule that is lost", "apply -f -", stdin=lost, has="'nonsense(self)' at spec.colour")
    held = json.dumps({"metadata": {"finalizers": ["example.com/hold"]}})
    step("hold", "patch wd one -n shop --type=merge -p", held, has="patched")
    step("delete what is held", "delete wd one -n shop --wait=false", has="deleted")
    step(
        "it is still there",
        "get wd one -n shop -o 'jsonpath={.metadata.deletionTimestamp}'",
        has="T",
    )
    free = json.dumps({"metadata": {"finalizers": None}})
    step("let go", "patch wd one -n shop --type=merge -p", free, has="patched")
    step("it is gone", "get wd one -n shop", code=1, has="(NotFound)")
    step("delete the definition", "delete crd widgets.example.com", has="deleted")
    step("delete -l", "delete httproutes -n shop -l app=web", has="deleted")
    step("delete -f", "delete -f -", stdin=GATEWAY, has="deleted")
    step("delete --all", "delete cm --all -n shop", has="deleted")
    step("delete ns", "delete ns shop", has="deleted")
    step("it has drained", "get ns shop", code=1, has="(NotFound)")
    step("what is refused", "get --raw /apis/batch/v1/jobs", code=1, has="(NotFound)")


def from_files(kubectl: Client, folder: Path) -> None:
    """What is in the folder that `portway run` follows."""
    step = kubectl.step
    document = ROUTE.replace("name: app,", "name: filed,", 1)
    file = folder / "manifests" / "filed.yaml"
    file.write_text(document)
    for _ in range(100):
        if kubectl.run("get", "httproute", "filed", "-n", "shop")[0] == 0:
            break
        time.sleep(0.05)
    step("what is in a file", "get httproute filed -n shop", has="app.example.com")
    managed = "get httproute filed -n shop -o yaml" + " --show-managed-fields" * (
        kubectl.minor >= 21
    )
    step("who manages it", managed, has="manager: folder")
    step("it is in a file", "annotate httproute filed -n shop a=b", code=1, has="filed.yaml:")
    step("delete it there", "delete httproute filed -n shop", code=1, has="change it there")
    file.unlink()
    for _ in range(100):
        if kubectl.run("get", "httproute", "filed", "-n", "shop")[0]:
            break
        time.sleep(0.05)
    step("it is gone with it", "get httproute filed -n shop", code=1, has="(NotFound)")


def watching(kubectl: Client) -> None:
    """get -w shows a change while it runs."""
    kubectl.steps += 1
    command = [str(kubectl.program), "get", "cm", "-n", "shop", "-w", "--output-watch-events"]
    watch = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=kubectl.environment)
    time.sleep(1.5)
    kubectl.run("create", "cm", "seen", "-n", "shop", "--from-literal=a=b")
    kubectl.run("delete", "cm", "seen", "-n", "shop")
    time.sleep(1)
    watch.terminate()
    output = watch.communicate(timeout=10)[0]
    good = re.search(r"ADDED +seen", output) and re.search(r"DELETED +seen", output)
    if not good:
        kubectl.failures.append(f"get -w:\n{output}")
    print(f"  {'ok  ' if good else 'FAIL'} get -w", flush=True)


def drive(program: Path, *, alone: bool) -> list[str]:
    """Every step with one kubectl. Returns the failures."""
    with served(alone=alone) as (kubeconfig, folder):
        kubectl = Client(program, kubeconfig)
        print(f"{program} (1.{kubectl.minor})")
        creating(kubectl)
        writing(kubectl, folder)
        reading(kubectl)
        watching(kubectl)
        if not alone:
            from_files(kubectl, folder)
        deleting(kubectl)
    failed = len(kubectl.failures)
    print(f"{kubectl.steps - failed} passed, {failed} failed")
    return kubectl.failures


def main() -> int:
    """Drive each kubectl."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kubectl", action="append", type=Path, default=[])
    parser.add_argument("--alone", action="store_true", help="the API without the gateway")
    parser.add_argument("--versions", default="v0.37.2,v0.20.15")
    options = parser.parse_args()
    programs = list(options.kubectl)
    for version in [] if programs else options.versions.split(","):
        built = build(version)
        if built is None:
            print("kubectl is not driven: Go, which would build it, is not here")
            return 0
        programs.append(built)
    failures = [failure for program in programs for failure in drive(program, alone=options.alone)]
    print("\n".join(failures))
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
