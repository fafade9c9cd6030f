"""Removing secrets from anything that is shown.

Knows where Kubernetes and Envoy keep secret bytes, and what a private key looks like. Must not
know who asks or why: it works on plain JSON values. Two passes: the first collects every secret
where it is known to be, the second also removes copies of it wherever else they turned up, such as
an annotation with the last applied manifest or an error message.
"""

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

REDACTED: Final = "[redacted]"

_MAX_DEPTH: Final = 200
_SHORTEST_COPY: Final = 12
"""Characters. A shorter secret is removed in its place only: as a part of other texts it would
blank half of what is shown."""

_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_PEM: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
# Envoy's fields that hold a DataSource or bytes, in either spelling of protobuf's JSON.
_SECRET_FIELDS: Final = frozenset(
    {
        "privatekey",
        "password",
        "pkcs12",
        "sessionticketkeys",
        "genericsecret",
        "hmacsecret",
        "tokensecret",
        "clientsecret",
        "accesstoken",
        "apikey",
    }
)
_SECRET_DATA: Final = ("data", "stringData")
_SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"}
)
# Certificates are public, and worth seeing where Envoy has them.
_PUBLIC: Final = frozenset({"tls.crt", "ca.crt"})
# Where a secret is only pointed at: these say something useful and nothing secret.
_POINTERS: Final = frozenset({"filename", "environment_variable", "environmentVariable", "name"})


def redact(value: Any) -> Any:
    """A copy of a JSON-able value without secret bytes; other objects become their text.

    Below 200 levels of nesting everything is cut off rather than shown unseen.
    """
    found: set[str] = set()
    _collect(value, found, 0)
    return _shown(value, _Copies(found), 0)


def redact_text(text: str) -> str:
    """A text without private keys, plain or in base64."""
    if "PRIVATE KEY" in text:
        text = _PEM.sub(REDACTED, text)
    return _BASE64.sub(_without_key, text) if len(text) >= 40 else text


def _shown(value: Any, copies: "_Copies", depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return REDACTED
    if isinstance(value, str):
        return copies.clean(value)
    if isinstance(value, Mapping):
        secret = _secret_members(value)
        return {
            copies.clean(str(key)): _hidden(item, pointers=key not in _SECRET_DATA)
            if key in secret
            else _shown(item, copies, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{len(value)} bytes]"
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(item, copies, depth + 1) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return copies.clean(str(value))


def _hidden(value: Any, *, pointers: bool) -> Any:
    """A secret member: its keys stay, for they tell what is there. With `pointers`, so does where
    a secret is; in a Secret's data a key of that name is a secret like any other."""
    if isinstance(value, Mapping):
        return {
            str(key): item
            if pointers and key in _POINTERS and isinstance(item, str)
            else _hidden(item, pointers=pointers)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_hidden(item, pointers=pointers) for item in value]
    return REDACTED


def _secret_members(value: Mapping[Any, Any]) -> frozenset[Any]:
    """The keys of a mapping whose values are secret."""
    found = {key for key in value if isinstance(key, str) and _plain(key) in _SECRET_FIELDS}
    if _is_secret_object(value):
        found |= {key for key in _SECRET_DATA if key in value}
    if isinstance(value.get(_LAST_APPLIED), str) and '"Secret"' in value[_LAST_APPLIED]:
        found.add(_LAST_APPLIED)
    header = value.get("name", value.get("key"))
    if isinstance(header, str) and header.lower() in _SECRET_HEADERS:
        found |= {key for key in ("value", "rawValue", "raw_value") if key in value}
    return frozenset(found)


def _is_secret_object(value: Mapping[Any, Any]) -> bool:
    data = value.get("data")
    return (
        value.get("kind") == "Secret"
        or "stringData" in value
        or (isinstance(data, Mapping) and "tls.key" in data)
        or str(value.get("type", "")).startswith(("kubernetes.io/", "bootstrap.kubernetes.io/"))
    )


def _collect(value: Any, copies: set[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        secret = _secret_members(value)
        for key, item in value.items():
            if key in secret and key != _LAST_APPLIED:
                for text in _texts(item, _PUBLIC if key in _SECRET_DATA else _POINTERS, 0):
                    copies.update(_forms(text))
            else:
                _collect(item, copies, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _collect(item, copies, depth + 1)


def _texts(value: Any, skip: frozenset[str], depth: int) -> Iterator[str]:
    """Every text in a secret member, less the members whose keys say that they are not secret."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (bytes, bytearray)):
        yield bytes(value).decode("utf-8", "replace")
        yield base64.b64encode(value).decode()
    elif isinstance(value, Mapping) and depth < _MAX_DEPTH:
        for key, item in value.items():
            if key not in skip:
                yield from _texts(item, skip, depth + 1)
    elif isinstance(value, (list, tuple)) and depth < _MAX_DEPTH:
        for item in value:
            yield from _texts(item, skip, depth + 1)


def _forms(secret: str) -> Iterator[str]:
    """The ways a secret may be written elsewhere."""
    plain = [secret]
    with contextlib.suppress(binascii.Error, ValueError):
        plain.append(base64.b64decode(secret, validate=True).decode())
    for text in plain:
        for form in (text, text.strip(), json.dumps(text)[1:-1]):
            if len(form) >= _SHORTEST_COPY:
                yield form
                # Without the padding, so that it is also found inside a longer run.
                yield base64.b64encode(form.encode("utf-8", "replace")).decode().rstrip("=")


class _Copies:
    """Finds any of many secrets in a text by their first characters, in one pass over the text:
    a thousand secrets cost no more than one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for secret in secrets:
            self._by_start.setdefault(secret[:_SHORTEST_COPY], []).append(secret)
        self._known: dict[str, str] = {}

    def clean(self, text: str) -> str:
        """The text without any secret; where two overlap, without both."""
        if len(text) < _SHORTEST_COPY:
            return text
        clean = self._known.get(text)
        if clean is None:
            clean = self._known[text] = redact_text(self._cut(text) if self._by_start else text)
        return clean

    def _cut(self, text: str) -> str:
        kept: list[str] = []
        done = end = 0  # text up to `done` is dealt with; the match under way ends at `end`
        for at in range(len(text) - _SHORTEST_COPY + 1):
            found = self._by_start.get(text[at : at + _SHORTEST_COPY])
            if found is None:
                continue
            longest = max((len(each) for each in found if text.startswith(each, at)), default=0)
            if not longest:
                continue
            if at >= end:
                kept += [text[done:at], REDACTED]
            end = done = max(end, at + longest)
        return "".join(kept) + text[done:]


def _without_key(match: re.Match[str]) -> str:
    text = match[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return match[0]
    return REDACTED if b"PRIVATE KEY" in decoded else match[0]


def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()
