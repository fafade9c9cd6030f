"""Access by a kubeconfig file: one context of it.

Knows the file's format. What is not supported (client.authentication.k8s.io plugins, the retired
auth-provider, impersonation, SOCKS) is refused with a sentence, never passed over: whoever wrote it
meant it. Must not know sockets. Paths in the file are relative to its folder, as
kubectl has it.
"""

import binascii
import os
import ssl
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from portway.adapters.kube.access import Access, AccessError, Token, context, show_certificate

_NOT_SUPPORTED: Final = {
    "exec": "a plugin (exec)",
    "auth-provider": "an auth-provider",
    "username": "a user name and password",
    "as": "impersonation (as)",
    "as-uid": "impersonation (as-uid)",
    "as-groups": "impersonation (as-groups)",
    "as-user-extra": "impersonation (as-user-extra)",
}
_PROXIES: Final = ("http://", "https://")


def default_path(environ: Mapping[str, str] = os.environ) -> Path | None:
    """What `KUBECONFIG` names (the first file of it that exists), else `~/.kube/config` if it is
    there."""
    named = [Path(each) for each in environ.get("KUBECONFIG", "").split(os.pathsep) if each]
    places = named or [Path.home() / ".kube" / "config"]
    return next((each for each in places if each.exists()), None)


def from_kubeconfig(path: Path, name: str = "") -> Access:
    """The access that a context gives; without a name the current one.

    Raises AccessError when the file or what it names cannot be used.
    """
    document = _read(path)
    name = name or _text(document.get("current-context"))
    if not name:
        raise AccessError(f"{path} has no current-context; choose one with --context")
    chosen = _named(document, "contexts", "context", name, path)
    cluster = _named(document, "clusters", "cluster", _text(chosen.get("cluster")), path)
    user = _named(document, "users", "user", _text(chosen.get("user")), path)
    server = _text(cluster.get("server"))
    if not server.startswith(("https://", "http://")):
        raise AccessError(f"{path}: the cluster of context {name} has no server URL")
    for field, words in _NOT_SUPPORTED.items():
        if user.get(field):
            raise AccessError(
                f"{path}: the user of context {name} needs {words}, which Portway does not "
                "support; use a client certificate, a token or a token file"
            )
    certificate = _data(user, "client-certificate", path)
    key = _data(user, "client-key", path)
    if (certificate is None) is not (key is None):
        missing = "client-key" if key is None else "client-certificate"
        raise AccessError(f"{path}: the user of context {name} has no {missing}; it needs both")
    trust = _trust(cluster, name, path)
    if certificate is not None and key is not None:
        show_certificate(trust, certificate, key)
    return Access(
        server.rstrip("/"),
        trust,
        _token(user, path),
        _proxy(cluster, name, path),
        _text(cluster.get("tls-server-name")),
    )


def _trust(cluster: Mapping[str, Any], name: str, path: Path) -> ssl.SSLContext:
    authority = _data(cluster, "certificate-authority", path)
    insecure = cluster.get("insecure-skip-tls-verify") is True
    if insecure and authority is not None:
        # As kubectl has it: one of them is a mistake, and nobody can know which.
        raise AccessError(
            f"{path}: the cluster of context {name} has both a certificate-authority and "
            "insecure-skip-tls-verify; take one of them out"
        )
    return context(
        None if authority is None else authority.decode("ascii", "replace"), insecure=insecure
    )


def _proxy(cluster: Mapping[str, Any], name: str, path: Path) -> str:
    proxy = _text(cluster.get("proxy-url"))
    where = f"{path}: the cluster of context {name}"
    if proxy and not proxy.startswith(_PROXIES):
        raise AccessError(
            f"{where} has the proxy-url {proxy}, of a scheme that Portway does not support; use "
            "one of http or https"
        )
    if proxy and _text(cluster.get("tls-server-name")):
        raise AccessError(
            f"{where} has both a proxy-url and a tls-server-name, which Portway does not support "
            "together; name the server in its URL as its certificate does"
        )
    return proxy


def _token(user: Mapping[str, Any], path: Path) -> Token:
    # The file comes first, as in kubectl: a token beside it is an old copy.
    if file := _text(user.get("tokenFile")):
        return Token(path=path.parent / file)
    return Token(_text(user.get("token")))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AccessError(f"the kubeconfig {path} cannot be read: {error}") from None
    if not isinstance(document, Mapping):
        raise AccessError(f"{path} is no kubeconfig")
    return document


def _named(
    document: Mapping[str, Any], plural: str, singular: str, name: str, path: Path
) -> Mapping[str, Any]:
    for each in document.get(plural) or ():
        if isinstance(each, Mapping) and each.get("name") == name:
            found = each.get(singular)
            return found if isinstance(found, Mapping) else {}
    raise AccessError(f"{path} has no {singular} named {name!r}")


def _data(of: Mapping[str, Any], field: str, path: Path) -> bytes | None:
    """What a field holds as base64 in the file itself, or names as a file."""
    if text := _text(of.get(f"{field}-data")):
        try:
            return b64decode(text, validate=True)
        except binascii.Error:
            raise AccessError(f"{path}: {field}-data is not base64") from None
    if file := _text(of.get(field)):
        try:
            return (path.parent / file).read_bytes()
        except OSError as error:
            raise AccessError(f"{path}: {field} {file}: {error.strerror}") from None
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
