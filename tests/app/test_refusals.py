"""The record of refusals outlives its writer, is private, and does no harm when it is damaged."""

from pathlib import Path

import pytest

from portway.app import refusals
from portway.core import api
from portway.core.culprit import Refusal
from portway.core.model import ObjectKey

ONE = Refusal(ObjectKey("HTTPRoute", "default", "a"), "00ff", {"kind": "HTTPRoute"}, "no")


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "refused.json"
    assert refusals.load(path) == ()
    refusals.save((ONE,), path)
    assert refusals.load(path) == (ONE,)
    assert path.stat().st_mode & 0o777 == 0o600
    refusals.save((), path)
    assert refusals.load(path) == ()


def test_what_stands_in_names_what_it_needs() -> None:
    ref = {"name": "earlier", "namespace": "certs"}
    listener = {"name": "a", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [ref]}}
    earlier = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"gatewayClassName": "portway", "listeners": [listener]},
    }
    gateway = Refusal(ObjectKey("Gateway", "default", "web"), "00ff", earlier, "no")
    nothing = Refusal(ObjectKey("Gateway", "default", "new"), "00ff", None, "no")
    assert refusals.named((gateway, nothing)) == {api.Named("Secret", "certs", "earlier")}


@pytest.mark.parametrize("content", ["", "{}", '{"version": 9, "refusals": []}', "\udcff"])
def test_a_file_of_no_use_holds_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "refused.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert refusals.load(path) == ()


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refusals.save((ONE,), tmp_path / "missing" / "refused.json")
    assert "cannot be saved" in caplog.text
