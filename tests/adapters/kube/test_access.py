"""A token that is read again, and contexts that cannot be made."""

from pathlib import Path

import pytest

from portway.adapters.kube.access import AccessError, Token, context
from tests.adapters.kube.service_account import sent


def test_a_token_is_read_again_after_a_while_and_when_it_is_refused(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "token"
    path.write_text("first")
    token = Token(path=path, clock=lambda: now[0])
    path.write_text("second")
    assert sent(token) == ["Bearer first"]
    assert sent(token, 401) == ["Bearer first", "Bearer second"]
    assert sent(token, 401) == ["Bearer second"]
    path.write_text("third")
    now[0] = 61.0
    assert sent(token) == ["Bearer third"]
    path.unlink()
    now[0] = 130.0
    assert sent(token) == ["Bearer third"]


def test_whom_we_do_not_trust(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="certificate authority in the kubeconfig is unusable"):
        context("no PEM")
    with pytest.raises(AccessError, match=r"certificate authority in .*none is unusable"):
        context(authority_file=tmp_path / "none")
    assert context().check_hostname
    assert not context(insecure=True).check_hostname
