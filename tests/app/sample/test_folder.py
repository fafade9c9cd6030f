"""A folder's loopback endpoints become sample backends; everything else is left alone."""

from pathlib import Path

from portway.app.sample import Answer
from portway.app.sample.folder import sample_backends

MANIFESTS = """
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {portway.dev/endpoints: "127.0.0.1:3001, [::1]:3002, 192.0.2.1:80"}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
ports: [{port: 3003}]
endpoints: [{addresses: [127.0.0.1]}, {addresses: [10.0.0.1]}]
---
apiVersion: v1
kind: Service
metadata: {name: plain}
spec: {ports: [{port: 80}]}
"""


def test_annotations_and_slices_are_found_below_the_folder(tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (below / "site.yaml").write_text(MANIFESTS)
    found = sample_backends(tmp_path, pages=frozenset({"api"}))
    assert [(b.namespace, b.service, b.address, b.port) for b in found] == [
        ("shop", "web", "127.0.0.1", 3001),
        ("shop", "web", "::1", 3002),
        ("default", "api", "127.0.0.1", 3003),
    ]
    assert [b.answer for b in found] == [Answer.ECHO, Answer.ECHO, Answer.PAGE]
    assert len({b.pod for b in found}) == 3


def test_a_single_file_works_and_a_broken_one_does_not_hide_the_others(tmp_path: Path) -> None:
    good = tmp_path / "site.yaml"
    good.write_text(MANIFESTS)
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / ".hidden.yaml").write_text(MANIFESTS.replace("3001", "4001"))
    assert sample_backends(good) == sample_backends(tmp_path)
    assert len(sample_backends(good)) == 3


def test_two_services_at_one_address_are_one_backend(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MANIFESTS)
    (tmp_path / "b.yaml").write_text(MANIFESTS.replace("name: web", "name: other"))
    assert len(sample_backends(tmp_path)) == 3
