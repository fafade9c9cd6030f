"""The examples are whole: every object is valid, every backend has a place, every key is made."""

import re
import shutil
import ssl
from base64 import b64decode
from pathlib import Path

import pytest
import yaml

from examples import make_certificates
from portway.app.sample.folder import sample_backends
from portway.core import api
from tests.wire.harness import http
from tests.wire.harness.handshake import handshake
from tests.wire.harness.origin import Origin

EXAMPLES = Path(make_certificates.__file__).parent
FOLDERS = sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name[0] not in "._")
NAMES = {folder.name for folder in FOLDERS}


def test_the_known_examples_are_there() -> None:
    seeds = {"runai-host-mode", "runai-path-mode", "kserve", "cloud-provider"}
    assert seeds | {"kubernetes-concepts", "quickstart"} <= NAMES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_object_is_valid(folder: Path) -> None:
    kinds = set()
    for document in make_certificates.read(folder):
        if document["kind"] != "Deployment":  # A kind of the guide that is not Portway's.
            api.decode(document)
        kinds.add(document["kind"])
    assert {"Gateway", "HTTPRoute", "Service"} <= kinds


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_backend_of_a_route_has_a_sample(folder: Path) -> None:
    documents = make_certificates.read(folder)
    served = {(backend.namespace, backend.service) for backend in sample_backends(folder)}
    for route in (document for document in documents if document["kind"] == "HTTPRoute"):
        own = route["metadata"].get("namespace", "default")
        for rule in route["spec"]["rules"]:
            for reference in rule["backendRefs"]:
                assert (reference.get("namespace", own), reference["name"]) in served


def test_no_two_examples_wait_for_the_same_port() -> None:
    ports = [backend.port for folder in FOLDERS for backend in sample_backends(folder)]
    assert len(ports) == len(set(ports))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_speaks_of_its_own_folder(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert set(re.findall(r"examples/([a-z-]+)(?![a-z_-])", text)) == {folder.name}
    assert f"portway run examples/{folder.name}" in text


def test_no_key_is_in_the_repository() -> None:
    ignored = (EXAMPLES / ".gitignore").read_text().split()
    made = (make_certificates.SECRETS, make_certificates.AUTHORITY)
    assert {"*" + re.sub(r"^[a-z]+", "", name) for name in made} <= set(ignored)


async def test_made_certificates_serve_the_hosts_of_their_listeners(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "host-mode"
    shutil.copytree(EXAMPLES / "runai-host-mode", folder)
    assert make_certificates.main([str(folder)]) == 0
    assert "Secret runai/runai-cluster-domain-star-tls-secret" in capsys.readouterr().out
    secrets = folder / make_certificates.SECRETS
    assert secrets.stat().st_mode & 0o077 == 0
    trust = ssl.create_default_context(cafile=str(folder / make_certificates.AUTHORITY))
    for document in yaml.safe_load_all(secrets.read_text()):
        chain, key = tmp_path / "tls.crt", tmp_path / "tls.key"
        chain.write_bytes(b64decode(document["data"]["tls.crt"]))
        key.write_bytes(b64decode(document["data"]["tls.key"]))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        async with Origin(tls=context) as origin:
            address, _, port = origin.endpoint.rpartition(":")
            seen = await handshake(address, int(port), sni="any.example")
            host = seen.names[0].replace("*", "some")
            async with http.client(address, ports={443: int(port)}, tls=trust) as client:
                assert (await client.get(f"https://{host}/")).json()["host"] == host


def test_a_folder_without_https_needs_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "quickstart", tmp_path / "q")
    assert make_certificates.main([str(tmp_path / "q")]) == 1
    assert "nothing to make" in capsys.readouterr().err


def test_a_listener_without_hostname_gets_the_routes_hosts() -> None:
    names = make_certificates.wanted(make_certificates.read(EXAMPLES / "kserve"))
    hosts = ["localhost", "127.0.0.1", "sklearn-v2-iris-default.example.com"]
    assert names == {("kserve", "my-secret"): hosts}
