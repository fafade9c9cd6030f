"""The namespaces a run lives in."""

import subprocess

import pytest

from tests.conformance import outer


def test_everything_in_them_ends_with_them() -> None:
    try:
        command = outer.command(["sh", "-c", "echo $$; ls /sys/class/net | wc -l"])
    except outer.NamespaceError as error:
        pytest.skip(str(error))
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.split()[0] == "1"


def test_what_is_missing_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outer.NamespaceError, match="root or unprivileged user namespaces; not"):
        outer.command(["true"])
