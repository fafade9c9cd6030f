"""Nothing secret is shown."""

import base64
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.adapters.admin.redact import REDACTED, redact, redact_text

PEM = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg/abc+DEF\n-----END EC PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_secret_shows_its_keys_but_no_value() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"tls.crt": b64(CERTIFICATE), "tls.key": b64(PEM), "n": "eA=="},
        "stringData": {"password": "x"},
    }
    assert redact(secret) == {
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"tls.crt": REDACTED, "tls.key": REDACTED, "n": REDACTED},
        "stringData": {"password": REDACTED},
    }


def test_overlapping_copies_are_both_removed() -> None:
    first, second = "abcdefghijklmnop", "mnopqrstuvwxyzab"
    value = {
        "kind": "Secret",
        "stringData": {"a": first, "b": second},
        "note": "<" + first + second[4:] + ">",
    }
    assert redact(value)["note"] == f"<{REDACTED}>"


def test_a_certificate_in_a_secret_is_public_elsewhere() -> None:
    secret = {"kind": "Secret", "data": {"tls.crt": b64(CERTIFICATE), "tls.key": b64(PEM)}}
    shown = redact({"s": secret, "certificate_chain": {"inline_bytes": b64(CERTIFICATE)}})
    assert shown["certificate_chain"] == {"inline_bytes": b64(CERTIFICATE)}


def test_a_config_map_is_shown() -> None:
    value = {"kind": "ConfigMap", "data": {"ca.crt": CERTIFICATE, "a": "b"}}
    assert redact(value) == value


@pytest.mark.parametrize("field", ["private_key", "privateKey", "password"])
@pytest.mark.parametrize("source", ["inline_bytes", "inlineBytes", "inline_string"])
def test_envoys_inline_secrets(field: str, source: str) -> None:
    value = {
        "tls_certificate": {"certificate_chain": {"filename": "a"}, field: {source: "c2VjcmV0"}}
    }
    assert redact(value)["tls_certificate"] == {
        "certificate_chain": {"filename": "a"},
        field: {source: REDACTED},
    }


def test_where_a_secret_is_only_named_the_name_stays() -> None:
    value = {"private_key": {"filename": "/etc/tls.key"}, "secretName": "s", "kind": "Gateway"}
    assert redact(value) == value


def test_the_last_applied_manifest_of_a_secret_is_hidden() -> None:
    manifest = json.dumps({"kind": "Secret", "data": {"a": "eHl6"}})
    key = "kubectl.kubernetes.io/last-applied-configuration"
    assert redact({"annotations": {key: manifest, "b": "c"}}) == {
        "annotations": {key: REDACTED, "b": "c"}
    }


def test_credentials_in_headers() -> None:
    value = [{"name": "Authorization", "value": "Bearer t"}, {"name": "x-env", "value": "prod"}]
    assert redact(value) == [{"name": "Authorization", "value": REDACTED}, value[1]]


def test_private_keys_are_found_in_any_text() -> None:
    assert redact_text(f"before {PEM}after") == f"before {REDACTED}\nafter"
    assert REDACTED in redact_text("data: " + b64(PEM) + " end")
    assert redact_text(PEM[:60]) == REDACTED  # cut off before its end
    assert redact_text(CERTIFICATE) == CERTIFICATE


def test_values_that_are_not_json_become_something_that_is() -> None:
    assert redact({1: b"abc", "t": (1, 2.5, None, True), "s": {3}}) == {
        "1": "[3 bytes]",
        "t": [1, 2.5, None, True],
        "s": [3],
    }


def test_what_is_too_deep_is_cut_off() -> None:
    value: Any = "x"
    for _ in range(5000):
        value = [value]
    assert REDACTED in json.dumps(redact(value))


keys = st.text(string.ascii_letters + string.digits + '\n"\\é/+=', min_size=16, max_size=60).filter(
    lambda key: len(key.strip()) >= 16
)
shapes = st.sampled_from(
    [
        lambda key: {"kind": "Secret", "data": {"k": b64(key)}},
        lambda key: {"kind": "Secret", "stringData": {"k": key}},
        lambda key: {"kind": "Secret", "data": {"name": b64(key), "filename": b64(key)}},
        lambda key: {"items": [{"type": "kubernetes.io/tls", "data": {"tls.key": b64(key)}}]},
        lambda key: {"private_key": {"inline_bytes": b64(key)}},
        lambda key: {"tlsCertificate": {"privateKey": {"inlineString": key}}},
        lambda key: {"session_ticket_keys": {"keys": [{"inline_bytes": b64(key)}]}},
        lambda key: {"kind": "Secret", "data": {"k": key.encode()}},
    ]
)
copies = st.sampled_from(
    [
        lambda key: f"could not parse {key}",
        lambda key: {"note": b64(key)},
        lambda key: {"annotations": {"saved": json.dumps({"x": key})}},
        lambda key: {key: 1},
        lambda key: None,
    ]
)


@given(keys, shapes, copies)
def test_planted_key_bytes_never_come_out(key: str, shape: Any, copy: Any) -> None:
    shown = redact({"a": [copy(key)], "b": {"c": shape(key)}})
    output = json.dumps(shown, ensure_ascii=False) + "".join(strings(shown))
    for form in (key, key.strip(), b64(key), b64(key).rstrip("="), json.dumps(key)[1:-1]):
        assert form not in output


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text("ab c", max_size=8), st.lists)
)
def test_what_holds_no_secret_is_unchanged(value: Any) -> None:
    assert redact({"v": value}) == {"v": value}


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(text for item in value.values() for text in strings(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    return [value] if isinstance(value, str) else []
