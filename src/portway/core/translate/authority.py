"""Sets of authorities: ConfigMaps with CA certificates, and those the machine itself trusts.

Knows which entry of a ConfigMap they are, and that what the proxy refused is replaced by what
worked. Must not know who relies on them, nor X.509 (see `bundle`). There is no clock below the
wall, so an expired one is not refused: its end is a field of the result.
"""

from collections.abc import Iterable
from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.reference import (
    Cause,
    Kinds,
    Referrer,
    Target,
    Unresolved,
    resolve_ref,
)
from portway.core.translate.world import World

ENTRY = "ca.crt"


class Authorities(NamedTuple):
    """The CA certificates of one ConfigMap; `expires` is when the first of them ends (RFC 3339)."""

    pem: bytes
    expires: str


class Usable(NamedTuple):
    """What can be had of a ConfigMap. `pem` is empty when there is nothing; `problem` says what is
    wrong, if anything is: an earlier version may be in use even so."""

    pem: bytes = b""
    problem: str = ""


class Named(NamedTuple):
    """Where a reference to authorities leads.

    `key` is the ConfigMap it names, None when it may name none there; `good` tells whether
    certificates can be had of it. `problem` is in words; `cause` is None when the ConfigMap is
    there and its content is the problem.
    """

    key: model.ObjectKey | None
    good: bool
    problem: str = ""
    cause: Cause | None = None


def named(referrer: Referrer, target: Target, world: World) -> Named:
    """Follows a reference to a ConfigMap with CA certificates."""
    kinds: Kinds[api.ConfigMap] = {api.GroupKind("", "ConfigMap"): world.config_map}
    key = model.ObjectKey("ConfigMap", target.namespace, target.name)
    found = resolve_ref(referrer, target, kinds, world)
    if isinstance(found, Unresolved):
        there = key if found.cause is Cause.MISSING else None
        return Named(there, False, found.message, found.cause)
    read = usable(found, world)
    problem = f"{referrer}: {read.problem}" if read.problem else ""
    return Named(key, bool(read.pem), problem)


def read_authorities(config_map: api.ConfigMap) -> Authorities | str:
    """The CA certificates of a ConfigMap, or what is wrong with it and what to do, in words."""
    where = f"ConfigMap {config_map.namespace}/{config_map.name}"
    text = config_map.data.get(ENTRY, "").encode() or config_map.binary_data.get(ENTRY, b"")
    if not text.strip():
        return f"{where} has no {ENTRY}; store the CA certificates there, in PEM."
    # Not before there is a certificate to read: see its first lines.
    from portway.core.translate import bundle

    read = bundle.read(text)
    if isinstance(read, str):
        return f"{where}: {ENTRY} {read}."
    return Authorities(read.pem, read.expires)


def usable(config_map: api.ConfigMap, world: World) -> Usable:
    """What the proxy can be told of a ConfigMap: the version before it, if it refused this one."""
    key = model.ObjectKey("ConfigMap", config_map.namespace, config_map.name)
    refused = world.refused(key)
    if refused is None:
        read = read_authorities(config_map)
        return Usable(problem=read) if isinstance(read, str) else Usable(read.pem)
    earlier = refused.instead if isinstance(refused.instead, api.ConfigMap) else None
    read = "" if earlier is None else read_authorities(earlier)
    pem = b"" if isinstance(read, str) else read.pem
    return Usable(pem, _refused(key, refused.words, served=bool(pem)))


def trust(key: model.TrustKey, world: World) -> model.Trust | None:
    """The certificates of a set, without those that are missing or cannot be used; None when there
    are none."""
    if not key.authorities:
        file = world.system_authorities
        return model.Trust(key, file=file) if file else None
    pem = b"".join(_of(key.authorities, world))
    return model.Trust(key, pem) if pem else None


def _of(keys: Iterable[model.ObjectKey], world: World) -> Iterable[bytes]:
    for each in keys:
        found = world.config_map(each.namespace, each.name)
        if found is not None:
            yield usable(found, world).pem


def _refused(key: model.ObjectKey, words: str, *, served: bool) -> str:
    """A suspect is not called refused before it is known to be the one."""
    if not words:
        return ""
    message = f"{key} was refused by the proxy: {words.strip()}"
    return f"{message} (the version before it is still used)." if served else f"{message}."
