"""The way to a cluster, and what is said without one."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from portway.adapters.kube.access import AccessError
from portway.app import controller
from portway.app.settings import Settings


@pytest.fixture(autouse=True)
def _log_restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def kubeconfig(path: Path, server: str) -> Path:
    document = {
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    path.write_text(json.dumps(document))
    return path


def test_the_file_that_is_named_comes_first(tmp_path: Path) -> None:
    named = kubeconfig(tmp_path / "named", "https://named")
    other = kubeconfig(tmp_path / "other", "https://other")
    environ = {"KUBECONFIG": str(other)}
    assert controller.access_of(named, "", environ).server == "https://named"
    assert controller.access_of(None, "", environ).server == "https://other"
    with pytest.raises(AccessError, match="no context named 'y'"):
        controller.access_of(None, "y", environ)


def test_in_a_pod_it_is_the_service_account_unless_a_file_is_asked_for(tmp_path: Path) -> None:
    other = kubeconfig(tmp_path / "other", "https://other")
    pod = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    with pytest.raises(AccessError, match="there is no token in /var/run/secrets"):
        controller.access_of(None, "", pod)
    asked = {**pod, "KUBECONFIG": str(other)}
    assert controller.access_of(None, "", asked).server == "https://other"


def test_no_cluster_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings((), "controller", tmp_path / "data", tmp_path / "run")
    config = tmp_path / "config"
    config.write_text("{}")
    assert controller.run(settings, controller.Asked(config)) == 2
    said = f"Error: {config} has no current-context; choose one with --context\n"
    assert capsys.readouterr().err == said
