"""Core values as plain data."""

from portway.app.cli.plain import plain
from portway.core import model

GATEWAY = model.ObjectKey("Gateway", "infra", "edge")


def test_keys_become_text_and_defaults_are_left_out() -> None:
    match = model.Match(model.PathMatch("Exact", "/a"))
    assert plain(match) == {"path": {"kind": "Exact", "value": "/a"}}
    assert plain(GATEWAY) == "Gateway infra/edge"
    assert plain(model.TableKey(GATEWAY, 80, "")) == {"gateway": "Gateway infra/edge", "port": 80}


def test_filters_say_which_they_are() -> None:
    assert plain(model.Rewrite(hostname="x")) == {"type": "Rewrite", "hostname": "x"}


def test_no_byte_of_a_certificate_is_shown() -> None:
    key = model.ObjectKey("Secret", "infra", "tls")
    shown = plain(model.Certificate(key, b"chain", b"secret"))
    assert shown["private_key"] == "[6 bytes]"
